/* Files that several connections fetch over TLS: each of them is as sure of its server as the first
 * one. */
#include "connections_kit.h"
#include "judge_kit.h"
#include "testkit/relay.h"
#include "testkit/tls_front.h"

#define WINHTTP_IGNORE_DATE_INVALID 0x2000u

static void open_url(struct flow *flow, const char *url)
{
    flow_open(flow, url);
    set_foreground(flow);
}

static void open_at(struct flow *flow, const char *port)
{
    char url[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    open_url(flow, tls_url(flow->httpd, port, "/a", url));
}

static unsigned short port_of(const char *name)
{
    char url[HTTPD_URL_MAX];

    return (unsigned short)strtoul(strrchr(tls_url(NULL, name, "", url), ':') + 1, NULL, 10);
}

/* The first `count` connections meet a good server, all others one whose certificate is none. */
static struct relay *open_at_two(struct flow *flow, unsigned int count)
{
    unsigned short ports[RELAY_PORTS_MAX];
    char url[HTTPD_URL_MAX];
    unsigned int i;
    struct relay *relay;

    if (!tls_front_runs())
        skip();
    for (i = 0; i < count; i++)
        ports[i] = port_of(TLS_GOOD);
    ports[count] = port_of(TLS_EXPIRED);
    assert_non_null(relay = relay_start(ports, count + 1));
    snprintf(url, sizeof(url), "https://localhost:%d/%d/a", relay_port(relay),
             httpd_port(flow->httpd));
    open_url(flow, url);
    return relay;
}

static void forgive_dates(struct flow *flow)
{
    IBackgroundCopyJobHttpOptions3 *options;

    if (flow->is_download)
    {
        assert_hr(S_OK, kit_set_uint(flow->download, DODownloadProperty_SecurityFlags,
                                     WINHTTP_IGNORE_DATE_INVALID));
        return;
    }
    options = kit_face(flow->job, &IID_IBackgroundCopyJobHttpOptions3);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(
                        options, BG_SSL_IGNORE_CERT_DATE_INVALID));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static void assert_several(struct flow *flow)
{
    flow_start(flow);
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_requests(flow->httpd, "/a") > 1);
}

/* Another one is tried, once, and asks for nothing. */
static void assert_one(struct flow *flow, struct relay *relay, unsigned int count)
{
    flow_start(flow);
    flow_assert_identical(flow, 1, SHORT_SIZE);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_int_equal(count + 1, relay_connections(relay));
    relay_stop(relay);
}

/* ---- as with one ------------------------------------------------------------------------------
 */

static void a_file_gets_several(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    open_at(flow, TLS_GOOD);
    assert_several(flow);
}

static void what_is_forgiven_is_forgiven_for_all(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    open_at(flow, TLS_EXPIRED);
    forgive_dates(flow);
    assert_several(flow);
}

static void what_the_client_approved_is_good_for_all(void **state)
{
    struct judge judge = {.iface = {&judge_vtbl}, .references = 1, .answer = S_OK};
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {FILE_ONE, ETAG});
    open_at(flow, TLS_GOOD);
    assert_hr(S_OK, set_judge_of(flow->job, (IUnknown *)&judge.iface));
    assert_several(flow);
    assert_int_equal(1, judge.asked);
    assert_released(&judge);
}

static void the_first_is_made_anew_beside_the_others(void **state)
{
    struct flow *flow = *state;

    kit_environment(L"DOSVC_SETTINGS", PATIENT L";MaxConnectionsPerFile=2");
    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1,
                  .size = SIZE,
                  ETAG,
                  .trickle = 4,
                  .trickle_bytes = 6 * KIB,
                  .cut = true,
                  .cut_after = 3 * MIB / 2},
                 {FILE_ONE, ETAG, .hold_body = true, .hold_at = 2 * MIB}, {FILE_ONE, ETAG});
    open_at(flow, TLS_GOOD);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 3, KIT_LIMIT));
    assert_in_range(httpd_request(flow->httpd, "/a", 2)->first, MIB, 3 * MIB / 2);
    httpd_release(flow->httpd, "/a");
    flow_assert_identical(flow, 1, SIZE);
    assert_true(httpd_request(flow->httpd, "/a", 1)->sent > 3 * MIB);
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
}

/* ---- another server ---------------------------------------------------------------------------
 */

static void a_bad_certificate_for_another_one_leaves_one(void **state)
{
    struct flow *flow = *state;
    struct relay *relay = open_at_two(flow, 1);

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG});
    assert_one(flow, relay, 1);
}

/* Good enough for the system, but nobody was asked about it. The one that is asked about is of a
 * connection of its own. */
static void a_certificate_that_nobody_approved_leaves_one(void **state)
{
    struct judge judge = {.iface = {&judge_vtbl}, .references = 1, .answer = S_OK};
    struct flow *flow = *state;
    struct relay *relay = open_at_two(flow, 2);

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG});
    forgive_dates(flow);
    assert_hr(S_OK, set_judge_of(flow->job, (IUnknown *)&judge.iface));
    assert_one(flow, relay, 2);
    assert_int_equal(1, judge.asked);
    assert_released(&judge);
}

/* The rest of the file is then asked for at the other server, by the file's own connection. */
static void a_bad_certificate_when_the_first_is_made_anew_is_an_error(void **state)
{
    struct flow *flow = *state;
    struct relay *relay = open_at_two(flow, 1);

    HTTPD_SCRIPT(flow->httpd, "/a", {SHORT, ETAG, .cut = true, .cut_after = SHORT_SIZE / 2},
                 {SHORT, ETAG});
    flow_start(flow);
    flow_assert_error(flow, CERT_E_EXPIRED);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_true(flow_bytes(flow) > SHORT_SIZE / 4);
    relay_stop(relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_file_gets_several),
        FLOW_BOTH(what_is_forgiven_is_forgiven_for_all),
        FLOW_JOB(what_the_client_approved_is_good_for_all),
        FLOW_JOB(the_first_is_made_anew_beside_the_others),
        FLOW_BOTH(a_bad_certificate_for_another_one_leaves_one),
        FLOW_JOB(a_certificate_that_nobody_approved_leaves_one),
        FLOW_JOB(a_bad_certificate_when_the_first_is_made_anew_is_an_error),
    };

    kit_process(L"clock=5");
    kit_environment(L"DOSVC_SETTINGS", PATIENT);
    return cmocka_run_group_tests(tests, tls_trust, tls_distrust);
}
