/* Files on disk: what is written is there, long paths work, and failures carry Windows' own code.
 */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "io/partfile.h"
#include "testkit/kit.h"

#define WIN32_HR(code) HRESULT_FROM_WIN32(code)

struct place
{
    WCHAR folder[MAX_PATH];
    WCHAR path[MAX_PATH + 16]; /* of a file that is not there yet */
    LONG blocks;
    LONG handles;
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    WCHAR temp[MAX_PATH - 32];

    fault_configure("");
    place->blocks = mem_live_blocks();
    place->handles = handle_live();
    GetTempPathW(ARRAY_SIZE(temp), temp);
    swprintf(place->folder, MAX_PATH, L"%lspart%lx-%lx", temp, GetCurrentProcessId(),
             (unsigned long)GetTickCount());
    swprintf(place->path, ARRAY_SIZE(place->path), L"%ls\\file", place->folder);
    *state = place;
    return CreateDirectoryW(place->folder, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    struct place *place = *state;
    bool clean;

    fault_configure("");
    DeleteFileW(place->path);
    clean = RemoveDirectoryW(place->folder) && mem_live_blocks() == place->blocks &&
            handle_live() == place->handles;
    free(place);
    return clean ? 0 : -1;
}

static struct partfile *create(const WCHAR *path)
{
    struct partfile *file = NULL;

    assert_int_equal(S_OK, partfile_create(path, &file));
    return file;
}

static void make(const WCHAR *path, const char *text)
{
    struct partfile *file = create(path);

    assert_int_equal(S_OK, partfile_write(file, 0, text, strlen(text)));
    partfile_close(file);
}

static void assert_text(const WCHAR *path, const char *text)
{
    struct partfile *file = NULL;
    char read[64];
    size_t got;

    assert_int_equal(S_OK, partfile_open(path, &file));
    assert_int_equal(S_OK, partfile_read(file, 0, read, sizeof(read), &got));
    partfile_close(file);
    assert_int_equal(strlen(text), got);
    assert_memory_equal(text, read, got);
}

static void bytes_land_at_their_offsets(void **state)
{
    struct place *place = *state;
    struct partfile *file = create(place->path);
    char read[16];
    UINT64 size;
    size_t got;

    assert_int_equal(S_OK, partfile_write(file, 4, "4567", 4));
    assert_int_equal(S_OK, partfile_write(file, 0, "0123", 4));
    assert_int_equal(S_OK, partfile_write(file, 0, NULL, 0));
    assert_int_equal(S_OK, partfile_flush(file));
    assert_int_equal(S_OK, partfile_size(file, &size));
    assert_int_equal(8, size);
    assert_int_equal(S_OK, partfile_read(file, 2, read, sizeof(read), &got));
    assert_int_equal(6, got);
    assert_memory_equal("234567", read, 6);
    assert_int_equal(S_OK, partfile_read(file, 100, read, sizeof(read), &got));
    assert_int_equal(0, got);
    assert_int_equal(S_OK, partfile_truncate(file, 3));
    assert_int_equal(S_OK, partfile_size(file, &size));
    assert_int_equal(3, size);
    partfile_close(file);
    assert_text(place->path, "012");
}

static void offsets_go_beyond_4_gib(void **state)
{
    struct place *place = *state;
    struct partfile *file = create(place->path);
    UINT64 far_away = ((UINT64)5 << 30) + 1;
    char read;
    UINT64 size;
    size_t got;

    assert_int_equal(S_OK, partfile_truncate(file, far_away));
    assert_int_equal(S_OK, partfile_write(file, far_away, "x", 1));
    assert_int_equal(S_OK, partfile_size(file, &size));
    assert_true(size == far_away + 1);
    assert_int_equal(S_OK, partfile_read(file, far_away, &read, 1, &got));
    assert_int_equal(1, got);
    assert_int_equal('x', read);
    partfile_close(file);
}

static void a_sparse_file_becomes_a_plain_one(void **state)
{
    struct place *place = *state;
    struct partfile *file = create(place->path);

    assert_int_equal(S_FALSE, partfile_end_sparse(file));
    assert_int_equal(S_OK, partfile_make_sparse(file));
    assert_int_equal(S_OK, partfile_write(file, 0, "abc", 3));
    assert_true(SUCCEEDED(partfile_end_sparse(file)));
    assert_int_equal(S_FALSE, partfile_end_sparse(file));
    partfile_close(file);
    assert_false(GetFileAttributesW(place->path) & FILE_ATTRIBUTE_SPARSE_FILE);
    assert_text(place->path, "abc");
}

static void create_refuses_what_is_there_and_open_what_is_not(void **state)
{
    struct place *place = *state;
    struct partfile *file = NULL;

    assert_int_equal(WIN32_HR(ERROR_FILE_NOT_FOUND), partfile_open(place->path, &file));
    make(place->path, "old");
    assert_int_equal(WIN32_HR(ERROR_FILE_EXISTS), partfile_create(place->path, &file));
    assert_null(file);
    assert_text(place->path, "old");
}

static void an_open_file_can_be_read_and_deleted_by_others(void **state)
{
    struct place *place = *state;
    struct partfile *file = create(place->path);
    HANDLE other;

    other = CreateFileW(place->path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                        OPEN_EXISTING, 0, NULL);
    assert_true(other != INVALID_HANDLE_VALUE);
    CloseHandle(other);
    other = CreateFileW(place->path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                        OPEN_EXISTING, 0, NULL);
    assert_true(other == INVALID_HANDLE_VALUE);
    assert_true(DeleteFileW(place->path));
    partfile_close(file);
}

static void a_rename_replaces_the_target(void **state)
{
    struct place *place = *state;
    WCHAR from[MAX_PATH + 16];

    swprintf(from, ARRAY_SIZE(from), L"%ls\\from", place->folder);
    assert_int_equal(WIN32_HR(ERROR_FILE_NOT_FOUND), partfile_rename(from, place->path));
    make(place->path, "old");
    make(from, "new");
    assert_int_equal(S_OK, partfile_rename(from, place->path));
    assert_text(place->path, "new");
    assert_int_equal(S_FALSE, partfile_delete(from));
    assert_int_equal(S_OK, partfile_delete(place->path));
}

static void a_missing_file_is_deleted_already(void **state)
{
    struct place *place = *state;

    assert_int_equal(S_FALSE, partfile_delete(place->path));
    assert_int_equal(S_FALSE, partfile_delete(L"C:\\no such folder\\file"));
}

static void a_path_may_be_long(void **state)
{
    struct place *place = *state;
    WCHAR prefixed[1024];
    WCHAR path[1024];
    WCHAR name[201];
    size_t i;

    for (i = 0; i < 200; i++)
        name[i] = 'n';
    name[i] = 0;
    swprintf(prefixed, ARRAY_SIZE(prefixed), L"\\\\?\\%ls\\%ls", place->folder, name);
    assert_true(CreateDirectoryW(prefixed, NULL));
    swprintf(path, ARRAY_SIZE(path), L"%ls\\%ls\\%ls", place->folder, name, name);
    assert_int_equal(S_OK, partfile_probe_target(path));
    make(path, "far");
    assert_int_equal(S_OK, partfile_probe_target(path));
    assert_text(path, "far");
    assert_int_equal(S_OK, partfile_rename(path, place->path));
    assert_text(place->path, "far");
    assert_int_equal(S_FALSE, partfile_delete(path));
    assert_true(RemoveDirectoryW(prefixed));
}

static void a_target_is_judged_and_left_as_it_was(void **state)
{
    struct place *place = *state;
    WCHAR nowhere[MAX_PATH + 32];

    assert_int_equal(S_OK, partfile_probe_target(place->path));
    assert_true(GetFileAttributesW(place->path) == INVALID_FILE_ATTRIBUTES);
    make(place->path, "old");
    assert_int_equal(S_OK, partfile_probe_target(place->path));
    assert_text(place->path, "old");
    assert_int_equal(E_ACCESSDENIED, partfile_probe_target(place->folder));
    swprintf(nowhere, ARRAY_SIZE(nowhere), L"%ls\\nowhere\\file", place->folder);
    assert_int_equal(WIN32_HR(ERROR_PATH_NOT_FOUND), partfile_probe_target(nowhere));
    fault_configure("open=1");
    assert_int_equal(E_ACCESSDENIED, partfile_probe_target(place->path));
    assert_int_equal(S_OK, partfile_delete(place->path));
}

/* That the folder was fine counts for a moment only. */
static void a_folder_is_tried_again(void **state)
{
    struct place *place = *state;
    ULONGLONG deadline = GetTickCount64() + 10000;

    assert_int_equal(S_OK, partfile_probe_target(place->path));
    fault_configure("open=1");
    while (partfile_probe_target(place->path) == S_OK && GetTickCount64() < deadline)
        kit_pass(1);
    assert_true(GetTickCount64() < deadline);
}

static void every_operation_can_be_made_to_fail(void **state)
{
    struct place *place = *state;
    struct partfile *file = NULL;
    char byte = 0;
    size_t got;

    fault_configure("open=1;read=1;write=1:39;flush=1;rename=1;delete=1");
    assert_int_equal(E_ACCESSDENIED, partfile_create(place->path, &file));
    assert_null(file);
    file = create(place->path);
    assert_int_equal(WIN32_HR(ERROR_HANDLE_DISK_FULL), partfile_write(file, 0, &byte, 1));
    assert_int_equal(S_OK, partfile_write(file, 0, &byte, 1));
    assert_int_equal(WIN32_HR(ERROR_CRC), partfile_read(file, 0, &byte, 1, &got));
    assert_int_equal(WIN32_HR(ERROR_IO_DEVICE), partfile_flush(file));
    partfile_close(file);
    assert_int_equal(WIN32_HR(ERROR_SHARING_VIOLATION), partfile_rename(place->path, place->path));
    assert_int_equal(WIN32_HR(ERROR_SHARING_VIOLATION), partfile_delete(place->path));
    assert_int_equal(S_OK, partfile_delete(place->path));
}

static void every_allocation_may_fail(void **state)
{
    struct place *place = *state;
    struct partfile *file = NULL;
    WCHAR long_path[600];
    char script[32];
    HRESULT hr;
    int i;

    swprintf(long_path, ARRAY_SIZE(long_path), L"%ls\\%0300d", place->folder, 0);
    for (i = 1; i < 10; i++)
    {
        snprintf(script, sizeof(script), "alloc=%d", i);
        fault_configure(script);
        hr = partfile_create(place->path, &file);
        fault_configure(script);
        if (SUCCEEDED(hr))
            break;
        assert_int_equal(E_OUTOFMEMORY, hr);
        if (i == 1)
            assert_int_equal(E_OUTOFMEMORY, partfile_probe_target(long_path));
    }
    assert_in_range(i, 2, 9);
    partfile_close(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(bytes_land_at_their_offsets),
        TEST(offsets_go_beyond_4_gib),
        TEST(a_sparse_file_becomes_a_plain_one),
        TEST(create_refuses_what_is_there_and_open_what_is_not),
        TEST(an_open_file_can_be_read_and_deleted_by_others),
        TEST(a_rename_replaces_the_target),
        TEST(a_missing_file_is_deleted_already),
        TEST(a_path_may_be_long),
        TEST(a_target_is_judged_and_left_as_it_was),
        TEST(a_folder_is_tried_again),
        TEST(every_operation_can_be_made_to_fail),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
