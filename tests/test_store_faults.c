/* A disk that fails the store: at any call of the file system, for every operation, what was
 * committed stays, the rest did not happen, nothing is taken for damage, and once the disk is well
 * so is the store. */
#include "store_kit.h"

struct sickness
{
    enum sick_call call;
    int result;
    DWORD error;
    HRESULT hr;
};

static const struct sickness sicknesses[] = {
    {SICK_WRITE, SQLITE_FULL, ERROR_DISK_FULL, WIN32_HR(ERROR_DISK_FULL)},
    {SICK_WRITE, SQLITE_IOERR_WRITE, ERROR_WRITE_FAULT, WIN32_HR(ERROR_WRITE_FAULT)},
    {SICK_SYNC, SQLITE_IOERR_FSYNC, ERROR_IO_DEVICE, WIN32_HR(ERROR_IO_DEVICE)},
    {SICK_READ, SQLITE_IOERR_READ, ERROR_CRC, WIN32_HR(ERROR_READ_FAULT)},
    {SICK_OPEN, SQLITE_CANTOPEN, ERROR_TOO_MANY_OPEN_FILES, WIN32_HR(ERROR_TOO_MANY_OPEN_FILES)},
};

/* A job with a file, twice its revision. */
static HRESULT use(struct store_kit *kit)
{
    struct store_job job = store_kit_job(L"whole");
    struct store_file file = {.index = 0};
    struct store_change make[] = {{.verb = STORE_ADD_JOB, .job = &job},
                                  {.verb = STORE_ADD_FILE, .of_file = &file}};
    HRESULT hr;

    if (SUCCEEDED(hr = store_kit_commit(kit, make, 2)))
        hr = store_kit_do(kit, STORE_TOUCH_JOB, &job);
    return hr;
}

static bool was_put_aside(struct store_kit *kit)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(kit_path(&kit->kit, L"queue.db.damaged-*", pattern), &found);

    if (search == INVALID_HANDLE_VALUE)
        return false;
    FindClose(search);
    return true;
}

/* The n-th call fails, for n from 1 on until there is no n-th call. */
static void commits_fail_whole(void **state)
{
    struct store_kit *kit = *state;
    unsigned int jobs = 0;
    struct seen seen;
    size_t i, n;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(sicknesses); i++)
        for (n = 1, hr = E_FAIL; FAILED(hr); n++)
        {
            store_kit_reopen(kit);
            sick_vfs_fail(sicknesses[i].call, (unsigned int)n, sicknesses[i].result,
                          sicknesses[i].error);
            hr = use(kit);
            sick_vfs_heal();
            if (FAILED(hr))
                assert_hr(sicknesses[i].hr, hr);
            seen = store_kit_all(kit);
            assert_false(seen.parts_missing);
            assert_in_range(seen.jobs, jobs, jobs + 1);
            store_kit_reopen(kit);
            assert_int_equal(seen.jobs, store_kit_all(kit).jobs);
            assert_false(was_put_aside(kit));
            jobs = seen.jobs;
            assert_true(n < 100);
        }
    assert_hr(S_OK, use(kit));
}

static void opening_fails_and_takes_nothing_for_damage(void **state)
{
    struct store_kit *kit = *state;
    size_t i, n;
    HRESULT hr;

    assert_hr(S_OK, use(kit));
    for (i = 0; i < ARRAY_SIZE(sicknesses); i++)
        for (n = 1, hr = E_FAIL; FAILED(hr); n++)
        {
            store_kit_close(kit);
            sick_vfs_fail(sicknesses[i].call, (unsigned int)n, sicknesses[i].result,
                          sicknesses[i].error);
            hr = store_open(kit->kit.folder, kit->lock, false, &kit->store);
            sick_vfs_heal();
            assert_false(was_put_aside(kit));
            if (FAILED(hr))
                assert_null(kit->store);
            assert_true(n < 100);
        }
    assert_int_equal(1, store_kit_all(kit).jobs);
}

/* A queue that is half made is made at the next start. */
static void making_a_queue_fails_whole(void **state)
{
    struct store_kit *kit = *state;
    size_t i, n;
    HRESULT hr;

    for (i = 0; i < ARRAY_SIZE(sicknesses); i++)
        for (n = 1, hr = E_FAIL; FAILED(hr); n++)
        {
            store_kit_close(kit);
            kit_remove_folder(kit->kit.folder);
            CreateDirectoryW(kit->kit.folder, NULL);
            sick_vfs_fail(sicknesses[i].call, (unsigned int)n, sicknesses[i].result,
                          sicknesses[i].error);
            hr = store_open(kit->kit.folder, kit->lock, false, &kit->store);
            sick_vfs_heal();
            if (FAILED(hr))
                store_kit_open(kit);
            assert_hr(S_OK, use(kit));
            assert_false(was_put_aside(kit));
            assert_true(n < 200);
        }
}

static void reading_fails_whole(void **state)
{
    struct store_kit *kit = *state;
    struct seen seen;
    INT64 sequence;
    unsigned int n;
    HRESULT hr;

    assert_hr(S_OK, use(kit));
    for (n = 1, hr = E_FAIL; FAILED(hr); n++)
    {
        store_kit_reopen(kit);
        sick_vfs_fail(SICK_READ, n, SQLITE_IOERR_READ, ERROR_CRC);
        memset(&seen, 0, sizeof(seen));
        sequence = 0;
        hr = store_read(kit->store, &sequence, &seen_visitor, &seen);
        sick_vfs_heal();
        assert_true(FAILED(hr) ? hr == WIN32_HR(ERROR_READ_FAULT) && !sequence : seen.jobs == 1);
        assert_int_equal(1, store_kit_all(kit).jobs);
        assert_true(n < 100);
    }
}

static void a_queue_that_cannot_be_written_is_refused(void **state)
{
    struct store_kit *kit = *state;

    assert_hr(S_OK, use(kit));
    store_kit_close(kit);
    sick_vfs_make_read_only();
    assert_hr(E_ACCESSDENIED, store_open(kit->kit.folder, kit->lock, false, &kit->store));
    assert_null(kit->store);
    sick_vfs_heal();
    fault_configure("open=1");
    assert_hr(E_ACCESSDENIED, store_open(kit->kit.folder, kit->lock, false, &kit->store));
    fault_configure(NULL);
    store_kit_open(kit);
    assert_int_equal(1, store_kit_all(kit).jobs);
}

/* SQLite's own measure of a full disk, which needs no quota. */
static void a_full_disk_is_said_and_passes(void **state)
{
    struct store_kit *kit = *state;
    struct store_job job = store_kit_job(NULL);
    struct store_change value = STORE_VALUE(STORE_OF_JOB, "v", STORE_BLOB, .size = 1 << 20);
    struct store_change changes[] = {{.verb = STORE_ADD_JOB, .job = &job}, value};
    void *data = calloc(1, value.value.size);

    assert_non_null(data);
    changes[1].value.data = data;
    sick_vfs_fail(SICK_WRITE, 100, SQLITE_FULL, ERROR_DISK_FULL);
    assert_hr(WIN32_HR(ERROR_DISK_FULL), store_kit_commit(kit, changes, 2));
    assert_int_equal(0, job.id);
    assert_int_equal(0, store_kit_all(kit).jobs);
    sick_vfs_heal();
    assert_hr(S_OK, store_kit_commit(kit, changes, 2));
    store_kit_reopen(kit);
    assert_int_equal(1, store_kit_all(kit).values);
    free(data);
}

static void a_queue_that_somebody_else_opens_is_waited_for(void **state)
{
    struct store_kit *kit = *state;
    struct queue_lock *other;
    ULONGLONG begin = GetTickCount64(), took;

    store_kit_close(kit);
    assert_hr(S_OK, queue_lock_open(kit->kit.folder, &other));
    assert_hr(S_OK, queue_lock_try(other, QUEUE_LOCK_OPENING, false));
    assert_hr(WIN32_HR(ERROR_BUSY), store_open(kit->kit.folder, kit->lock, false, &kit->store));
    took = GetTickCount64() - begin;
    assert_true(took >= 4900 && took < 15000);
    queue_lock_close(other);
    store_kit_open(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(commits_fail_whole),
        store_case(opening_fails_and_takes_nothing_for_damage),
        store_case(making_a_queue_fails_whole),
        store_case(reading_fails_whole),
        store_case(a_queue_that_cannot_be_written_is_refused),
        store_case(a_full_disk_is_said_and_passes),
        store_case(a_queue_that_somebody_else_opens_is_waited_for),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
