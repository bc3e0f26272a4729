/* Several processes on one queue, one of which dies or leaves: the others carry on. */
#include "processes_kit.h"

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
    run_download(fixture, &call);
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
