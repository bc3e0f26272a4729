/* https: what makes a server's certificate good, what each security flag forgives, and redirects
 * from https to elsewhere. */
#include "testkit/flow.h"
#include "testkit/tls_front.h"

#include <string.h>

#define BYTES 50000

/* WinHTTP's, which a download is given */
#define WINHTTP_ENABLE_SSL_REVOCATION 0x1u
#define WINHTTP_IGNORE_UNKNOWN_CA 0x100u
#define WINHTTP_IGNORE_WRONG_USAGE 0x200u
#define WINHTTP_IGNORE_CN_INVALID 0x1000u
#define WINHTTP_IGNORE_DATE_INVALID 0x2000u
#define WINHTTP_IGNORE_ALL 0x3300u

static IBackgroundCopyJobHttpOptions3 *options_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions3 *options;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3,
                                                      (void **)&options));
    return options;
}

static void set_flags(struct flow *flow, ULONG job_flags, ULONG download_flags)
{
    IBackgroundCopyJobHttpOptions3 *options;

    if (flow->is_download)
    {
        assert_hr(S_OK,
                  kit_set_uint(flow->download, DODownloadProperty_SecurityFlags, download_flags));
        return;
    }
    options = options_of(flow->job);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, job_flags));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static void open_at(struct flow *flow, const char *port)
{
    char url[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(flow->httpd, "/file", {.seed = 1, .size = BYTES});
    flow_open(flow, tls_url(flow->httpd, port, "/file", url));
}

/* The request itself has not been sent. */
static void assert_refused(struct flow *flow, HRESULT code)
{
    flow_assert_error(flow, code);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
}

static void a_good_certificate_is_accepted(void **state)
{
    struct flow *flow = *state;

    open_at(flow, TLS_GOOD);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
}

static void a_resume_is_checked_again_and_goes_on(void **state)
{
    struct flow *flow = *state;
    char url[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(flow->httpd, "/file",
                 {.seed = 1, .size = BYTES, .etag = "\"e\"", .cut = true, .cut_after = 20000},
                 {.seed = 1, .size = BYTES, .etag = "\"e\""});
    flow_get(flow, tls_url(flow->httpd, TLS_GOOD, "/file", url));
    flow_assert_identical(flow, 1, BYTES);
    assert_true(httpd_request(flow->httpd, "/file", 1)->ranged);
}

/* ---- one fault, and the one flag that forgives it ---- */

static const struct fault
{
    const char *port;
    HRESULT code;
    ULONG job_flag, download_flag;
} faults[] = {
    {TLS_EXPIRED, CERT_E_EXPIRED, BG_SSL_IGNORE_CERT_DATE_INVALID, WINHTTP_IGNORE_DATE_INVALID},
    {TLS_WRONG_NAME, CERT_E_CN_NO_MATCH, BG_SSL_IGNORE_CERT_CN_INVALID, WINHTTP_IGNORE_CN_INVALID},
    {TLS_UNKNOWN_ISSUER, CERT_E_CHAINING, BG_SSL_IGNORE_UNKNOWN_CA, WINHTTP_IGNORE_UNKNOWN_CA},
    {TLS_WRONG_USAGE, CERT_E_WRONG_USAGE, BG_SSL_IGNORE_CERT_WRONG_USAGE,
     WINHTTP_IGNORE_WRONG_USAGE},
};
#define JOB_IGNORE_ALL 0x1eu

static void assert_fault_is_told(struct flow *flow, const struct fault *fault)
{
    open_at(flow, fault->port);
    flow_start(flow);
    assert_refused(flow, fault->code);
}

/* Every flag but the right one. */
static void assert_others_do_not_help(struct flow *flow, const struct fault *fault)
{
    open_at(flow, fault->port);
    set_flags(flow, JOB_IGNORE_ALL & ~fault->job_flag, WINHTTP_IGNORE_ALL & ~fault->download_flag);
    flow_start(flow);
    assert_refused(flow, fault->code);
}

static void assert_flag_helps(struct flow *flow, const struct fault *fault)
{
    open_at(flow, fault->port);
    set_flags(flow, fault->job_flag, fault->download_flag);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
}

#define FAULT_TESTS(name, index)                                                                   \
    static void name##_is_an_error(void **state)                                                   \
    {                                                                                              \
        assert_fault_is_told(*state, &faults[index]);                                              \
    }                                                                                              \
    static void name##_is_not_forgiven_by_other_flags(void **state)                                \
    {                                                                                              \
        assert_others_do_not_help(*state, &faults[index]);                                         \
    }                                                                                              \
    static void name##_is_forgiven_by_its_flag(void **state)                                       \
    {                                                                                              \
        assert_flag_helps(*state, &faults[index]);                                                 \
    }

FAULT_TESTS(an_expired_certificate, 0)
FAULT_TESTS(another_hosts_name, 1)
FAULT_TESTS(an_unknown_issuer, 2)
FAULT_TESTS(a_wrong_usage, 3)

/* An error is over once the client has allowed what caused it. */
static void a_flag_set_after_the_error_lets_it_go_on(void **state)
{
    struct flow *flow = *state;

    open_at(flow, TLS_EXPIRED);
    flow_start(flow);
    assert_refused(flow, CERT_E_EXPIRED);
    set_flags(flow, BG_SSL_IGNORE_CERT_DATE_INVALID, WINHTTP_IGNORE_DATE_INVALID);
    flow_start(flow);
    flow_finish(flow);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

static void revocation_overrides_what_a_download_ignores(void **state)
{
    struct flow *flow = *state;

    open_at(flow, TLS_EXPIRED);
    set_flags(flow, 0, WINHTTP_ENABLE_SSL_REVOCATION | WINHTTP_IGNORE_ALL);
    flow_start(flow);
    assert_refused(flow, CERT_E_EXPIRED);
}

/* ---- redirects ---- */

static void allow_insecure(struct flow *flow)
{
    if (flow->is_download)
        assert_hr(S_OK, kit_set_bool(flow->download,
                                     DODownloadProperty_HttpAllowSecureToNonSecureRedirect, true));
    else
        set_flags(flow, BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP, 0);
}

static void open_redirect_to_http(struct flow *flow)
{
    char url[HTTPD_URL_MAX], target[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 302, .location = httpd_url(flow->httpd, "/2", target)});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = BYTES});
    flow_open(flow, tls_url(flow->httpd, TLS_GOOD, "/1", url));
}

static void https_to_http_is_refused(void **state)
{
    struct flow *flow = *state;

    open_redirect_to_http(flow);
    flow_start(flow);
    flow_assert_error(flow, HTTP_E_STATUS_UNEXPECTED_REDIRECTION);
    assert_int_equal(0, httpd_requests(flow->httpd, "/2"));
}

static void https_to_http_may_be_allowed(void **state)
{
    struct flow *flow = *state;

    open_redirect_to_http(flow);
    allow_insecure(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
}

static void http_to_https_is_followed(void **state)
{
    struct flow *flow = *state;
    char target[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 302, .location = tls_url(flow->httpd, TLS_GOOD, "/2", target)});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = BYTES});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, BYTES);
}

static void the_certificate_behind_a_redirect_counts_too(void **state)
{
    struct flow *flow = *state;
    char target[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 302, .location = tls_url(flow->httpd, TLS_EXPIRED, "/2", target)});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = BYTES});
    flow_get(flow, "/1");
    flow_assert_error(flow, CERT_E_EXPIRED);
    assert_int_equal(0, httpd_requests(flow->httpd, "/2"));
}

#define FAULT_BOTH(name)                                                                           \
    FLOW_BOTH(name##_is_an_error), FLOW_BOTH(name##_is_not_forgiven_by_other_flags),               \
        FLOW_BOTH(name##_is_forgiven_by_its_flag)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(a_good_certificate_is_accepted),
        FLOW_BOTH(a_resume_is_checked_again_and_goes_on),
        FAULT_BOTH(an_expired_certificate),
        FAULT_BOTH(another_hosts_name),
        FAULT_BOTH(an_unknown_issuer),
        FAULT_BOTH(a_wrong_usage),
        FLOW_BOTH(a_flag_set_after_the_error_lets_it_go_on),
        FLOW_DOWNLOAD(revocation_overrides_what_a_download_ignores),
        FLOW_BOTH(https_to_http_is_refused),
        FLOW_BOTH(https_to_http_may_be_allowed),
        FLOW_BOTH(http_to_https_is_followed),
        FLOW_BOTH(the_certificate_behind_a_redirect_counts_too),
    };

    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, tls_trust, tls_distrust);
}
