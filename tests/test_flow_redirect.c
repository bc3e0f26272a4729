/* Servers that send the client elsewhere, and what goes along. Time runs 60 times faster. */
#include "testkit/flow.h"

#include <string.h>

#define SECRET L"X-Secret: 42\r\n"

static void the_end_of_a_chain_is_fetched(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2", {.status = 301, .location = "/3"});
    HTTPD_SCRIPT(flow->httpd, "/3", {.status = 307, .location = "/4"});
    HTTPD_SCRIPT(flow->httpd, "/4", {.status = 308, .location = "/d/5"});
    HTTPD_SCRIPT(flow->httpd, "/d/5", {.status = 303, .location = "end?x=1"});
    HTTPD_SCRIPT(flow->httpd, "/d/end", {.seed = 1, .size = 5000});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, 5000);
    assert_string_equal("/d/end?x=1", httpd_request(flow->httpd, "/d/end", 0)->target);
}

static void the_last_url_is_known(void **state)
{
    struct flow *flow = *state;
    wchar_t expected[HTTPD_URL_MAX];
    VARIANT value;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = 5000});
    flow_get(flow, "/1");
    assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_GetProperty(flow->download,
                                            DODownloadProperty_HttpRedirectionTarget, &value));
    assert_int_equal(VT_BSTR, V_VT(&value));
    assert_int_equal(0, wcscmp(httpd_wide_url(flow->httpd, "/2", expected), V_BSTR(&value)));
    VariantClear(&value);
    assert_hr(S_OK,
              IDODownload_GetProperty(flow->download, DODownloadProperty_HttpStatusCode, &value));
    assert_int_equal(VT_UI4, V_VT(&value));
    assert_int_equal(200, V_UI4(&value));
}

static void a_loop_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2", {.status = 302, .location = "/1"});
    flow_get(flow, "/1");
    flow_assert_error(flow, HTTP_E_STATUS_UNEXPECTED_REDIRECTION);
    assert_int_equal(11, httpd_requests(flow->httpd, NULL));
}

static void a_cookie_that_comes_with_a_redirect_is_sent_back(void **state)
{
    struct flow *flow = *state;
    char cookie[64] = "";

    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 302, .location = "/1", .headers = "Set-Cookie: been=here\r\n"},
                 {.seed = 1, .size = 5000});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, 5000);
    httpd_header(httpd_request(flow->httpd, "/1", 1), "Cookie", cookie, sizeof(cookie));
    assert_string_equal("been=here", cookie);
}

static void headers_go_along_on_the_same_server(void **state)
{
    struct flow *flow = *state;
    char value[16] = "";

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    flow_set_headers(flow, SECRET);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    httpd_header(httpd_request(flow->httpd, "/2", 0), "X-Secret", value, sizeof(value));
    assert_string_equal("42", value);
}

static void nothing_secret_reaches_another_server(void **state)
{
    struct flow *flow = *state;
    struct httpd *other = httpd_start();
    const struct httpd_request *request;
    char url[HTTPD_URL_MAX], value[64];

    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 302,
                  .location = httpd_url(other, "/2", url),
                  .headers = "Set-Cookie: been=here\r\n"});
    HTTPD_SCRIPT(other, "/2", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    flow_set_headers(flow, SECRET L"Authorization: Bearer abc\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_true(httpd_header(httpd_request(flow->httpd, "/1", 0), "X-Secret", value, 64));
    request = httpd_request(other, "/2", 0);
    assert_false(httpd_header(request, "X-Secret", value, sizeof(value)));
    assert_false(httpd_header(request, "Authorization", value, sizeof(value)));
    assert_false(httpd_header(request, "Cookie", value, sizeof(value)));
    httpd_stop(other);
}

/* The redirected address alone is asked for the rest, with Range and If-Range. */
static void a_resume_after_a_redirect_asks_for_the_rest(void **state)
{
    struct flow *flow = *state;
    const struct httpd_request *request;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2",
                 {.seed = 1, .size = 50000, .etag = "\"e\"", .cut = true, .cut_after = 30000},
                 {.seed = 1, .size = 50000, .etag = "\"e\""});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, 50000);
    request = httpd_request(flow->httpd, "/2", 1);
    assert_true(request->ranged);
    assert_int_equal(30000, request->first);
}

/* A signed address that has expired is fetched anew from where it came. */
static void an_expired_address_is_asked_for_once_more(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = "/old"},
                 {.status = 302, .location = "/new"});
    HTTPD_SCRIPT(flow->httpd, "/old",
                 {.seed = 1, .size = 50000, .etag = "\"e\"", .cut = true, .cut_after = 30000},
                 {.status = 403});
    HTTPD_SCRIPT(flow->httpd, "/new", {.seed = 1, .size = 50000, .etag = "\"e\""});
    flow_get(flow, "/1");
    flow_assert_identical(flow, 1, 50000);
}

static void refuses(struct flow *flow, const char *location)
{
    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 302, .location = location});
    flow_get(flow, "/1");
    flow_assert_error(flow, HTTP_E_STATUS_UNEXPECTED_REDIRECTION);
    assert_true(content_file_size(flow->target) == UINT64_MAX);
}

static void a_redirect_to_a_file_is_refused(void **state)
{
    refuses(*state, "file:///c:/windows/win.ini");
}

static void a_redirect_to_ftp_is_refused(void **state)
{
    refuses(*state, "ftp://127.0.0.1/a");
}

static void a_redirect_to_a_script_is_refused(void **state)
{
    refuses(*state, "javascript:alert(1)");
}

static void a_redirect_to_nowhere_is_refused(void **state)
{
    refuses(*state, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(the_end_of_a_chain_is_fetched),
        FLOW_DOWNLOAD(the_last_url_is_known),
        FLOW_BOTH(a_loop_is_an_error),
        FLOW_BOTH(a_cookie_that_comes_with_a_redirect_is_sent_back),
        FLOW_BOTH(headers_go_along_on_the_same_server),
        FLOW_BOTH(nothing_secret_reaches_another_server),
        FLOW_BOTH(a_resume_after_a_redirect_asks_for_the_rest),
        FLOW_BOTH(an_expired_address_is_asked_for_once_more),
        FLOW_BOTH(a_redirect_to_a_file_is_refused),
        FLOW_BOTH(a_redirect_to_ftp_is_refused),
        FLOW_BOTH(a_redirect_to_a_script_is_refused),
        FLOW_BOTH(a_redirect_to_nowhere_is_refused),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
