/* How many connections a file gets. */
#include "connections_kit.h"

#define GROWN_MS 15000 /* real; after that no more are added */

/* How many connections the file gets. Every answer stops half way through its part until all those
 * that there will be are there; so none is over, and what the server has not noticed yet cannot be
 * counted. */
static unsigned int connections(struct flow *flow, unsigned int wanted)
{
    unsigned int before = httpd_requests(flow->httpd, "/a"), count;
    uint64_t sent = httpd_bytes_sent(flow->httpd, "/a") + wanted * 3 * MIB / 2;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG, .hold_body = true, .hold_at = 2 * MIB});
    get(flow);
    httpd_wait_sent(flow->httpd, "/a", sent, GROWN_MS);
    count = httpd_requests(flow->httpd, "/a") - before;
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE);
    return count;
}

/* What comes is measured for 100 ms before one more is added, so a machine that builds something
 * meanwhile may hide what one more brought. It does not hide it three times. */
static void assert_grows_to(struct flow *flow, unsigned int count, const wchar_t *settings)
{
    unsigned int tries = 3, found;

    kit_environment(L"DOSVC_SETTINGS", settings);
    while ((found = connections(flow, count)) < count && --tries)
        assert_true(flow_forget(flow));
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    assert_int_equal(count, found);
}

/* ---- growing ------------------------------------------------------------------------------------
 */

static void a_server_that_limits_each_connection_gets_four(void **state)
{
    assert_grows_to(*state, 4, PATIENT);
}

static void all_but_the_first_request_are_tied_to_the_content(void **state)
{
    struct flow *flow = *state;
    char if_range[64];
    unsigned int i;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_false(httpd_request(flow->httpd, "/a", 0)->ranged);
    assert_true(httpd_requests(flow->httpd, "/a") > 1);
    for (i = 1; i < httpd_requests(flow->httpd, "/a"); i++)
    {
        const struct httpd_request *request = httpd_request(flow->httpd, "/a", i);

        assert_true(request->ranged && request->last > request->first);
        assert_true(httpd_header(request, "If-Range", if_range, sizeof(if_range)));
        assert_string_equal("\"one\"", if_range);
    }
}

static void stays_at_one(struct flow *flow)
{
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void a_server_without_ranges_gets_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG, .no_accept_ranges = true});
    stays_at_one(flow);
}

static void without_a_validator_there_is_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT});
    stays_at_one(flow);
}

static void with_a_weak_validator_there_is_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, .etag = "W/\"one\""});
    stays_at_one(flow);
}

static void without_a_length_there_is_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG, .chunked = true});
    stays_at_one(flow);
}

static void a_background_job_gets_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG});
    flow_open(flow, "/a");
    if (flow->is_download)
        assert_hr(S_OK, kit_set_bool(flow->download, DODownloadProperty_ForegroundPriority, false));
    flow_start(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void where_little_remains_there_is_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 6 * MIB, ETAG, .trickle = 1, .trickle_bytes = 256 * KIB});
    get(flow);
    flow_assert_identical(flow, 1, 6 * MIB);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
}

static void the_setting_limits_them(void **state)
{
    assert_grows_to(*state, 2, PATIENT L";MaxConnectionsPerFile=2");
}

static void the_limit_of_a_host_counts_them(void **state)
{
    assert_grows_to(*state, 3, PATIENT L";MaxTransfersPerHost=3");
}

/* All connections together get 4 MiB a second, as behind a narrow line. */
static void connections_that_bring_nothing_do_not_stay(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 12 * MIB, ETAG, .rate = 4 * MIB});
    get(flow);
    flow_assert_identical(flow, 1, 12 * MIB);
    assert_true(httpd_requests(flow->httpd, "/a") > 1);
}

static int without_gaps(void **state)
{
    return connections_setup(state, L"clock=5;sparse=1");
}

static void a_file_that_cannot_have_gaps_gets_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG});
    stays_at_one(flow);
}

/* ---- back to one --------------------------------------------------------------------------------
 */

static void a_refusal_leaves_one(struct flow *flow, int status)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG}, {.status = status, .retry_after = "1"},
                 {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void a_429_leaves_one(void **state)
{
    a_refusal_leaves_one(*state, 429);
}

static void a_503_leaves_one(void **state)
{
    a_refusal_leaves_one(*state, 503);
}

static void a_404_for_a_part_leaves_one(void **state)
{
    a_refusal_leaves_one(*state, 404);
}

static void a_connection_that_is_dropped_leaves_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG}, {.drop = true}, {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void a_503_after_others_leaves_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG}, {FILE_ONE, ETAG}, {.status = 503},
                 {FILE_ONE, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_requests(flow->httpd, "/a") > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_cannot_have_gaps_gets_one, without_gaps,
                                        connections_teardown),
        FLOW_BOTH(a_server_that_limits_each_connection_gets_four),
        FLOW_JOB(all_but_the_first_request_are_tied_to_the_content),
        FLOW_JOB(a_server_without_ranges_gets_one),
        FLOW_JOB(without_a_validator_there_is_one),
        FLOW_JOB(with_a_weak_validator_there_is_one),
        FLOW_JOB(without_a_length_there_is_one),
        FLOW_BOTH(a_background_job_gets_one),
        FLOW_JOB(where_little_remains_there_is_one),
        FLOW_JOB(the_setting_limits_them),
        FLOW_JOB(the_limit_of_a_host_counts_them),
        FLOW_JOB(connections_that_bring_nothing_do_not_stay),
        FLOW_JOB(a_429_leaves_one),
        FLOW_JOB(a_503_leaves_one),
        FLOW_JOB(a_404_for_a_part_leaves_one),
        FLOW_JOB(a_connection_that_is_dropped_leaves_one),
        FLOW_JOB(a_503_after_others_leaves_one),
    };

    kit_process(L"clock=5");
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
