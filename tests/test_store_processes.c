/* One queue, several processes: they hear of each other's commits, and one that dies, at whatever
 * moment, takes nothing with it and leaves nothing half done. */
#include "store_kit.h"

#define CHILD_LIMIT 30000 /* ms */
#define KILLS 12
#define CHILD_THREADS 2

/* ---- another store on the same folder, in this process: its lock has a handle of its own ---- */

struct other
{
    struct queue_lock *lock;
    struct store *store;
};

static struct other open_other(const WCHAR *folder)
{
    struct other other;

    assert_hr(S_OK, queue_lock_open(folder, &other.lock));
    assert_hr(S_OK, store_open(folder, other.lock, false, &other.store));
    return other;
}

static void close_other(struct other *other)
{
    store_close(other->store);
    queue_lock_close(other->lock);
}

static bool is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static bool was_changed(struct store *store)
{
    bool changed = false;

    assert_hr(S_OK, store_was_changed(store, &changed));
    return changed;
}

static void commits_are_heard_by_the_others_alone(void **state)
{
    struct store_kit *kit = *state;
    struct other other = open_other(kit->kit.folder);
    HANDLE event, others_event;
    INT64 process, others_process;

    assert_hr(S_OK, store_enter(kit->store, &process, &event));
    assert_hr(S_OK, store_enter(other.store, &others_process, &others_event));
    assert_true(process > 0 && others_process > process);
    assert_true(queue_lock_is_held(kit->lock, QUEUE_LOCK_PROCESS(others_process)));
    assert_true(was_changed(kit->store)); /* by who came */
    assert_false(store_is_alone(kit->store));

    is_set(event);
    is_set(others_event);
    was_changed(other.store);
    store_kit_add(kit, L"x");
    assert_false(is_set(event));
    assert_true(is_set(others_event));
    assert_false(was_changed(kit->store));
    assert_true(was_changed(other.store));
    assert_false(was_changed(other.store));

    store_leave(other.store);
    store_leave(other.store);
    assert_false(queue_lock_is_held(kit->lock, QUEUE_LOCK_PROCESS(others_process)));
    assert_true(was_changed(kit->store));
    assert_true(store_is_alone(kit->store));
    store_kit_add(kit, L"y");
    close_other(&other);
}

static void who_comes_later_is_heard_of(void **state)
{
    struct store_kit *kit = *state;
    struct other other;
    HANDLE event;
    INT64 first, process;
    int i;

    assert_hr(S_OK, store_enter(kit->store, &first, &event));
    for (i = 0; i < 3; i++)
    {
        other = open_other(kit->kit.folder);
        assert_hr(S_OK, store_enter(other.store, &process, &event));
        is_set(event);
        store_kit_add(kit, L"x");
        assert_true(is_set(event));
        close_other(&other);
    }
}

static void entering_fails_whole(void **state)
{
    struct store_kit *kit = *state;
    INT64 process = 4711;
    HANDLE event = NULL;

    fault_configure("handle=1");
    assert_hr(WIN32_HR(ERROR_NO_SYSTEM_RESOURCES), store_enter(kit->store, &process, &event));
    fault_configure(NULL);
    sick_vfs_fail(SICK_SYNC, 1, SQLITE_IOERR_FSYNC, ERROR_IO_DEVICE);
    assert_hr(WIN32_HR(ERROR_IO_DEVICE), store_enter(kit->store, &process, &event));
    sick_vfs_heal();
    assert_int_equal(4711, process);
    assert_null(event);
    assert_hr(S_OK, store_enter(kit->store, &process, &event));
}

static void who_is_alone_remembers_no_removed_jobs(void **state)
{
    struct store_kit *kit = *state;
    struct store_job jobs[3];
    HANDLE event;
    INT64 process, sequence = 0;
    size_t i;

    for (i = 0; i < 3; i++)
        jobs[i] = store_kit_add(kit, L"x");
    store_kit_read(kit, &sequence);
    for (i = 0; i < 3; i++)
        assert_hr(S_OK, store_kit_do(kit, STORE_REMOVE_JOB, &jobs[i]));
    assert_hr(S_OK, store_enter(kit->store, &process, &event));
    assert_int_equal(1,
                     store_kit_read(kit, &sequence).gone); /* the last: the sequence rests on it */
    assert_true(store_kit_add(kit, L"x").id > jobs[2].id);
}

/* ---- children ---- */

#define SHARED_NAME L"DOSVC_TEST_SHARED"
#define FOLDER_NAME L"DOSVC_TEST_FOLDER"

struct shared /* memory of parent and children */
{
    volatile LONG ready;     /* children that are */
    volatile LONG confirmed; /* commits that succeeded */
};

static HANDLE mapping;
static struct shared *shared;

static void share(const struct store_kit *kit)
{
    WCHAR name[64];

    swprintf(name, ARRAY_SIZE(name), L"Local\\dosvc-test-%lu", GetCurrentProcessId());
    mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, name);
    assert_non_null(mapping);
    shared = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    assert_non_null(shared);
    memset(shared, 0, sizeof(*shared));
    kit_environment(SHARED_NAME, name);
    kit_environment(FOLDER_NAME, kit->kit.folder);
}

static void unshare(void)
{
    UnmapViewOfFile(shared);
    CloseHandle(mapping);
}

static bool wait_for(volatile LONG *count, LONG value)
{
    ULONGLONG deadline = GetTickCount64() + CHILD_LIMIT;

    while (*count < value && GetTickCount64() < deadline)
        kit_pass(1);
    return *count >= value;
}

static struct store_kit child_kit;

static HRESULT child_commit(void)
{
    struct store_job job = store_kit_job(L"whole");
    struct store_file file = {.index = 0};
    struct store_change changes[] = {{.verb = STORE_ADD_JOB, .job = &job},
                                     {.verb = STORE_ADD_FILE, .of_file = &file}};
    struct store_request request = {.changes = changes, .count = 2};
    HRESULT hr = store_commit(child_kit.store, &request);

    if (SUCCEEDED(hr))
        InterlockedIncrement(&shared->confirmed);
    return hr;
}

static void commit_for_ever(void *context)
{
    (void)context;
    while (SUCCEEDED(child_commit()))
        ;
}

static int child_commits_for_ever(void)
{
    HANDLE thread;
    int i;

    InterlockedIncrement(&shared->ready);
    for (i = 1; i < CHILD_THREADS; i++)
        thread_start("child", commit_for_ever, NULL, &thread);
    commit_for_ever(NULL);
    return 3;
}

static int child_commits_20(void)
{
    HRESULT hr = S_OK;
    int i;

    for (i = 0; i < 20 && SUCCEEDED(hr); i++)
        hr = child_commit();
    return SUCCEEDED(hr) ? 0 : 4;
}

static int child_stays(void)
{
    HANDLE event;
    INT64 process;

    if (FAILED(store_enter(child_kit.store, &process, &event)))
        return 5;
    WaitForSingleObject(event, 0);
    InterlockedIncrement(&shared->ready);
    return WaitForSingleObject(event, CHILD_LIMIT) == WAIT_OBJECT_0 ? 0 : 6;
}

static int child_holds(void)
{
    sqlite3 *db = NULL;
    char path[MAX_PATH];

    snprintf(path, sizeof(path), "%ls\\queue.db", child_kit.kit.folder);
    if (sqlite3_open(path, &db) || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
        return 7;
    InterlockedIncrement(&shared->ready);
    kit_pass(CHILD_LIMIT);
    return 8;
}

static int child_main(const char *what)
{
    WCHAR name[64];
    int code;

    GetEnvironmentVariableW(FOLDER_NAME, child_kit.kit.folder, MAX_PATH);
    GetEnvironmentVariableW(SHARED_NAME, name, ARRAY_SIZE(name));
    mapping = OpenFileMappingW(FILE_MAP_WRITE, FALSE, name);
    shared = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    if (!shared || FAILED(queue_lock_open(child_kit.kit.folder, &child_kit.lock)) ||
        FAILED(store_open(child_kit.kit.folder, child_kit.lock, false, &child_kit.store)))
        return 2;
    if (!strcmp(what, "for-ever"))
        code = child_commits_for_ever();
    else if (!strcmp(what, "20"))
        code = child_commits_20();
    else if (!strcmp(what, "stays"))
        code = child_stays();
    else
        code = child_holds();
    store_close(child_kit.store);
    queue_lock_close(child_kit.lock);
    return code;
}

static void a_commit_reaches_another_process(void **state)
{
    struct store_kit *kit = *state;
    struct kit_child child;

    share(kit);
    kit_child(&child, &kit->kit, L"stays");
    assert_true(wait_for(&shared->ready, 1));
    store_kit_add(kit, L"x");
    assert_int_equal(0, kit_child_wait(&child, CHILD_LIMIT));
    unshare();
}

static void the_dead_are_found_and_removed(void **state)
{
    struct store_kit *kit = *state;
    struct kit_child child;
    HANDLE event;
    INT64 process;

    share(kit);
    kit_child(&child, &kit->kit, L"stays");
    assert_true(wait_for(&shared->ready, 1));
    assert_true(queue_lock_is_held(kit->lock, QUEUE_LOCK_PROCESS(1)));
    assert_false(store_is_alone(kit->store));
    kit_child_kill(&child);
    assert_false(queue_lock_is_held(kit->lock, QUEUE_LOCK_PROCESS(1)));
    assert_true(store_is_alone(kit->store));
    assert_hr(S_OK, store_enter(kit->store, &process, &event));
    assert_int_equal(2, process);
    store_kit_close(kit);
    {
        sqlite3 *stranger = store_kit_stranger(kit);
        sqlite3_stmt *rows;

        assert_int_equal(SQLITE_OK,
                         sqlite3_prepare_v2(stranger, "SELECT id FROM process", -1, &rows, NULL));
        assert_int_equal(SQLITE_DONE, sqlite3_step(rows));
        sqlite3_finalize(rows);
        sqlite3_close(stranger);
    }
    unshare();
}

static void a_writer_that_dies_holds_nobody_up(void **state)
{
    struct store_kit *kit = *state;
    struct kit_child child;
    ULONGLONG begin;

    share(kit);
    kit_child(&child, &kit->kit, L"holds");
    assert_true(wait_for(&shared->ready, 1));
    kit_child_kill(&child);
    begin = GetTickCount64();
    store_kit_add(kit, L"x");
    assert_true(GetTickCount64() - begin < 4000);
    unshare();
}

static void processes_may_begin_a_queue_together(void **state)
{
    struct store_kit *kit = *state;
    struct kit_child children[4];
    size_t i;

    store_kit_close(kit);
    queue_lock_close(kit->lock);
    kit_remove_folder(kit->kit.folder);
    CreateDirectoryW(kit->kit.folder, NULL);
    share(kit);
    for (i = 0; i < ARRAY_SIZE(children); i++)
        kit_child(&children[i], &kit->kit, L"20");
    for (i = 0; i < ARRAY_SIZE(children); i++)
        assert_int_equal(0, kit_child_wait(&children[i], CHILD_LIMIT));
    assert_hr(S_OK, queue_lock_open(kit->kit.folder, &kit->lock));
    store_kit_open(kit);
    assert_int_equal(ARRAY_SIZE(children) * 20, store_kit_all(kit).jobs);
    unshare();
}

/* Exactly what was committed before the process ended at its n-th commit. */
static void a_process_may_end_on_either_side_of_a_commit(void **state)
{
    static const struct
    {
        const WCHAR *faults;
        unsigned int jobs;
    } rows[] = {
        {L"kill=before-row:1", 0},
        {L"kill=after-row:1", 1},
        {L"kill=before-row:7", 6},
        {L"kill=after-row:7", 7},
    };
    struct store_kit *kit = *state;
    unsigned int jobs = 0;
    struct kit_child child;
    struct seen seen;
    size_t i;

    share(kit);
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        kit_environment(L"DOSVC_FAULTS", rows[i].faults);
        kit_child(&child, &kit->kit, L"20");
        assert_int_equal(99, kit_child_wait(&child, CHILD_LIMIT));
        seen = store_kit_all(kit);
        assert_int_equal(jobs + rows[i].jobs, seen.jobs);
        assert_false(seen.parts_missing);
        jobs = seen.jobs;
    }
    kit_environment(L"DOSVC_FAULTS", NULL);
    unshare();
}

/* What a commit returned for is there; what it had not returned for is there whole or not. */
static void a_process_may_be_ended_at_any_moment(void **state)
{
    struct store_kit *kit = *state;
    unsigned int jobs = 0, confirmed;
    struct kit_child child;
    struct seen seen;
    int i;

    share(kit);
    for (i = 0; i < KILLS; i++)
    {
        store_kit_close(kit); /* the child is the last that has it, sometimes the first */
        shared->ready = shared->confirmed = 0;
        kit_child(&child, &kit->kit, L"for-ever");
        assert_true(wait_for(&shared->confirmed, 1 + i * 13));
        kit_child_kill(&child);
        confirmed = (unsigned int)shared->confirmed;
        store_kit_open(kit);
        seen = store_kit_all(kit);
        assert_in_range(seen.jobs, jobs + confirmed, jobs + confirmed + CHILD_THREADS);
        assert_false(seen.parts_missing);
        jobs = seen.jobs;
    }
    unshare();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        store_case(commits_are_heard_by_the_others_alone),
        store_case(who_comes_later_is_heard_of),
        store_case(entering_fails_whole),
        store_case(who_is_alone_remembers_no_removed_jobs),
        store_case(a_commit_reaches_another_process),
        store_case(the_dead_are_found_and_removed),
        store_case(a_writer_that_dies_holds_nobody_up),
        store_case(processes_may_begin_a_queue_together),
        store_case(a_process_may_end_on_either_side_of_a_commit),
        store_case(a_process_may_be_ended_at_any_moment),
    };

    if (argc > 1)
        return child_main(argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
