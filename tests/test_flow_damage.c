/* A queue that is damaged, foreign, in use or cannot be reached: what the first manager says, and
 * what has become of the jobs. */
#include "restart_kit.h"

#include <sqlite3.h>

#define DO (&CLSID_DosvcManager)
#define ERROR_OF(code) HRESULT_FROM_WIN32(code)

/* ---- stories of the child ---- */

static void made(void)
{
    child_run(DO, L"job", L"whole", BG_JOB_STATE_TRANSFERRED);
}

static void made_and_closed(void)
{
    IBackgroundCopyJob *job = child_run(DO, L"job", L"whole", BG_JOB_STATE_TRANSFERRED);

    IBackgroundCopyJob_Release(job);
    kit_assert_nothing_lives();
}

static void refused(void)
{
    IBackgroundCopyManager *manager;

    assert_hr(E_ACCESSDENIED, kit_manager(DO, &manager));
    assert_hr(E_ACCESSDENIED, kit_manager(DO, &manager));
}

static const struct child_story stories[] = {
    {"made", made}, {"made-and-closed", made_and_closed}, {"refused", refused}, {NULL, NULL}};

/* ---- the queue's files ---- */

static wchar_t *in_home(const wchar_t *name, wchar_t *path)
{
    assert_true(GetEnvironmentVariableW(L"DOSVC_HOME", path, MAX_PATH));
    wcscat(path, L"\\");
    return wcscat(path, name);
}

static unsigned int count_in_home(const wchar_t *pattern)
{
    wchar_t path[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search = FindFirstFileW(in_home(pattern, path), &found);

    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

static void forget_what_was_put_aside(void)
{
    wchar_t pattern[MAX_PATH], path[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(in_home(L"queue.db.damaged-*", pattern), &found);

    if (search == INVALID_HANDLE_VALUE)
        return;
    do
        DeleteFileW(in_home(found.cFileName, path));
    while (FindNextFileW(search, &found));
    FindClose(search);
}

static sqlite3 *open_database(void)
{
    wchar_t path[MAX_PATH];
    sqlite3 *database;

    assert_int_equal(SQLITE_OK, sqlite3_open16(in_home(L"queue.db", path), &database));
    return database;
}

static void run_sql(const char *sql)
{
    sqlite3 *database = open_database();

    assert_int_equal(SQLITE_OK, sqlite3_exec(database, sql, NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_close(database));
}

static void serve(struct kit *kit)
{
    HTTPD_SCRIPT(kit->httpd, "/whole", {.seed = 1, .size = 5000});
}

static unsigned int count_jobs(struct kit *kit)
{
    IEnumBackgroundCopyJobs *jobs;
    ULONG count;

    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(kit->manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    IEnumBackgroundCopyJobs_Release(jobs);
    return (unsigned int)count;
}

/* As if nothing had been. */
static void assert_job_is_there(struct kit *kit)
{
    restart_open(kit);
    finish(restart_job(L"job"));
    assert_target(kit, L"job", 1, 5000);
    restart_close(kit);
}

/* ---- damage ---- */

static void overwrite(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    char noise[4096];
    DWORD written;

    assert_true(file != INVALID_HANDLE_VALUE);
    content_fill(77, 0, noise, sizeof(noise));
    assert_true(WriteFile(file, noise, sizeof(noise), &written, NULL));
    CloseHandle(file);
}

static void cut_off(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    SetFilePointer(file, 5000, NULL, FILE_BEGIN);
    assert_true(SetEndOfFile(file));
    CloseHandle(file);
}

static void garbage_is_put_aside_and_a_queue_begun(void **state)
{
    static void (*const damages[])(const wchar_t *path) = {overwrite, cut_off};
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    wchar_t path[MAX_PATH];
    size_t i;

    serve(kit);
    for (i = 0; i < ARRAY_SIZE(damages); i++)
    {
        restart_child(kit, L"made-and-closed");
        damages[i](in_home(L"queue.db", path));
        restart_open(kit);
        assert_int_equal(0, count_jobs(kit));
        assert_true(count_in_home(L"queue.db.damaged-*") >= 1);
        job = kit_job_of(kit, "/whole", L"another");
        kit_cancel(job);
        restart_close(kit);
        forget_what_was_put_aside();
    }
}

/* ---- not ours to touch ---- */

static void set_pragma(const char *name, int value)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA %s=%d", name, value);
    run_sql(sql);
}

static int get_pragma(const char *name)
{
    sqlite3 *database = open_database();
    sqlite3_stmt *statement;
    char sql[64];
    int value;

    snprintf(sql, sizeof(sql), "PRAGMA %s", name);
    assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    assert_int_equal(SQLITE_ROW, sqlite3_step(statement));
    value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(SQLITE_OK, sqlite3_close(database));
    return value;
}

static void a_newer_or_foreign_queue_is_refused_and_left_alone(void **state)
{
    static const struct
    {
        const char *pragma;
        int value;
        HRESULT hr;
    } rows[] = {
        {"user_version", 1000, ERROR_OF(ERROR_UNKNOWN_REVISION)},
        {"application_id", 1, ERROR_OF(ERROR_INVALID_DATA)},
    };
    IBackgroundCopyManager *manager;
    struct kit *kit = *state;
    int before;
    size_t i;

    serve(kit);
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        restart_child(kit, L"made");
        before = get_pragma(rows[i].pragma);
        set_pragma(rows[i].pragma, rows[i].value);
        assert_hr(rows[i].hr, kit_manager(DO, &manager));
        assert_hr(rows[i].hr, kit_manager(&CLSID_DosvcBitsManager, &manager));
        kit_assert_nothing_lives();
        assert_int_equal(0, count_in_home(L"queue.db.damaged-*"));
        set_pragma(rows[i].pragma, before);
        assert_job_is_there(kit);
    }
}

/* ---- out of reach ---- */

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    struct kit *kit = *state;
    struct kit_child child;

    serve(kit);
    restart_child(kit, L"made");
    kit_environment(L"DOSVC_FAULTS", L"open=*");
    kit_child(&child, kit, L"refused");
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_int_equal(0, kit_child_wait(&child, CHILD_LIMIT));
    assert_job_is_there(kit);
}

static void a_folder_that_is_a_file_is_said(void **state)
{
    wchar_t home[MAX_PATH], path[MAX_PATH];
    IBackgroundCopyManager *manager;
    struct kit *kit = *state;
    HRESULT hr;

    assert_true(GetEnvironmentVariableW(L"DOSVC_HOME", home, MAX_PATH));
    assert_true(content_write_file(kit_path(kit, L"file", path), 1, 10));
    kit_environment(L"DOSVC_HOME", path);
    hr = kit_manager(DO, &manager);
    kit_environment(L"DOSVC_HOME", home);
    assert_true(FAILED(hr) && HRESULT_FACILITY(hr) == FACILITY_WIN32);
    kit_assert_nothing_lives();
    assert_true(content_check_file(path, 1, 10));
}

static void a_writer_that_takes_too_long_is_said(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job = NULL;
    sqlite3 *database;
    GUID id;

    serve(kit);
    restart_child(kit, L"made");
    restart_open(kit);
    database = open_database();
    assert_int_equal(SQLITE_OK, sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL));
    assert_hr(ERROR_OF(ERROR_BUSY),
              IBackgroundCopyManager_CreateJob(kit->manager, L"late", 0, &id, &job));
    assert_null(job);
    assert_int_equal(1, count_jobs(kit));
    restart_close(kit);
    assert_hr(ERROR_OF(ERROR_BUSY), kit_manager(DO, &manager));
    assert_int_equal(SQLITE_OK, sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_close(database));
    assert_job_is_there(kit);
}

static void a_long_reader_holds_nobody_up(void **state)
{
    struct kit *kit = *state;
    sqlite3 *database;

    serve(kit);
    restart_child(kit, L"made");
    database = open_database();
    assert_int_equal(SQLITE_OK,
                     sqlite3_exec(database, "BEGIN; SELECT * FROM job", NULL, NULL, NULL));
    assert_job_is_there(kit);
    assert_int_equal(SQLITE_OK, sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL));
    assert_int_equal(SQLITE_OK, sqlite3_close(database));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RESTART(garbage_is_put_aside_and_a_queue_begun),
        RESTART(a_newer_or_foreign_queue_is_refused_and_left_alone),
        RESTART(a_folder_that_cannot_be_written_is_said),
        RESTART(a_folder_that_is_a_file_is_said),
        RESTART(a_writer_that_takes_too_long_is_said),
        RESTART(a_long_reader_holds_nobody_up),
    };

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
