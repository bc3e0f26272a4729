/* Jobs that nobody touched for too long, in a process that runs on while they grow old. */
#include "restart_kit.h"

#include <sqlite3.h>

#define BITS (&CLSID_DosvcBitsManager)
#define DO (&CLSID_DosvcManager)

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define MARGIN_S (2 * HOUR_S) /* what is left of a job's time when the process begins */
#define CLOCK L"clock=1000"   /* 7 s of the machine's */
#define LIMIT 60000           /* ms */

/* ---- stories of the child ---- */

static void made(void)
{
    child_run(DO, L"old", L"whole", BG_JOB_STATE_TRANSFERRED);
    child_run(DO, L"young", L"whole", BG_JOB_STATE_TRANSFERRED);
    child_run(BITS, L"bits-old", L"whole", BG_JOB_STATE_TRANSFERRED);
    child_run(BITS, L"bits-young", L"whole", BG_JOB_STATE_TRANSFERRED);
}

static bool is_there(REFCLSID clsid, const wchar_t *name)
{
    IBackgroundCopyJob *job = restart_find(clsid, name);

    if (job)
        IBackgroundCopyJob_Release(job);
    return job != NULL;
}

static void wait_gone(REFCLSID clsid, const wchar_t *name)
{
    uint64_t start = GetTickCount64();

    while (is_there(clsid, name) && GetTickCount64() - start < LIMIT / 3)
        kit_pass(50);
    assert_false(is_there(clsid, name));
}

static void grown_old(void)
{
    IBackgroundCopyManager *manager;

    assert_hr(S_OK, kit_manager(DO, &manager)); /* keeps the queue open all the time */
    assert_true(is_there(DO, L"old"));
    assert_true(is_there(BITS, L"bits-old"));
    wait_gone(DO, L"old");
    wait_gone(BITS, L"bits-old");
    assert_true(is_there(DO, L"young"));
    assert_true(is_there(BITS, L"bits-young"));
    IBackgroundCopyManager_Release(manager);
}

static const struct child_story stories[] = {
    {"made", made}, {"grown-old", grown_old}, {NULL, NULL}};

/* ---- the test ---- */

/* Nobody has the queue open. */
static void age(const char *name, int64_t seconds)
{
    sqlite3_stmt *statement;
    wchar_t home[MAX_PATH];
    sqlite3 *database;

    assert_true(GetEnvironmentVariableW(L"DOSVC_HOME", home, MAX_PATH));
    assert_int_equal(SQLITE_OK, sqlite3_open16(wcscat(home, L"\\queue.db"), &database));
    assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(database,
                                                   "UPDATE job SET modified=modified-?"
                                                   " WHERE name=?",
                                                   -1, &statement, NULL));
    sqlite3_bind_int64(statement, 1, seconds * 10000000);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    assert_int_equal(SQLITE_DONE, sqlite3_step(statement));
    assert_int_equal(1, sqlite3_changes(database));
    sqlite3_finalize(statement);
    assert_int_equal(SQLITE_OK, sqlite3_close(database));
}

static void jobs_go_after_30_days_and_after_90(void **state)
{
    struct kit *kit = *state;
    struct kit_child child;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/whole", {.seed = 1, .size = 5000});
    restart_child(kit, L"made");
    age("old", 30 * DAY_S - MARGIN_S);
    age("young", 29 * DAY_S);
    age("bits-old", 90 * DAY_S - MARGIN_S);
    age("bits-young", 89 * DAY_S);
    assert_int_equal(4, restart_files(kit, L"*.tmp"));
    kit_offer(kit, "/", L"", target);
    kit_environment(L"DOSVC_FAULTS", CLOCK);
    kit_child(&child, kit, L"grown-old");
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_int_equal(0, kit_child_wait(&child, LIMIT));
    assert_int_equal(2, restart_files(kit, L"*.tmp"));
    restart_open(kit);
    finish(restart_job(L"young"));
    assert_target(kit, L"young", 1, 5000);
    finish(restart_find(BITS, L"bits-young"));
    assert_target(kit, L"bits-young", 1, 5000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {RESTART(jobs_go_after_30_days_and_after_90)};

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
