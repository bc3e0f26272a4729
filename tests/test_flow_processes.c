/* Several processes on one queue. The others are puppets (testkit/puppet); this process has the
 * queue open only to clean up. */
#include "testkit/puppet.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000 /* ms: within so long an order given elsewhere must be obeyed */
#define SLACK 700   /* ... of a machine that builds something meanwhile */
#define SIZE 3000000
#define CODE_BUSY HRESULT_FROM_WIN32(ERROR_BUSY)

struct fixture
{
    struct kit *kit;
    struct puppet a, b;
};

/* ---- fixtures -----------------------------------------------------------------------------------
 */

static void cancel_all(void)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyManager *manager;
    IEnumUnknown *downloads;
    IBackgroundCopyJob *job;
    IDODownload *download;
    IDOManager *face;
    IUnknown *unknown;

    if (FAILED(kit_manager(&CLSID_DosvcManager, &manager)))
        return;
    if (IBackgroundCopyManager_EnumJobs(manager, 0, &jobs) == S_OK)
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        {
            IBackgroundCopyJob_Cancel(job);
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    face = kit_face(manager, &IID_IDOManager);
    if (IDOManager_EnumDownloads(face, NULL, &downloads) == S_OK)
    {
        while (IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
        {
            download = kit_face(unknown, &IID_IDODownload);
            IDODownload_Abort(download);
            IDODownload_Release(download);
            IUnknown_Release(unknown);
        }
        IEnumUnknown_Release(downloads);
    }
    IDOManager_Release(face);
    IBackgroundCopyManager_Release(manager);
}

static int setup_with(void **state, const wchar_t *faults)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    void *kit;

    if (!fixture || kit_setup(&kit))
        return -1;
    *state = fixture;
    fixture->kit = kit;
    IBackgroundCopyManager_Release(fixture->kit->manager);
    fixture->kit->manager = NULL;
    kit_assert_nothing_lives();
    kit_environment(L"DOSVC_FAULTS", faults);
    puppet_start(&fixture->a, fixture->kit);
    puppet_start(&fixture->b, fixture->kit);
    kit_environment(L"DOSVC_FAULTS", NULL);
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, NULL);
}

/* Nobody tells anybody that something was stored: what is left is looking now and then. */
static int setup_without_events(void **state)
{
    return setup_with(state, L"ring=*");
}

static int setup_fast(void **state)
{
    return setup_with(state, L"clock=60");
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    void *kit = fixture->kit;

    puppet_kill(&fixture->a);
    puppet_kill(&fixture->b);
    cancel_all();
    kit_assert_nothing_lives();
    free(fixture);
    return kit_teardown(&kit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_BOTH(name)                                                                            \
    TEST(name),                                                                                    \
    {                                                                                              \
#name " (without events)", name, setup_without_events, teardown, NULL                      \
    }

/* ---- what tests have in common ------------------------------------------------------------------
 */

static void assert_file(const struct fixture *fixture, const wchar_t *name, uint32_t seed)
{
    wchar_t path[MAX_PATH];
    char *expected = malloc(SIZE), *found = malloc(SIZE + 1);
    FILE *file = _wfopen(kit_path(fixture->kit, name, path), L"rb");
    size_t size = file ? fread(found, 1, SIZE + 1, file) : 0;

    if (file)
        fclose(file);
    content_fill(seed, 0, expected, SIZE);
    assert_int_equal(SIZE, size);
    assert_memory_equal(expected, found, SIZE);
    free(expected);
    free(found);
}

static unsigned int count_part_files(const struct fixture *fixture)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search;

    search = FindFirstFileW(kit_path(fixture->kit, L"DO*.tmp", pattern), &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

/* About 1 MB a second. */
static void script_slow(const struct fixture *fixture, const char *path, uint32_t seed)
{
    HTTPD_SCRIPT(
        fixture->kit->httpd, path,
        {.seed = seed, .size = SIZE, .etag = "\"1\"", .trickle = 20, .trickle_bytes = 20000});
}

static void script_fast(const struct fixture *fixture, const char *path, uint32_t seed)
{
    HTTPD_SCRIPT(fixture->kit->httpd, path, {.seed = seed, .size = SIZE, .etag = "\"1\""});
}

/* Within a second or so; then nothing comes any more. */
static bool falls_silent(const struct fixture *fixture, const char *path)
{
    uint64_t start = GetTickCount64(), before;

    do
    {
        before = httpd_bytes_sent(fixture->kit->httpd, path);
        kit_pass(300);
        if (httpd_bytes_sent(fixture->kit->httpd, path) == before)
            return true;
    } while (GetTickCount64() - start < SECOND + SLACK);
    return false;
}

static bool wait_count(struct puppet *puppet, bool downloads, uint32_t count, unsigned int ms)
{
    uint64_t start = GetTickCount64();
    struct puppet_call call = {.verb = PUPPET_COUNT, .number = downloads};

    do
        call.number = downloads;
    while ((puppet_do(puppet, &call) != S_OK || call.count != count) &&
           GetTickCount64() - start < ms);
    return call.count == count;
}

static bool wait_files(struct puppet *puppet, const GUID *job, uint32_t count)
{
    struct puppet_call call = {.verb = PUPPET_PROGRESS, .job = *job};
    uint64_t start = GetTickCount64();

    while ((puppet_do(puppet, &call) != S_OK || call.count < count) &&
           GetTickCount64() - start < KIT_LIMIT)
        kit_pass(10);
    return call.count >= count;
}

static GUID running_job(struct fixture *fixture, struct puppet *runner)
{
    GUID job;

    script_slow(fixture, "/slow", 1);
    puppet_create(runner, fixture->kit, "/slow", L"slow.bin", &job);
    assert_hr(S_OK, puppet_order(runner, PUPPET_RESUME, &job));
    assert_true(httpd_wait_sent(fixture->kit->httpd, "/slow", 100000, KIT_LIMIT));
    return job;
}

/* ---- what one does is seen in the other ---------------------------------------------------------
 */

static void a_new_job_is_seen(void **state)
{
    struct fixture *fixture = *state;
    GUID job;

    script_fast(fixture, "/a", 1);
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_SUSPENDED, SECOND + SLACK));
    assert_true(wait_count(&fixture->b, false, 1, SECOND));
}

/* Not a moment later: its id is all that somebody needs to find it. */
static void a_job_is_found_as_soon_as_it_is_made(void **state)
{
    struct fixture *fixture = *state;
    unsigned int i;
    GUID job;

    script_fast(fixture, "/a", 1);
    for (i = 0; i < 10; i++)
    {
        puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
        assert_int_equal(BG_JOB_STATE_SUSPENDED, puppet_state(&fixture->b, &job));
    }
}

static void a_new_download_is_seen(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call call = {.verb = PUPPET_DOWNLOAD};

    script_fast(fixture, "/a", 1);
    httpd_wide_url(fixture->kit->httpd, "/a", call.url);
    kit_path(fixture->kit, L"a.bin", call.path);
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_true(wait_count(&fixture->b, true, 1, SECOND + SLACK));
}

static void properties_are_seen(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call call = {.verb = PUPPET_SET_PRIORITY, .number = BG_JOB_PRIORITY_HIGH};
    uint64_t start;
    GUID job;

    script_fast(fixture, "/a", 1);
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_SUSPENDED, SECOND + SLACK));
    call.job = job;
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    call.verb = PUPPET_SET_DESCRIPTION;
    wcscpy(call.path, L"of the other one");
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    start = GetTickCount64();
    do
    {
        call.verb = PUPPET_DESCRIPTION;
        assert_hr(S_OK, puppet_do(&fixture->a, &call));
    } while (wcscmp(call.path, L"of the other one") && GetTickCount64() - start < SECOND + SLACK);
    assert_int_equal(0, wcscmp(call.path, L"of the other one"));
    call.verb = PUPPET_PRIORITY;
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_int_equal(BG_JOB_PRIORITY_HIGH, call.number);
}

static void progress_and_the_end_are_seen(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);
    struct puppet_call call = {.verb = PUPPET_PROGRESS, .job = job};

    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    assert_int_equal(SIZE, call.number);
    assert_int_equal(1, httpd_requests(fixture->kit->httpd, "/slow"));
}

static void what_it_waits_for_is_seen(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call call = {.verb = PUPPET_ERROR};
    GUID job;

    HTTPD_SCRIPT(fixture->kit->httpd, "/a", {.status = 503, .retry_after = "600"});
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSIENT_ERROR, SECOND + SLACK));
    call.job = job;
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    assert_int_equal(0x801901F7, call.number);
}

/* ---- orders -------------------------------------------------------------------------------------
 */

static void suspend_and_resume_are_obeyed(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);

    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_SUSPEND, &job));
    assert_true(puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_SUSPENDED, SECOND + SLACK));
    assert_true(falls_silent(fixture, "/slow"));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"slow.bin", 1);
    assert_int_equal(1, httpd_most_at_once(fixture->kit->httpd, "/slow"));
}

static void cancel_is_obeyed(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);
    uint64_t start;

    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    assert_int_equal(1, count_part_files(fixture));
    start = GetTickCount64();
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_CANCEL, &job));
    assert_in_range(GetTickCount64() - start, 0, 2 * SECOND + SLACK);
    assert_int_equal(0, count_part_files(fixture));
    assert_true(puppet_wait_state(&fixture->a, &job, -1, SECOND + SLACK));
    assert_true(falls_silent(fixture, "/slow"));
}

static void a_file_that_was_added_is_fetched(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);
    struct puppet_call call = {.verb = PUPPET_ADD_FILE, .job = job};

    script_fast(fixture, "/more", 2);
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    httpd_wide_url(fixture->kit->httpd, "/more", call.url);
    kit_path(fixture->kit, L"more.bin", call.path);
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    assert_true(httpd_wait_request(fixture->kit->httpd, "/more", 1, SECOND + SLACK));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_true(puppet_wait_state(&fixture->a, &job, -1, SECOND + SLACK));
    assert_file(fixture, L"slow.bin", 1);
    assert_file(fixture, L"more.bin", 2);
    assert_int_equal(1, httpd_requests(fixture->kit->httpd, "/more"));
}

static void a_running_job_is_completed_in_part(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);
    struct puppet_call call = {.verb = PUPPET_ADD_FILE, .job = job};

    script_fast(fixture, "/more", 2);
    httpd_wide_url(fixture->kit->httpd, "/more", call.url);
    kit_path(fixture->kit, L"more.bin", call.path);
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_SUSPEND, &job));
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(wait_files(&fixture->b, &job, 1));
    assert_hr(0x00200017, puppet_order(&fixture->b, PUPPET_COMPLETE, &job)); /* BG_S_PARTIAL_ */
    assert_file(fixture, L"more.bin", 2);
    assert_int_equal(0, count_part_files(fixture));
    assert_true(puppet_wait_state(&fixture->a, &job, -1, SECOND + SLACK));
}

static void a_download_is_ordered_about(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call call = {.verb = PUPPET_DOWNLOAD};

    script_slow(fixture, "/slow", 3);
    httpd_wide_url(fixture->kit->httpd, "/slow", call.url);
    kit_path(fixture->kit, L"slow.bin", call.path);
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    call.download = true;
    call.verb = PUPPET_RESUME;
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_true(httpd_wait_sent(fixture->kit->httpd, "/slow", 100000, KIT_LIMIT));
    assert_true(wait_count(&fixture->b, true, 1, SECOND + SLACK));
    call.verb = PUPPET_SUSPEND;
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    assert_true(falls_silent(fixture, "/slow"));
    call.verb = PUPPET_STATE;
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_int_equal(DODownloadState_Paused, call.number);
    call.verb = PUPPET_RESUME;
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    for (call.verb = PUPPET_STATE; call.number != DODownloadState_Transferred;)
        assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_file(fixture, L"slow.bin", 3);
    call.verb = PUPPET_COMPLETE;
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_true(wait_count(&fixture->b, true, 0, SECOND + SLACK));
}

/* Whoever is ordered has not heard of the order before: it must not take it for done already. */
static void orders_right_after_another_are_obeyed(void **state)
{
    struct fixture *fixture = *state;
    unsigned int i;
    GUID job;

    HTTPD_SCRIPT(fixture->kit->httpd, "/held",
                 {.seed = 1, .size = SIZE, .etag = "\"1\"", .hold_body = true, .hold_at = 100000});
    puppet_create(&fixture->a, fixture->kit, "/held", L"held.bin", &job);
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    for (i = 0; i < 5; i++)
    {
        assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_SUSPEND, &job));
        assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_RESUME, &job));
        assert_true(
            puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_TRANSFERRING, 2 * SECOND + SLACK));
        assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_SUSPEND, &job));
        assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
        assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_SUSPEND, &job));
        assert_true(puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_SUSPENDED, SECOND + SLACK));
        assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
        assert_true(
            puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, 2 * SECOND + SLACK));
    }
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_CANCEL, &job));
}

/* ---- callbacks ----------------------------------------------------------------------------------
 */

static void watch(struct puppet *puppet, const GUID *job)
{
    assert_true(puppet_wait_state(puppet, job, BG_JOB_STATE_SUSPENDED, SECOND + SLACK));
    assert_hr(S_OK, puppet_order(puppet, PUPPET_WATCH, job));
}

static void callbacks_of_each_are_called(void **state)
{
    struct fixture *fixture = *state;
    GUID job;

    script_fast(fixture, "/a", 1);
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    watch(&fixture->a, &job);
    watch(&fixture->b, &job);
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(puppet_wait_records(&fixture->a, &job, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_true(puppet_wait_records(&fixture->b, &job, RECORD_TRANSFERRED, 1, SECOND + SLACK));
    assert_int_not_equal(0, puppet_records(&fixture->b, &job, RECORD_MODIFICATION));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"a.bin", 1);
    assert_int_equal(1, puppet_records(&fixture->a, &job, RECORD_TRANSFERRED));
    assert_int_equal(1, puppet_records(&fixture->b, &job, RECORD_TRANSFERRED));
}

static void errors_are_told_to_each(void **state)
{
    struct fixture *fixture = *state;
    GUID job;

    HTTPD_SCRIPT(fixture->kit->httpd, "/a", {.status = 404});
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    watch(&fixture->a, &job);
    watch(&fixture->b, &job);
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_RESUME, &job));
    assert_true(puppet_wait_records(&fixture->b, &job, RECORD_ERROR, 1, KIT_LIMIT));
    assert_true(puppet_wait_records(&fixture->a, &job, RECORD_ERROR, 1, SECOND + SLACK));
    assert_int_equal(1, puppet_records(&fixture->a, &job, RECORD_ERROR));
    assert_int_equal(1, puppet_records(&fixture->b, &job, RECORD_ERROR));
}

/* Virtual minutes between tries; the clock of this fixture is fast. */
static void one_that_fails_is_repeated_there_only(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call fail = {.verb = PUPPET_FAIL_CALLBACKS, .number = RECORD_TRANSFERRED};
    GUID job;

    script_fast(fixture, "/a", 1);
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    watch(&fixture->a, &job);
    watch(&fixture->b, &job);
    fail.job = job;
    fail.count = 1;
    assert_hr(S_OK, puppet_do(&fixture->b, &fail));
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(puppet_wait_records(&fixture->b, &job, RECORD_TRANSFERRED, 2, 60000));
    assert_int_equal(1, puppet_records(&fixture->a, &job, RECORD_TRANSFERRED));
}

/* ---- deaths -------------------------------------------------------------------------------------
 */

static void the_survivor_carries_on(void **state)
{
    struct fixture *fixture = *state;
    struct httpd *httpd = fixture->kit->httpd;
    GUID job = running_job(fixture, &fixture->a);

    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRING, SECOND + SLACK));
    puppet_kill(&fixture->a);
    assert_true(httpd_wait_request(httpd, "/slow", 2, 3 * SECOND + SLACK));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"slow.bin", 1);
    assert_int_equal(0, count_part_files(fixture));
}

/* The third commit is Resume's. */
static void an_end_that_cannot_be_stored_is_an_error_there_only(void **state)
{
    struct fixture *fixture = *state;
    struct puppet c;
    GUID job;

    script_fast(fixture, "/a", 1);
    kit_environment(L"DOSVC_FAULTS", L"store=4+:112");
    puppet_start(&c, fixture->kit);
    kit_environment(L"DOSVC_FAULTS", NULL);
    puppet_create(&c, fixture->kit, "/a", L"a.bin", &job);
    assert_hr(S_OK, puppet_order(&c, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&c, &job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_int_not_equal(BG_JOB_STATE_TRANSFERRED, puppet_state(&fixture->b, &job));
    puppet_kill(&c);
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"a.bin", 1);
    assert_int_equal(0, count_part_files(fixture));
}

static void a_process_that_leaves_hands_over(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);

    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_SUSPEND, &job));
    puppet_end(&fixture->a);
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&fixture->b, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"slow.bin", 1);
}

static bool wait_part_files(const struct fixture *fixture, unsigned int count, unsigned int ms)
{
    uint64_t start = GetTickCount64();
    unsigned int seen;

    while ((seen = count_part_files(fixture)) != count && GetTickCount64() - start < ms)
        kit_pass(20);
    return seen == count;
}

/* It had told the runner to let go. */
static void what_a_process_that_died_in_cancel_left_is_removed(void **state)
{
    struct fixture *fixture = *state;
    GUID job = running_job(fixture, &fixture->a);
    struct puppet c;

    kit_environment(L"DOSVC_FAULTS", L"kill=before-delete:1");
    puppet_start(&c, fixture->kit);
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_hr(PUPPET_E_DEAD, puppet_order(&c, PUPPET_CANCEL, &job));
    puppet_kill(&c);
    /* cancelled it was, durably; others remove its part file */
    assert_true(puppet_wait_state(&fixture->a, &job, -1, SECOND + SLACK));
    assert_true(wait_part_files(fixture, 0, 3 * SECOND + SLACK));
}

/* Nobody else has the stream. */
static void a_download_into_a_dead_process_is_created_again(void **state)
{
    struct fixture *fixture = *state;
    struct puppet_call call = {.verb = PUPPET_STREAM};
    uint64_t start;

    script_slow(fixture, "/slow", 4);
    httpd_wide_url(fixture->kit->httpd, "/slow", call.url);
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    call.download = true;
    call.verb = PUPPET_RESUME;
    assert_hr(S_OK, puppet_do(&fixture->a, &call));
    assert_true(httpd_wait_sent(fixture->kit->httpd, "/slow", 100000, KIT_LIMIT));
    assert_true(wait_count(&fixture->b, true, 1, SECOND + SLACK));
    puppet_kill(&fixture->a);
    call.verb = PUPPET_STATE;
    for (start = GetTickCount64(); GetTickCount64() - start < 3 * SECOND + SLACK; kit_pass(10))
    {
        assert_hr(S_OK, puppet_do(&fixture->b, &call));
        if (call.number == DODownloadState_Created)
            break;
    }
    assert_int_equal(DODownloadState_Created, call.number);
    call.verb = PUPPET_PROGRESS;
    assert_hr(S_OK, puppet_do(&fixture->b, &call));
    assert_int_equal(0, call.number);
    assert_int_equal(1, httpd_requests(fixture->kit->httpd, "/slow"));
}

static void a_complete_that_dies_is_done_by_another(void **state)
{
    struct fixture *fixture = *state;
    struct puppet c;
    GUID job;

    script_fast(fixture, "/a", 1);
    puppet_create(&fixture->a, fixture->kit, "/a", L"a.bin", &job);
    assert_hr(S_OK, puppet_order(&fixture->a, PUPPET_RESUME, &job));
    assert_true(puppet_wait_state(&fixture->a, &job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    kit_environment(L"DOSVC_FAULTS", L"kill=after-rename:1");
    puppet_start(&c, fixture->kit);
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_hr(PUPPET_E_DEAD, puppet_order(&c, PUPPET_COMPLETE, &job));
    puppet_kill(&c);
    assert_int_equal(BG_JOB_STATE_TRANSFERRED, puppet_state(&fixture->b, &job));
    assert_hr(S_OK, puppet_order(&fixture->b, PUPPET_COMPLETE, &job));
    assert_file(fixture, L"a.bin", 1);
    assert_true(puppet_wait_state(&fixture->a, &job, -1, SECOND + SLACK));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(a_new_job_is_seen),
        TEST_BOTH(a_job_is_found_as_soon_as_it_is_made),
        TEST_BOTH(a_new_download_is_seen),
        TEST_BOTH(properties_are_seen),
        TEST(progress_and_the_end_are_seen),
        TEST(what_it_waits_for_is_seen),
        TEST_BOTH(suspend_and_resume_are_obeyed),
        TEST_BOTH(orders_right_after_another_are_obeyed),
        TEST_BOTH(cancel_is_obeyed),
        TEST_BOTH(a_file_that_was_added_is_fetched),
        TEST(a_running_job_is_completed_in_part),
        TEST(a_download_is_ordered_about),
        TEST(callbacks_of_each_are_called),
        TEST(errors_are_told_to_each),
        cmocka_unit_test_setup_teardown(one_that_fails_is_repeated_there_only, setup_fast,
                                        teardown),
        TEST(the_survivor_carries_on),
        TEST(an_end_that_cannot_be_stored_is_an_error_there_only),
        TEST(a_process_that_leaves_hands_over),
        TEST(what_a_process_that_died_in_cancel_left_is_removed),
        TEST(a_download_into_a_dead_process_is_created_again),
        TEST(a_complete_that_dies_is_done_by_another),
    };
    int code;

    if (puppet_main(argc, argv, &code))
        return code;
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
