/* Slow servers, and files that wait for others. Time runs 60 times faster. */
#include "testkit/flow.h"

#define SECOND_MS 17 /* of the machine's clock: one of ours */

/* ---- servers that crawl ---- */

static void a_crawling_connection_is_replaced(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 100000, .etag = "\"a\"", .trickle = SECOND_MS},
                 {.seed = 1, .size = 100000, .etag = "\"a\""});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 100000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
    assert_true(httpd_request(flow->httpd, "/a", 1)->first > 0);
}

/* Each reconnect that is no faster halves what is expected of the next; a byte is progress. */
static void a_server_that_crawls_throughout_is_borne_with(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 250, .etag = "\"a\"", .trickle = SECOND_MS});
    flow_open(flow, "/a");
    flow_set_no_progress(flow, 120);
    flow_start(flow);
    flow_assert_identical(flow, 1, 250);
    assert_true(httpd_requests(flow->httpd, "/a") < 25);
}

static void without_ranges_a_crawl_is_not_begun_again(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1,
                  .size = 100,
                  .ignore_range = true,
                  .no_accept_ranges = true,
                  .trickle = SECOND_MS});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 100);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

/* ---- content that changes while it is fetched ---- */

/* The second version never gets as far as the first did until its end is near. */
static void what_replaces_changed_content_is_progress(void **state)
{
    struct flow *flow = *state;
    const struct httpd_response slow = {.seed = 2,
                                        .size = 90000,
                                        .etag = "\"b\"",
                                        .no_accept_ranges = true,
                                        .trickle = 50,
                                        .trickle_bytes = 2000};

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 100000, .etag = "\"a\"", .cut = true, .cut_after = 95000},
                 slow);
    flow_open(flow, "/a");
    flow_set_no_progress(flow, 60); /* a second; the slow one takes more than two */
    flow_start(flow);
    flow_assert_identical(flow, 2, 90000);
}

/* ---- files that wait for others ---- */

static void an_end_leaves_the_job_in_the_other_files_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/bad", {.status = 503});
    HTTPD_SCRIPT(flow->httpd, "/good",
                 {.seed = 1, .size = 1000, .hold_body = true, .hold_at = 500});
    flow->recorder = recorder_create();
    flow->job = kit_job_of(flow->kit, "/bad", L"bad");
    kit_add_file(flow->kit, flow->job, "/good", L"good");
    assert_hr(S_OK, IBackgroundCopyJob_SetMinimumRetryDelay(flow->job, 1200));
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/bad", 1, KIT_LIMIT));
    assert_true(httpd_wait_sent(flow->httpd, "/good", 500, KIT_LIMIT));
    kit_pass(100);
    assert_state(BG_JOB_STATE_TRANSFERRING, flow->job);
    httpd_release(flow->httpd, "/good");
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, (HRESULT)0x801901F7, flow->job);
}

#define SLOTS 6 /* to one server */

static void waiting_for_a_slot_is_not_want_of_progress(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJob *others;
    unsigned int i;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 503}, {.seed = 1, .size = 1000});
    HTTPD_SCRIPT(flow->httpd, "/slow",
                 {.size = 1000000, .no_accept_ranges = true, .trickle = 50, .trickle_bytes = 100});
    others = kit_job(flow->kit, L"others");
    for (i = 0; i < SLOTS; i++)
    {
        wchar_t name[16];

        swprintf(name, ARRAY_SIZE(name), L"slow-%u", i);
        kit_add_file(flow->kit, others, "/slow", name);
    }
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_SetMinimumRetryDelay(flow->job, 30));
    flow_set_no_progress(flow, 40);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(others));
    /* of the six who have the slots none can give it up: one more is lent after a minute */
    flow_assert_identical(flow, 1, 1000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(others));
    IBackgroundCopyJob_Release(others);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_crawling_connection_is_replaced),
        FLOW_BOTH(a_server_that_crawls_throughout_is_borne_with),
        FLOW_BOTH(without_ranges_a_crawl_is_not_begun_again),
        FLOW_BOTH(what_replaces_changed_content_is_progress),
        FLOW_JOB(an_end_leaves_the_job_in_the_other_files_error),
        FLOW_JOB(waiting_for_a_slot_is_not_want_of_progress),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
