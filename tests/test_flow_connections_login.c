/* Files that several connections fetch where one has to say who one is: each of them does, where
 * the first one did, and nowhere else. */
#include "connections_kit.h"

#define SIZE_TWO (6 * MIB)
#define FILE_TWO .seed = 1, .size = SIZE_TWO, LIMITED
/* Slower than the others, so that nobody doubts that those pay. */
#define SLOW_TWO .seed = 1, .size = SIZE_TWO, .trickle = 4, .trickle_bytes = 6 * KIB
#define CUT_AT MIB
#define HELD_AT MIB

#define UNAUTHORIZED ((HRESULT)0x80190191L)
#define ME "me:s3cr3t-w0rd"
#define ASKS_BASIC .status = 401, .headers = "WWW-Authenticate: Basic realm=\"r\"\r\n"
#define ASKS_DIGEST                                                                                \
    .status = 401, .headers = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "                \
                              "qop=\"auth\"\r\n"

static void log_in(struct flow *flow, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    wchar_t user[] = L"me", password[] = L"s3cr3t-w0rd";
    BG_AUTH_CREDENTIALS credentials = {target, scheme, {{user, password}}};
    IBackgroundCopyJob2 *job = kit_face(flow->job, &IID_IBackgroundCopyJob2);

    assert_hr(S_OK, IBackgroundCopyJob2_SetCredentials(job, &credentials));
    IBackgroundCopyJob2_Release(job);
}

static void open_foreground(struct flow *flow, const char *path)
{
    flow_open(flow, path);
    set_foreground(flow);
}

static void use_proxy(struct flow *flow)
{
    wchar_t address[64];

    swprintf(address, ARRAY_SIZE(address), L"127.0.0.1:%u", httpd_port(flow->httpd));
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        address, NULL));
}

static bool has_header(struct httpd *httpd, unsigned int n, const char *name)
{
    char value[512];

    assert_non_null(httpd_request(httpd, NULL, n));
    return httpd_header(httpd_request(httpd, NULL, n), name, value, sizeof(value));
}

/* Those from the n-th request on have it, those before do not. */
static void assert_told_from(struct httpd *httpd, unsigned int n, const char *name)
{
    unsigned int i;

    for (i = 0; i < httpd_requests(httpd, NULL); i++)
        assert_int_equal(i >= n, has_header(httpd, i, name));
}

/* ---- servers -----------------------------------------------------------------------------------
 */

static void each_connection_logs_in(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG, .require_basic = ME});
    open_foreground(flow, "/a");
    log_in(flow, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_requests(flow->httpd, NULL) > 2);
    assert_told_from(flow->httpd, 1, "Authorization");
}

/* Each begins without an answer to what it was not asked yet. */
static void each_connection_answers_a_challenge_of_its_own(void **state)
{
    struct flow *flow = *state;
    char value[512] = "";

    HTTPD_SCRIPT(flow->httpd, "/a", {ASKS_DIGEST}, {ASKS_DIGEST}, {FILE_TWO, ETAG}, {ASKS_DIGEST},
                 {FILE_TWO, ETAG});
    open_foreground(flow, "/a");
    log_in(flow, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_requests(flow->httpd, "/a") > 4);
    assert_true(httpd_header(httpd_request(flow->httpd, "/a", 4), "Authorization", value, 512));
    assert_memory_equal("Digest username=\"me\"", value, 20);
    assert_int_equal(206, httpd_request(flow->httpd, "/a", 4)->status);
}

static void a_401_for_a_part_leaves_one_that_tells_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG}, {ASKS_BASIC}, {SHORT, ETAG});
    open_foreground(flow, "/a");
    log_in(flow, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, NULL));
    assert_told_from(flow->httpd, 2, "Authorization");
}

static void who_is_asked_later_answers_beside_the_others(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG, .cut = true, .cut_after = CUT_AT},
                 {FILE_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT}, {ASKS_BASIC},
                 {FILE_TWO, ETAG, .require_basic = ME});
    open_foreground(flow, "/a");
    log_in(flow, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 4, KIT_LIMIT));
    assert_int_equal(CUT_AT, httpd_request(flow->httpd, "/a", 3)->first);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_told_from(flow->httpd, 3, "Authorization");
    assert_true(httpd_request(flow->httpd, "/a", 1)->sent > HELD_AT + MIB / 2);
}

static void who_cannot_answer_later_keeps_what_came(void **state)
{
    struct flow *flow = *state;
    uint64_t before;

    HTTPD_SCRIPT(flow->httpd, "/a", {SLOW_TWO, ETAG, .cut = true, .cut_after = CUT_AT},
                 {FILE_TWO, ETAG, .hold_body = true, .hold_at = HELD_AT}, {ASKS_BASIC},
                 {FILE_TWO, ETAG});
    open_foreground(flow, "/a");
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    before = flow_bytes(flow);
    assert_true(before > CUT_AT);
    httpd_release(flow->httpd, "/a");
    flow_start(flow);
    assert_true(flow_bytes(flow) >= before);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, SIZE_TWO));
    assert_int_equal(CUT_AT, httpd_request(flow->httpd, "/a", 3)->first);
}

/* ---- other servers -----------------------------------------------------------------------------
 */

static void what_the_client_adds_is_added_by_all(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_TWO, ETAG});
    open_foreground(flow, "/a");
    flow_set_headers(flow, L"X-Ticket: 7\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_requests(flow->httpd, NULL) > 1);
    assert_told_from(flow->httpd, 0, "X-Ticket");
}

static void none_tells_another_server(void **state)
{
    struct httpd *other = httpd_start();
    struct flow *flow = *state;
    char url[HTTPD_URL_MAX];

    assert_non_null(other);
    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.status = 302,
                  .location = httpd_url(other, "/a", url),
                  .headers = "Set-Cookie: ticket=7; Path=/\r\n",
                  .require_basic = ME});
    HTTPD_SCRIPT(other, "/a", {FILE_TWO, ETAG});
    open_foreground(flow, "/a");
    log_in(flow, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
    flow_set_headers(flow, L"X-Ticket: 7\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_told_from(flow->httpd, 1, "Authorization");
    assert_true(httpd_requests(other, NULL) > 1);
    assert_told_from(other, UINT_MAX, "Authorization");
    assert_told_from(other, UINT_MAX, "X-Ticket");
    assert_told_from(other, UINT_MAX, "Cookie");
    httpd_stop(other);
}

/* ---- proxies -----------------------------------------------------------------------------------
 */

static void each_connection_logs_in_at_the_proxy(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "http://a.test/a", {FILE_TWO, ETAG, .require_proxy_basic = ME});
    open_foreground(flow, "http://a.test/a");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE_TWO);
    assert_true(httpd_requests(flow->httpd, NULL) > 2);
    assert_told_from(flow->httpd, 1, "Proxy-Authorization");
    assert_told_from(flow->httpd, UINT_MAX, "Authorization");
}

static void a_407_for_a_part_leaves_one_that_tells_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "http://b.test/a", {SHORT, ETAG},
                 {.status = 407, .headers = "Proxy-Authenticate: Basic realm=\"p\"\r\n"},
                 {SHORT, ETAG});
    open_foreground(flow, "http://b.test/a");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(2, httpd_requests(flow->httpd, NULL));
    assert_told_from(flow->httpd, 2, "Proxy-Authorization");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(each_connection_logs_in),
        FLOW_JOB(each_connection_answers_a_challenge_of_its_own),
        FLOW_JOB(a_401_for_a_part_leaves_one_that_tells_nothing),
        FLOW_JOB(who_is_asked_later_answers_beside_the_others),
        FLOW_JOB(who_cannot_answer_later_keeps_what_came),
        FLOW_BOTH(what_the_client_adds_is_added_by_all),
        FLOW_JOB(none_tells_another_server),
        FLOW_JOB(each_connection_logs_in_at_the_proxy),
        FLOW_JOB(a_407_for_a_part_leaves_one_that_tells_nothing),
    };

    kit_process(L"clock=5");
    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
