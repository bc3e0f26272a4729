/* Several processes on one queue: what one does is seen in the others, and they give each other
 * orders. */
#include "processes_kit.h"

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
    kit_path(fixture->kit, L"slow.bin", call.path);
    run_download(fixture, &call);
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
    };
    int code;

    if (puppet_main(argc, argv, &code))
        return code;
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
