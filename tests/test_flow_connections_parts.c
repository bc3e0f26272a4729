/* Files that several connections fetch, when another one than the first fails, or gets what is no
 * part of the file. */
#include "connections_kit.h"

/* Long enough for two. */
#define SIZE_TWO (6 * MIB)
#define FILE_TWO .seed = 1, .size = SIZE_TWO, LIMITED

/* ---- another one --------------------------------------------------------------------------------
 */

static void a_part_whose_connection_is_reset_is_gone_on_with(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG},
                 {FILE_TWO, ETAG, .cut = true, .cut_after = MIB, .reset = true}, {FILE_TWO, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_bytes_sent(flow->httpd, "/a") < SIZE_TWO + MIB);
}

static void parts_shorter_than_asked_are_gone_on_with(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG}, {FILE_TWO, ETAG, .most = 300 * KIB});
    get(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_requests(flow->httpd, "/a") > 4);
}

/* What is asked for in the place of the one that is cut ends where another one has begun. */
static void more_than_a_part_is_not_written(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG},
                 {FILE_ONE, ETAG, .cut = true, .cut_after = MIB},
                 {.seed = 1, .size = SIZE, ETAG, .no_content_length = true, .extra = 100 * KIB});
    get(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_requests(flow->httpd, "/a") > 3);
}

/* Its part is taken from it bit by bit; what is left to it is too slow in the end. */
static void a_part_that_drips_does_not_hold_up_the_file(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", L"StallTime=5");
    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG},
                 {.seed = 1, .size = SIZE_TWO, ETAG, .trickle = 200, .trickle_bytes = 100},
                 {FILE_TWO, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
}

/* ---- answers that are no part -------------------------------------------------------------------
 */

static void leaves_one(struct flow *flow, struct httpd_response answer)
{
    const struct httpd_response script[] = {{SHORT, ETAG}, answer, {SHORT, ETAG}};

    httpd_script(flow->httpd, "/a", script, ARRAY_SIZE(script));
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
}

static void a_416_leaves_one(void **state)
{
    leaves_one(*state,
               (struct httpd_response){.status = 416, .content_range = "bytes */3145728", ETAG});
}

static void a_part_that_does_not_say_which_leaves_one(void **state)
{
    leaves_one(*state, (struct httpd_response){.status = 206, .seed = 2, .size = 100 * KIB, ETAG});
}

static void several_parts_in_one_leave_one(void **state)
{
    leaves_one(*state,
               (struct httpd_response){
                   .status = 206,
                   .body = "--x\r\nContent-Range: bytes 0-3/3145728\r\n\r\nabcd\r\n--x--\r\n",
                   .headers = "Content-Type: multipart/byteranges; boundary=x\r\n",
                   ETAG});
}

static void something_that_is_not_http_leaves_one(void **state)
{
    leaves_one(*state, (struct httpd_response){.raw = "HTTP/1.1 whatever\r\n\r\n"});
}

/* Where that leads nobody knows, so nobody goes there. */
static void a_redirect_of_a_part_is_not_followed(void **state)
{
    struct httpd *other = httpd_start();
    struct flow *flow = *state;
    char url[HTTPD_URL_MAX];

    assert_non_null(other);
    HTTPD_SCRIPT(other, "/a", {.seed = 2, .size = SHORT_SIZE, ETAG});
    leaves_one(flow,
               (struct httpd_response){.status = 302, .location = httpd_url(other, "/a", url)});
    assert_int_equal(0, httpd_requests(other, NULL));
    httpd_stop(other);
}

static void an_address_that_expires_for_a_part_leaves_one(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 302, .location = "/signed"});
    HTTPD_SCRIPT(flow->httpd, "/signed", {SHORT, ETAG}, {.status = 403}, {SHORT, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_int_equal(2, httpd_requests(flow->httpd, "/signed"));
}

/* The way there is gone once, and what was learnt on it counts for all. */
static void parts_are_asked_for_where_a_redirect_led(void **state)
{
    struct flow *flow = *state;
    char cookie[64];
    unsigned int i;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.status = 302, .location = "/b", .headers = "Set-Cookie: ticket=7; Path=/\r\n"});
    HTTPD_SCRIPT(flow->httpd, "/b", {FILE_TWO, ETAG});
    get(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_true(httpd_requests(flow->httpd, "/b") > 1);
    for (i = 0; i < httpd_requests(flow->httpd, "/b"); i++)
    {
        assert_true(httpd_header(httpd_request(flow->httpd, "/b", i), "Cookie", cookie, 64));
        assert_string_equal("ticket=7", cookie);
    }
}

static int two_at_most(void **state)
{
    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    return flow_setup_job(state);
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, two_at_most, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(a_part_whose_connection_is_reset_is_gone_on_with),
        TWO(parts_shorter_than_asked_are_gone_on_with),
        TWO(more_than_a_part_is_not_written),
        TWO(a_part_that_drips_does_not_hold_up_the_file),
        TWO(a_416_leaves_one),
        TWO(a_part_that_does_not_say_which_leaves_one),
        TWO(several_parts_in_one_leave_one),
        TWO(something_that_is_not_http_leaves_one),
        TWO(a_redirect_of_a_part_is_not_followed),
        TWO(an_address_that_expires_for_a_part_leaves_one),
        TWO(parts_are_asked_for_where_a_redirect_led),
    };

    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
