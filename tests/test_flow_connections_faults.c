/* Files that several connections fetch, when the first one fails, or all do. */
#include "connections_kit.h"

/* Long enough for two. */
#define SIZE_TWO (6 * MIB)
#define FILE_TWO .seed = 1, .size = SIZE_TWO, LIMITED

/* Slower than the others, so that nobody doubts that those pay. */
#define SLOW_TWO .seed = 1, .size = SIZE_TWO, .trickle = 4, .trickle_bytes = 6 * KIB

#define CUT_AT MIB
#define HELD_AT MIB

#define FIRST_IS_CUT                                                                               \
    {                                                                                              \
        SLOW_TWO, ETAG, .cut = true, .cut_after = CUT_AT                                           \
    }
#define SECOND_IS_HELD                                                                             \
    {                                                                                              \
        FILE_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT                                      \
    }

static const struct httpd_request *request(struct flow *flow, unsigned int n)
{
    const struct httpd_request *found = httpd_request(flow->httpd, "/a", n);

    assert_non_null(found);
    return found;
}

/* ---- the first one ------------------------------------------------------------------------------
 */

/* The other one is where it was, and goes on. */
static void the_first_is_made_anew_beside_the_others(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", FIRST_IS_CUT, SECOND_IS_HELD, {FILE_TWO, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    assert_int_equal(CUT_AT, request(flow, 2)->first);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(request(flow, 1)->sent > HELD_AT + MIB / 2);
}

static void the_first_that_is_made_anew_can_be_suspended(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", FIRST_IS_CUT, SECOND_IS_HELD, {.hold = true}, {FILE_TWO, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    flow_pause(flow);
    assert_true(flow_bytes(flow) >= CUT_AT);
    httpd_disconnect(flow->httpd);
    httpd_release(flow->httpd, "/a");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(CUT_AT, request(flow, 3)->first);
}

/* Who asks for a pause gets it, and then what nobody has brought is asked for, once. */
static void when_the_server_wants_a_pause_all_that_came_is_kept(void **state)
{
    struct flow *flow = *state;
    uint64_t before, asked = 0;
    unsigned int i;

    HTTPD_SCRIPT(flow->httpd, "/a", FIRST_IS_CUT, SECOND_IS_HELD,
                 {.status = 503, .retry_after = "10"}, {.seed = 1, .size = SIZE_TWO, ETAG});
    get(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    before = flow_bytes(flow);
    assert_true(before > CUT_AT);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(CUT_AT, request(flow, 3)->first);
    assert_true(request(flow, 3)->time - request(flow, 2)->time > 1900); /* 10 s */
    for (i = 3; i < httpd_requests(flow->httpd, "/a"); i++)
        asked += (uint64_t)(request(flow, i)->last - request(flow, i)->first + 1);
    assert_int_equal(SIZE_TWO - before, asked);
}

static void without_an_answer_all_that_came_is_kept(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", FIRST_IS_CUT, SECOND_IS_HELD, {.drop = true}, {FILE_TWO, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 4, KIT_LIMIT));
    assert_true(flow_bytes(flow) >= CUT_AT);
    assert_int_equal(CUT_AT, request(flow, 3)->first);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
}

static void both_lost_at_once_lose_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT},
                 SECOND_IS_HELD, {FILE_TWO, ETAG});
    get(flow);
    assert_true(flow_wait_bytes(flow, 2 * HELD_AT));
    httpd_disconnect(flow->httpd);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_bytes_sent(flow->httpd, "/a") < SIZE_TWO + MIB / 2);
}

static void a_server_that_cuts_every_answer_is_asked_on(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG, .cut = true, .cut_after = MIB});
    get(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_bytes_sent(flow->httpd, "/a") < SIZE_TWO + MIB);
}

/* It is done with its part, the other one has a rest, and who would take half of that is refused:
 * nobody is asked anything in the time that the server wants. */
static void a_refusal_at_the_end_leaves_the_one_that_is_there(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG}, SECOND_IS_HELD,
                 {.status = 503, .retry_after = "60"}, {FILE_TWO, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(3, httpd_requests(flow->httpd, "/a"));
}

/* What the first one is at it may finish; then there is a pause. */
static void a_pause_that_another_one_was_asked_for_is_kept(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG}, {FILE_ONE, ETAG},
                 {.status = 503, .retry_after = "30"}, {FILE_ONE, ETAG});
    get(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 4, KIT_LIMIT));
    assert_true(request(flow, 3)->time - request(flow, 2)->time > 5900); /* 30 s */
    flow_assert_identical(flow, 1, SIZE);
}

static int two_at_most(void **state)
{
    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    return flow_setup_job(state);
}

static int two_at_most_download(void **state)
{
    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    return flow_setup_download(state);
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, two_at_most, flow_teardown)
#define TWO_DOWNLOAD(test)                                                                         \
    {                                                                                              \
#test " (download)", test, two_at_most_download, flow_teardown, NULL                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(the_first_is_made_anew_beside_the_others),
        TWO_DOWNLOAD(the_first_is_made_anew_beside_the_others),
        TWO(the_first_that_is_made_anew_can_be_suspended),
        TWO_DOWNLOAD(the_first_that_is_made_anew_can_be_suspended),
        TWO(when_the_server_wants_a_pause_all_that_came_is_kept),
        TWO(without_an_answer_all_that_came_is_kept),
        TWO(both_lost_at_once_lose_nothing),
        TWO_DOWNLOAD(both_lost_at_once_lose_nothing),
        TWO(a_server_that_cuts_every_answer_is_asked_on),
        TWO(a_refusal_at_the_end_leaves_the_one_that_is_there),
        TWO(a_pause_that_another_one_was_asked_for_is_kept),
    };

    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
