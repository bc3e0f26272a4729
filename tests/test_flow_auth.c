/* Servers that want to know who asks. Time runs 60 times faster. */
#include "testkit/flow.h"

#include <stdlib.h>
#include <string.h>

#define UNAUTHORIZED ((HRESULT)0x80190191L)
#define ME "me:s3cr3t-w0rd"
#define ME_BASE64 "bWU6czNjcjN0LXcwcmQ="
#define DIGEST "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"

static HRESULT set_login(struct flow *flow, BG_AUTH_SCHEME scheme, wchar_t *user, wchar_t *password)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, scheme, {{user, password}}};
    IBackgroundCopyJob2 *job;
    HRESULT hr;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJob2,
                                                      (void **)&job));
    hr = IBackgroundCopyJob2_SetCredentials(job, &credentials);
    IBackgroundCopyJob2_Release(job);
    return hr;
}

static void log_in(struct flow *flow, BG_AUTH_SCHEME scheme)
{
    wchar_t user[] = L"me", password[] = L"s3cr3t-w0rd";

    assert_hr(S_OK, set_login(flow, scheme, user, password));
}

static HRESULT log_out(struct flow *flow, BG_AUTH_SCHEME scheme)
{
    IBackgroundCopyJob2 *job;
    HRESULT hr;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(flow->job, &IID_IBackgroundCopyJob2,
                                                      (void **)&job));
    hr = IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, scheme);
    IBackgroundCopyJob2_Release(job);
    return hr;
}

static bool has_header(struct httpd *httpd, const char *path, unsigned int n, const char *name)
{
    char value[512];

    assert_non_null(httpd_request(httpd, path, n));
    return httpd_header(httpd_request(httpd, path, n), name, value, sizeof(value));
}

/* ---- credentials ---- */

static void basic_credentials_are_given_when_asked_for(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/1"));
    assert_false(has_header(flow->httpd, "/1", 0, "Authorization"));
    assert_true(has_header(flow->httpd, "/1", 1, "Authorization"));
}

static void a_server_that_does_not_ask_is_told_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_false(has_header(flow->httpd, "/1", 0, "Authorization"));
}

/* Digest before Basic, where both are offered and both can be given. */
static void digest_is_preferred(void **state)
{
    struct flow *flow = *state;
    char value[512] = "";
    unsigned int last;

    HTTPD_SCRIPT(flow->httpd, "/1",
                 {.status = 401, .headers = "WWW-Authenticate: Basic realm=\"r\"\r\n" DIGEST},
                 {.status = 401, .headers = "WWW-Authenticate: Basic realm=\"r\"\r\n" DIGEST},
                 {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    log_in(flow, BG_AUTH_SCHEME_DIGEST);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    last = httpd_requests(flow->httpd, "/1") - 1;
    assert_true(httpd_header(httpd_request(flow->httpd, "/1", last), "Authorization", value, 512));
    assert_memory_equal("Digest username=\"me\"", value, 20);
}

static void a_resume_logs_in_again(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401, .headers = "WWW-Authenticate: Basic\r\n"},
                 {.seed = 1,
                  .size = 50000,
                  .etag = "\"e\"",
                  .require_basic = ME,
                  .cut = true,
                  .cut_after = 30000},
                 {.seed = 1, .size = 50000, .etag = "\"e\"", .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, 50000);
}

static void without_credentials_a_401_is_the_end(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_get(flow, "/1");
    flow_assert_error(flow, UNAUTHORIZED);
    assert_int_equal(1, httpd_requests(flow->httpd, "/1"));
}

static void wrong_credentials_are_the_end(void **state)
{
    wchar_t user[] = L"me", password[] = L"wrong";
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    assert_hr(S_OK, set_login(flow, BG_AUTH_SCHEME_BASIC, user, password));
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    assert_int_equal(2, httpd_requests(flow->httpd, "/1"));
    /* the right ones, and it goes on */
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, 5000));
}

static void credentials_of_another_scheme_are_not_given(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_DIGEST);
    log_in(flow, BG_AUTH_SCHEME_NTLM);
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    assert_int_equal(1, httpd_requests(flow->httpd, "/1"));
}

/* NTLM and Negotiate are the system's: where it has them, the server says no here; where it has
 * not, nothing can be answered. */
static void a_login_that_leads_nowhere_is_the_end(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(
        flow->httpd, "/1",
        {.status = 401, .headers = "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_NTLM);
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    log_in(flow, BG_AUTH_SCHEME_NEGOTIATE);
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    assert_true(httpd_requests(flow->httpd, "/1") < 12);
}

static void removed_credentials_are_gone(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    assert_hr(S_FALSE, log_out(flow, BG_AUTH_SCHEME_DIGEST));
    assert_hr(S_OK, log_out(flow, BG_AUTH_SCHEME_BASIC));
    assert_hr(S_FALSE, log_out(flow, BG_AUTH_SCHEME_BASIC));
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
}

static void another_server_may_ask_and_is_told_nothing(void **state)
{
    struct flow *flow = *state;
    struct httpd *other = httpd_start();
    char url[HTTPD_URL_MAX];

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401, .headers = "WWW-Authenticate: Basic\r\n"},
                 {.status = 302, .location = httpd_url(other, "/2", url), .require_basic = ME});
    HTTPD_SCRIPT(other, "/2", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    assert_true(has_header(flow->httpd, "/1", 1, "Authorization"));
    assert_true(httpd_requests(other, "/2") >= 1);
    assert_false(has_header(other, "/2", 0, "Authorization"));
    httpd_stop(other);
}

static void a_redirect_on_the_same_server_keeps_the_login(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401, .headers = "WWW-Authenticate: Basic\r\n"},
                 {.status = 302, .location = "/2", .require_basic = ME});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = 5000, .require_basic = ME});
    flow_open(flow, "/1");
    log_in(flow, BG_AUTH_SCHEME_BASIC);
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_int_equal(1, httpd_requests(flow->httpd, "/2"));
}

/* ---- headers for servers that ask ---- */

static void auth_headers_are_sent_when_asked_for(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401, .headers = "WWW-Authenticate: Token\r\n"},
                 {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_HttpCustomAuthHeaders,
                                   L"Authorization: Bearer 42\r\nX-Who: me\r\n"));
    flow_set_headers(flow, L"X-Always: yes\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_false(has_header(flow->httpd, "/1", 0, "Authorization"));
    assert_false(has_header(flow->httpd, "/1", 0, "X-Who"));
    assert_true(has_header(flow->httpd, "/1", 0, "X-Always"));
    assert_true(has_header(flow->httpd, "/1", 1, "Authorization"));
    assert_true(has_header(flow->httpd, "/1", 1, "X-Who"));
    assert_true(has_header(flow->httpd, "/1", 1, "X-Always"));
}

static void auth_headers_are_sent_once(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401});
    flow_open(flow, "/1");
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_HttpCustomAuthHeaders,
                                   L"Authorization: Bearer 42\r\n"));
    flow_start(flow);
    flow_assert_error(flow, UNAUTHORIZED);
    assert_int_equal(2, httpd_requests(flow->httpd, "/1"));
}

static void auth_headers_do_not_reach_another_server(void **state)
{
    struct flow *flow = *state;
    struct httpd *other = httpd_start();
    char url[HTTPD_URL_MAX];

    HTTPD_SCRIPT(flow->httpd, "/1", {.status = 401},
                 {.status = 302, .location = httpd_url(other, "/2", url)});
    HTTPD_SCRIPT(other, "/2", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    assert_hr(S_OK, kit_set_string(flow->download, DODownloadProperty_HttpCustomAuthHeaders,
                                   L"Authorization: Bearer 42\r\n"));
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_true(has_header(flow->httpd, "/1", 1, "Authorization"));
    assert_false(has_header(other, "/2", 0, "Authorization"));
    httpd_stop(other);
}

/* ---- what is no credential ---- */

static void bad_credentials_are_refused(void **state)
{
    struct flow *flow = *state;
    wchar_t *text = calloc(65538, sizeof(*text));
    wchar_t colon[] = L"a:b", broken[] = {0xd800, 0}, user[] = L"me";

    assert_non_null(text);
    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = 5000});
    flow_open(flow, "/1");
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_BASIC, NULL, NULL));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_DIGEST, NULL, user));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_BASIC, user, NULL));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_NTLM, NULL, user));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_BASIC, colon, user));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_BASIC, broken, user));
    assert_hr(E_INVALIDARG, set_login(flow, BG_AUTH_SCHEME_BASIC, user, broken));
    assert_hr(BG_E_INVALID_AUTH_SCHEME, set_login(flow, BG_AUTH_SCHEME_PASSPORT, user, user));
    wmemset(text, L'x', 301);
    assert_hr(BG_E_USERNAME_TOO_LARGE, set_login(flow, BG_AUTH_SCHEME_BASIC, text, user));
    text[300] = 0;
    assert_hr(S_OK, set_login(flow, BG_AUTH_SCHEME_BASIC, text, user));
    wmemset(text, L'x', 65537);
    assert_hr(BG_E_PASSWORD_TOO_LARGE, set_login(flow, BG_AUTH_SCHEME_BASIC, user, text));
    text[65536] = 0;
    assert_hr(S_OK, set_login(flow, BG_AUTH_SCHEME_BASIC, user, text));
    assert_hr(S_OK, set_login(flow, BG_AUTH_SCHEME_NTLM, user, NULL));
    assert_hr(S_OK, set_login(flow, BG_AUTH_SCHEME_NEGOTIATE, NULL, NULL));
    free(text);
    flow_cancel(flow);
    assert_hr(DO_E_INVALID_STATE, set_login(flow, BG_AUTH_SCHEME_BASIC, user, user));
    assert_hr(DO_E_INVALID_STATE, log_out(flow, BG_AUTH_SCHEME_BASIC));
}

/* ---- the log of all of this ---- */

static wchar_t log_path[MAX_PATH];

static void the_log_names_no_secret(void **state)
{
    static char log[1 << 20];
    HANDLE file = CreateFileW(log_path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD size = 0;

    (void)state;
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(ReadFile(file, log, sizeof(log) - 1, &size, NULL));
    CloseHandle(file);
    assert_non_null(strstr(log, "401 from"));
    assert_null(strstr(log, "s3cr3t-w0rd"));
    assert_null(strstr(log, ME_BASE64));
    assert_null(strstr(log, "Bearer 42"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(basic_credentials_are_given_when_asked_for),
        FLOW_JOB(a_server_that_does_not_ask_is_told_nothing),
        FLOW_JOB(digest_is_preferred),
        FLOW_JOB(a_resume_logs_in_again),
        FLOW_BOTH(without_credentials_a_401_is_the_end),
        FLOW_JOB(wrong_credentials_are_the_end),
        FLOW_JOB(credentials_of_another_scheme_are_not_given),
        FLOW_JOB(a_login_that_leads_nowhere_is_the_end),
        FLOW_JOB(removed_credentials_are_gone),
        FLOW_JOB(another_server_may_ask_and_is_told_nothing),
        FLOW_JOB(a_redirect_on_the_same_server_keeps_the_login),
        FLOW_DOWNLOAD(auth_headers_are_sent_when_asked_for),
        FLOW_DOWNLOAD(auth_headers_are_sent_once),
        FLOW_DOWNLOAD(auth_headers_do_not_reach_another_server),
        FLOW_JOB(bad_credentials_are_refused),
        cmocka_unit_test(the_log_names_no_secret),
    };
    int result;

    GetTempPathW(ARRAY_SIZE(log_path) - 32, log_path);
    swprintf(log_path + wcslen(log_path), 32, L"flow_auth_%lu.log", GetCurrentProcessId());
    kit_environment(L"DOSVC_LOG", L"trace");
    kit_environment(L"DOSVC_LOG_FILE", log_path);
    kit_process(L"clock=60");
    result = cmocka_run_group_tests(tests, NULL, NULL);
    DeleteFileW(log_path);
    return result;
}
