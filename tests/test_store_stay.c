/* Between commits that follow each other the store's connection stays a reader. Nobody else may
 * notice: others' commits are seen, the log is emptied, failures leave nothing behind. */
#include "store_kit.h"

#define LOG_MOST (3 * 1000 * 4120) /* bytes */

static void add_some(struct store_kit *kit, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        store_kit_add(kit, L"x");
}

static UINT64 log_size(struct store_kit *kit)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR path[MAX_PATH];

    swprintf(path, MAX_PATH, L"%ls\\queue.db-wal", kit->kit.folder);
    assert_true(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    return (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

/* SQLite takes the writer's lock and, to become a reader, that of a mark. */
static void a_commit_after_another_takes_one_lock(void **state)
{
    struct store_kit *kit = *state;

    store_kit_add(kit, L"x");
    sick_vfs_heal();
    add_some(kit, 20);
    assert_int_equal(20, sick_vfs_calls(SICK_LOCK));
}

/* For ever would keep others from emptying the log. */
static void it_becomes_a_reader_anew_in_time(void **state)
{
    struct store_kit *kit = *state;

    store_kit_add(kit, L"x");
    sick_vfs_heal();
    add_some(kit, 200);
    assert_in_range(sick_vfs_calls(SICK_LOCK), 202, 210);
}

static void what_others_commit_between_is_kept_and_seen(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger = store_kit_stranger(kit);
    struct store_job first = store_kit_add(kit, L"x"), third;
    struct seen seen;

    store_kit_sql(stranger, "UPDATE job SET state=7, revision=revision+1, changed=100");
    assert_hr(STORE_E_CONFLICT, store_kit_do(kit, STORE_SET_JOB, &first));
    third = store_kit_add(kit, L"y");
    assert_true(third.id > first.id);
    seen = store_kit_all(kit);
    assert_int_equal(2, seen.jobs);
    assert_int_equal(7, seen.states[0]);
    store_kit_sql(stranger, "DELETE FROM job WHERE state=7");
    assert_int_equal(1, store_kit_all(kit).jobs);
    sqlite3_close(stranger);
}

/* The order in which changes are read back: a commit of another process counts. */
static void the_sequence_goes_on_after_others(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger = store_kit_stranger(kit);
    INT64 sequence = 0;

    store_kit_add(kit, L"x");
    store_kit_sql(stranger, "UPDATE job SET changed=5000");
    store_kit_add(kit, L"y");
    assert_int_equal(2, store_kit_read(kit, &sequence).jobs);
    assert_true(sequence > 5000);
    sqlite3_close(stranger);
}

static void a_writer_that_has_begun_is_waited_for(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger = store_kit_stranger(kit);
    struct store_job job = store_kit_job(L"y");

    store_kit_add(kit, L"x");
    store_kit_sql(stranger, "BEGIN IMMEDIATE");
    assert_hr(WIN32_HR(ERROR_BUSY), store_kit_do(kit, STORE_ADD_JOB, &job));
    store_kit_sql(stranger, "COMMIT");
    sqlite3_close(stranger);
    store_kit_add(kit, L"y");
    assert_int_equal(2, store_kit_all(kit).jobs);
}

static void the_log_is_emptied_all_the_same(void **state)
{
    struct store_kit *kit = *state;
    unsigned int i;

    for (i = 0; i < 30; i++)
    {
        add_some(kit, 100);
        assert_true(log_size(kit) < LOG_MOST);
    }
    assert_int_equal(3000, store_kit_all(kit).jobs);
}

static void others_can_empty_it_once_this_one_has_read(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger = store_kit_stranger(kit);
    bool changed;
    int log, done;

    add_some(kit, 10);
    assert_hr(S_OK, store_was_changed(kit->store, &changed)); /* as it is asked twice a second */
    assert_false(changed);
    store_kit_sql(stranger, "SELECT count(*) FROM job");
    assert_int_equal(SQLITE_OK, sqlite3_wal_checkpoint_v2(stranger, NULL,
                                                          SQLITE_CHECKPOINT_TRUNCATE, &log, &done));
    assert_int_equal(0, log);
    assert_int_equal(0, log_size(kit));
    sqlite3_close(stranger);
    store_kit_add(kit, L"y");
    assert_int_equal(11, store_kit_all(kit).jobs);
}

static void fails(struct store_kit *kit, enum sick_call call, unsigned int nth, int result)
{
    struct store_job job = store_kit_job(L"z");

    sick_vfs_fail(call, nth, result, ERROR_IO_DEVICE);
    assert_true(FAILED(store_kit_do(kit, STORE_ADD_JOB, &job)));
    sick_vfs_heal();
    assert_int_equal(0, job.id);
}

static void a_failure_leaves_nothing_and_the_next_works(void **state)
{
    struct store_kit *kit = *state;
    unsigned int before = 0, i;

    for (i = 1; i <= 3; i++)
    {
        add_some(kit, 5);
        fails(kit, SICK_SYNC, 1, SQLITE_IOERR_FSYNC);
        add_some(kit, 5);
        fails(kit, SICK_WRITE, i, SQLITE_IOERR_WRITE);
        add_some(kit, 5);
        fails(kit, SICK_WRITE, i, SQLITE_FULL);
        before += 15;
        assert_int_equal(before, store_kit_all(kit).jobs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(a_commit_after_another_takes_one_lock),
        store_case(it_becomes_a_reader_anew_in_time),
        store_case(what_others_commit_between_is_kept_and_seen),
        store_case(the_sequence_goes_on_after_others),
        store_case(a_writer_that_has_begun_is_waited_for),
        store_case(the_log_is_emptied_all_the_same),
        store_case(others_can_empty_it_once_this_one_has_read),
        store_case(a_failure_leaves_nothing_and_the_next_works),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
