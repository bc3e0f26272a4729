/* The disk thread: operations are done in order, each is answered, and a stop loses none. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "base/thread.h"
#include "io/disk.h"

#define ROOM 200

struct desk
{
    struct disk *disk;
    WCHAR path[MAX_PATH];
    WCHAR to[MAX_PATH];
    struct disk_op ops[ROOM];
    size_t order[ROOM]; /* the ops as they were done; the disk thread's until disk_stop */
    size_t done;
    LONG blocks;
    LONG handles;
    LONG threads;
};

static void note(struct disk_op *op)
{
    struct desk *desk = op->context;

    desk->order[desk->done++] = (size_t)(op - desk->ops);
}

static int setup(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    WCHAR temp[MAX_PATH - 32];
    size_t i;

    fault_configure("");
    desk->blocks = mem_live_blocks();
    desk->handles = handle_live();
    desk->threads = thread_live();
    GetTempPathW(ARRAY_SIZE(temp), temp);
    swprintf(desk->path, MAX_PATH, L"%lsdisk%lx", temp, GetCurrentProcessId());
    swprintf(desk->to, MAX_PATH, L"%ls.to", desk->path);
    for (i = 0; i < ROOM; i++)
    {
        desk->ops[i].done = note;
        desk->ops[i].context = desk;
    }
    *state = desk;
    return disk_start(&desk->disk);
}

static int teardown(void **state)
{
    struct desk *desk = *state;
    bool clean;

    fault_configure("");
    disk_stop(desk->disk);
    DeleteFileW(desk->path);
    DeleteFileW(desk->to);
    clean = mem_live_blocks() == desk->blocks && handle_live() == desk->handles &&
            thread_live() == desk->threads;
    free(desk);
    return clean ? 0 : -1;
}

static void finish(struct desk *desk)
{
    disk_stop(desk->disk);
    desk->disk = NULL;
}

static void no_call(struct disk_op *op)
{
    op->result = S_FALSE;
}

/* A file goes from one operation to the next by its done function. */
static void pass_file(struct disk_op *op)
{
    struct desk *desk = op->context;
    size_t i;

    note(op);
    for (i = 0; i < ROOM; i++)
        desk->ops[i].file = op->file;
}

static void every_verb_does_its_work(void **state)
{
    struct desk *desk = *state;
    struct disk_op *ops = desk->ops;
    char data[] = "0123456789";
    char read[4] = "";
    size_t i;

    ops[0].verb = DISK_CREATE;
    ops[0].path = desk->path;
    ops[0].done = pass_file;
    ops[1].verb = DISK_WRITE;
    ops[1].data = data;
    ops[1].size = 10;
    ops[2].verb = DISK_READ;
    ops[2].offset = 8;
    ops[2].data = read;
    ops[2].size = 4;
    ops[3].verb = DISK_TRUNCATE;
    ops[3].offset = 5;
    ops[4].verb = DISK_FLUSH;
    ops[5].verb = DISK_CLOSE;
    ops[6].verb = DISK_RENAME;
    ops[6].path = desk->path;
    ops[6].to = desk->to;
    ops[7].verb = DISK_OPEN;
    ops[7].path = desk->to;
    ops[7].done = pass_file;
    ops[8].verb = DISK_CLOSE;
    ops[9].verb = DISK_DELETE;
    ops[9].path = desk->to;
    ops[10].verb = DISK_CALL;
    ops[10].call = no_call;
    for (i = 0; i <= 10; i++)
        disk_submit(desk->disk, &ops[i]);
    finish(desk);
    assert_int_equal(11, desk->done);
    for (i = 0; i < 10; i++)
        assert_int_equal(S_OK, ops[i].result);
    assert_int_equal(S_FALSE, ops[10].result);
    assert_int_equal(2, ops[2].got);
    assert_memory_equal("89", read, 2);
    assert_null(ops[8].file);
}

static void operations_are_done_in_order(void **state)
{
    struct desk *desk = *state;
    size_t i;

    for (i = 0; i < ROOM; i++)
    {
        desk->ops[i].verb = DISK_CALL;
        desk->ops[i].call = no_call;
        disk_submit(desk->disk, &desk->ops[i]);
    }
    finish(desk);
    assert_int_equal(ROOM, desk->done);
    for (i = 0; i < ROOM; i++)
        assert_int_equal(i, desk->order[i]);
}

static void submit_next(struct disk_op *op)
{
    struct desk *desk = op->context;

    note(op);
    if (desk->done < 50)
        disk_submit(desk->disk, op + 1);
}

static void what_a_done_function_submits_is_done_before_the_stop(void **state)
{
    struct desk *desk = *state;
    size_t i;

    for (i = 0; i < ROOM; i++)
    {
        desk->ops[i].verb = DISK_CALL;
        desk->ops[i].call = no_call;
        desk->ops[i].done = submit_next;
    }
    disk_submit(desk->disk, &desk->ops[0]);
    finish(desk);
    assert_int_equal(50, desk->done);
}

static void a_failure_is_the_operations_own(void **state)
{
    struct desk *desk = *state;

    desk->ops[0].verb = DISK_OPEN;
    desk->ops[0].path = desk->path;
    desk->ops[1].verb = DISK_DELETE;
    desk->ops[1].path = desk->path;
    desk->ops[1].done = NULL;
    disk_submit(desk->disk, &desk->ops[0]);
    disk_submit(desk->disk, &desk->ops[1]);
    finish(desk);
    assert_int_equal(1, desk->done);
    assert_int_equal(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), desk->ops[0].result);
    assert_int_equal(S_FALSE, desk->ops[1].result);
}

static void a_thread_that_does_not_start_leaves_nothing(void **state)
{
    struct disk *disk = NULL;

    (void)state;
    fault_configure("thread=1");
    assert_true(FAILED(disk_start(&disk)));
    assert_null(disk);
    fault_configure("alloc=1");
    assert_int_equal(E_OUTOFMEMORY, disk_start(&disk));
    assert_null(disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(every_verb_does_its_work),
        TEST(operations_are_done_in_order),
        TEST(what_a_done_function_submits_is_done_before_the_stop),
        TEST(a_failure_is_the_operations_own),
        TEST(a_thread_that_does_not_start_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
