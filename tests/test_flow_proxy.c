/* Ways through proxies. The test's server is the proxy: requests for hosts that do not exist can
 * only have come through it. Time runs 60 times faster. */
#include "testkit/flow.h"

#include <string.h>

#define PROXY_REFUSES ((HRESULT)0x80190197L)
#define CANNOT_CONNECT ((HRESULT)0x80072EFDL)
#define ME "me:secret"
#define NOBODY L"127.0.0.1:9" /* nothing listens there */

static void set_environment(const wchar_t *proxy)
{
    kit_environment(L"http_proxy", proxy);
    kit_environment(L"https_proxy", proxy);
}

static wchar_t *own_address(struct flow *flow, wchar_t buffer[64])
{
    swprintf(buffer, 64, L"127.0.0.1:%u", httpd_port(flow->httpd));
    return buffer;
}

static void use_proxy(struct flow *flow)
{
    wchar_t address[64];

    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        own_address(flow, address), NULL));
}

static void log_in(struct flow *flow, BG_AUTH_TARGET target, wchar_t *password)
{
    wchar_t user[] = L"me";
    BG_AUTH_CREDENTIALS credentials = {target, BG_AUTH_SCHEME_BASIC, {{user, password}}};
    IBackgroundCopyJob2 *job;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJob2,
                                                      (void **)&job));
    assert_hr(S_OK, IBackgroundCopyJob2_SetCredentials(job, &credentials));
    IBackgroundCopyJob2_Release(job);
}

static bool has_header(struct flow *flow, const char *path, unsigned int n, const char *name)
{
    char value[512];

    assert_non_null(httpd_request(flow->httpd, path, n));
    return httpd_header(httpd_request(flow->httpd, path, n), name, value, sizeof(value));
}

/* ---- which one ---- */

static void the_environment_names_the_proxy(void **state)
{
    struct flow *flow = *state;
    wchar_t address[64];

    set_environment(own_address(flow, address));
    HTTPD_SCRIPT(flow->httpd, "http://a.test/1", {.seed = 1, .size = 5000});
    flow_get(flow, "http://a.test/1");
    flow_assert_identical(flow, 1, 5000);
    set_environment(NULL);
}

/* Nothing answers for a discovery, so the other sources count. */
static void without_a_discovery_the_environment_counts(void **state)
{
    struct flow *flow = *state;
    wchar_t address[64];

    set_environment(own_address(flow, address));
    HTTPD_SCRIPT(flow->httpd, "http://b.test/1", {.seed = 1, .size = 5000});
    flow_open(flow, "http://b.test/1");
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_AUTODETECT,
                                                        NULL, NULL));
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    set_environment(NULL);
}

static void this_machine_is_reached_directly(void **state)
{
    struct flow *flow = *state;

    set_environment(NOBODY);
    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, 5000);
    set_environment(NULL);
}

static void the_clients_list_is_obeyed(void **state)
{
    struct flow *flow = *state;

    set_environment(NOBODY);
    HTTPD_SCRIPT(flow->httpd, "http://c.test/1", {.seed = 1, .size = 5000});
    flow_open(flow, "http://c.test/1");
    use_proxy(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    set_environment(NULL);
}

static void the_clients_list_counts_for_this_machine_too(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "http://127.0.0.1:9/1", {.seed = 1, .size = 5000});
    flow_open(flow, "http://127.0.0.1:9/1");
    use_proxy(flow);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
}

static void hosts_on_the_bypass_list_are_reached_directly(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        NOBODY, L"*.test 127.0.0.1"));
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
}

static void no_proxy_means_none(void **state)
{
    struct flow *flow = *state;
    wchar_t address[64];

    set_environment(own_address(flow, address));
    HTTPD_SCRIPT(flow->httpd, "http://127.1.1.1:9/1", {.seed = 1, .size = 5000});
    flow_open(flow, "http://127.1.1.1:9/1");
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_NO_PROXY,
                                                        NULL, NULL));
    flow_set_no_progress(flow, 10);
    flow_start(flow);
    flow_assert_no_progress(flow, CANNOT_CONNECT);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
    set_environment(NULL);
}

static void a_redirect_finds_its_own_way(void **state)
{
    struct flow *flow = *state;
    wchar_t list[64];
    char url[HTTPD_URL_MAX];

    HTTPD_SCRIPT(flow->httpd, "http://d.test/1",
                 {.status = 302, .location = httpd_url(flow->httpd, "/2", url)});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = 5000});
    flow_open(flow, "http://d.test/1");
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        own_address(flow, list), L"127.0.0.1"));
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_string_equal("/2", httpd_request(flow->httpd, NULL, 1)->target);
}

static void a_proxy_that_is_not_there_is_tried_again(void **state)
{
    struct flow *flow = *state;

    flow_open(flow, "http://e.test/1");
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(flow->job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        NOBODY, NULL));
    flow_set_no_progress(flow, 10);
    flow_start(flow);
    flow_assert_no_progress(flow, CANNOT_CONNECT);
}

/* ---- who asks ---- */

static void a_407_without_credentials_is_the_end(void **state)
{
    struct flow *flow = *state;
    wchar_t address[64];

    set_environment(own_address(flow, address));
    HTTPD_SCRIPT(flow->httpd, "http://f.test/1", {.seed = 1, .require_proxy_basic = ME});
    flow_get(flow, "http://f.test/1");
    flow_assert_error(flow, PROXY_REFUSES);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
    set_environment(NULL);
}

static void a_407_is_answered_with_the_proxys_credentials(void **state)
{
    struct flow *flow = *state;
    wchar_t secret[] = L"secret", other[] = L"other";

    HTTPD_SCRIPT(flow->httpd, "http://g.test/1",
                 {.seed = 1, .size = 5000, .require_proxy_basic = ME});
    flow_open(flow, "http://g.test/1");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, secret);
    log_in(flow, BG_AUTH_TARGET_SERVER, other);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_false(has_header(flow, "http://g.test/1", 0, "Proxy-Authorization"));
    assert_true(has_header(flow, "http://g.test/1", 1, "Proxy-Authorization"));
    assert_false(has_header(flow, "http://g.test/1", 1, "Authorization"));
}

static void wrong_credentials_for_the_proxy_are_the_end(void **state)
{
    struct flow *flow = *state;
    wchar_t wrong[] = L"wrong";

    HTTPD_SCRIPT(flow->httpd, "http://h.test/1", {.seed = 1, .require_proxy_basic = ME});
    flow_open(flow, "http://h.test/1");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, wrong);
    flow_start(flow);
    flow_assert_error(flow, PROXY_REFUSES);
    assert_int_equal(2, httpd_requests(flow->httpd, NULL));
}

static void a_server_behind_a_proxy_may_ask_as_well(void **state)
{
    struct flow *flow = *state;
    wchar_t secret[] = L"secret";

    HTTPD_SCRIPT(flow->httpd, "http://i.test/1",
                 {.seed = 1, .size = 5000, .require_proxy_basic = ME, .require_basic = ME});
    flow_open(flow, "http://i.test/1");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, secret);
    log_in(flow, BG_AUTH_TARGET_SERVER, secret);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_int_equal(3, httpd_requests(flow->httpd, NULL));
}

static void a_server_that_claims_to_be_a_proxy_is_told_nothing(void **state)
{
    struct flow *flow = *state;
    wchar_t secret[] = L"secret";

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .require_proxy_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_TARGET_PROXY, secret);
    flow_start(flow);
    flow_assert_error(flow, PROXY_REFUSES);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

/* ---- tunnels ---- */

static void a_refused_tunnel_is_the_end(void **state)
{
    struct flow *flow = *state;
    wchar_t address[64];

    set_environment(own_address(flow, address));
    HTTPD_SCRIPT(flow->httpd, "j.test:443", {.status = 407, .body = "no"});
    flow_get(flow, "https://j.test/1");
    flow_assert_error(flow, PROXY_REFUSES);
    set_environment(NULL);
}

static void a_tunnel_is_asked_for_with_credentials(void **state)
{
    struct flow *flow = *state;
    wchar_t secret[] = L"secret";
    unsigned int last;

    HTTPD_SCRIPT(flow->httpd, "k.test:443", {.status = 407, .require_proxy_basic = ME});
    flow_open(flow, "https://k.test/1");
    use_proxy(flow);
    log_in(flow, BG_AUTH_TARGET_PROXY, secret);
    flow_start(flow);
    flow_assert_error(flow, PROXY_REFUSES); /* this one is never content */
    last = httpd_requests(flow->httpd, "k.test:443") - 1;
    assert_true(last > 0);
    assert_false(has_header(flow, "k.test:443", 0, "Proxy-Authorization"));
    assert_true(has_header(flow, "k.test:443", last, "Proxy-Authorization"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(the_environment_names_the_proxy),
        FLOW_JOB(without_a_discovery_the_environment_counts),
        FLOW_BOTH(this_machine_is_reached_directly),
        FLOW_JOB(the_clients_list_is_obeyed),
        FLOW_JOB(the_clients_list_counts_for_this_machine_too),
        FLOW_JOB(hosts_on_the_bypass_list_are_reached_directly),
        FLOW_JOB(no_proxy_means_none),
        FLOW_JOB(a_redirect_finds_its_own_way),
        FLOW_JOB(a_proxy_that_is_not_there_is_tried_again),
        FLOW_BOTH(a_407_without_credentials_is_the_end),
        FLOW_JOB(a_407_is_answered_with_the_proxys_credentials),
        FLOW_JOB(wrong_credentials_for_the_proxy_are_the_end),
        FLOW_JOB(a_server_behind_a_proxy_may_ask_as_well),
        FLOW_JOB(a_server_that_claims_to_be_a_proxy_is_told_nothing),
        FLOW_BOTH(a_refused_tunnel_is_the_end),
        FLOW_JOB(a_tunnel_is_asked_for_with_credentials),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
