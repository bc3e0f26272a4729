/* IBackgroundCopyJobHttpOptions at work: redirect policies, methods, client certificates. */
#include "testkit/flow.h"
#include "testkit/tls_front.h"

#include <string.h>

#define BYTES 50000

static IBackgroundCopyJobHttpOptions3 *options_of(struct flow *flow)
{
    IBackgroundCopyJobHttpOptions3 *options;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(
                        flow->job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&options));
    return options;
}

static void set_flags(struct flow *flow, ULONG flags)
{
    IBackgroundCopyJobHttpOptions3 *options = options_of(flow);

    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, flags));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static void set_method(struct flow *flow, const wchar_t *method)
{
    IBackgroundCopyJobHttpOptions3 *options = options_of(flow);

    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, method));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

/* ---- redirect policies ---- */

static void open_redirect(struct flow *flow, int status)
{
    HTTPD_SCRIPT(flow->httpd, "/1", {.status = status, .location = "/2"});
    HTTPD_SCRIPT(flow->httpd, "/2", {.seed = 1, .size = BYTES});
    flow_open(flow, "/1");
}

static void assert_remote_name(struct flow *flow, const char *path)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    wchar_t *name, expected[HTTPD_URL_MAX];

    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(flow->job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    assert_hr(S_OK, IBackgroundCopyFile_GetRemoteName(file, &name));
    assert_int_equal(0, wcscmp(httpd_wide_url(flow->httpd, path, expected), name));
    CoTaskMemFree(name);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

static void a_silent_redirect_leaves_the_remote_name(void **state)
{
    struct flow *flow = *state;

    open_redirect(flow, 302);
    set_flags(flow, BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_remote_name(flow, "/1");
    flow_assert_identical(flow, 1, BYTES);
}

static void a_reported_redirect_becomes_the_remote_name(void **state)
{
    struct flow *flow = *state;

    open_redirect(flow, 302);
    set_flags(flow, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_remote_name(flow, "/2");
    flow_assert_identical(flow, 1, BYTES);
}

static void a_refused_redirect_is_an_error_of_its_status(void **state)
{
    struct flow *flow = *state;

    open_redirect(flow, 307);
    set_flags(flow, BG_HTTP_REDIRECT_POLICY_DISALLOW);
    flow_start(flow);
    flow_assert_error(flow, MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, 307));
    assert_int_equal(0, httpd_requests(flow->httpd, "/2"));
    assert_remote_name(flow, "/1");
}

static void without_redirects_the_refusal_changes_nothing(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = BYTES});
    flow_open(flow, "/1");
    set_flags(flow, BG_HTTP_REDIRECT_POLICY_DISALLOW);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
}

/* ---- methods ---- */

static void a_post_says_that_it_carries_nothing(void **state)
{
    struct flow *flow = *state;
    char length[8] = "";

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = BYTES});
    flow_open(flow, "/1");
    set_method(flow, L"POST");
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
    assert_string_equal("POST", httpd_request(flow->httpd, "/1", 0)->method);
    assert_true(httpd_header(httpd_request(flow->httpd, "/1", 0), "Content-Length", length, 8));
    assert_string_equal("0", length);
}

static void a_head_makes_an_empty_file(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = BYTES});
    flow_open(flow, "/1");
    set_method(flow, L"HEAD");
    flow_start(flow);
    flow_assert_identical(flow, 1, 0);
    assert_int_equal(1, httpd_requests(flow->httpd, "/1"));
    assert_string_equal("HEAD", httpd_request(flow->httpd, "/1", 0)->method);
}

static void assert_method_behind(struct flow *flow, int status, const wchar_t *method,
                                 const char *expected)
{
    open_redirect(flow, status);
    set_method(flow, method);
    flow_start(flow);
    flow_finish(flow);
    assert_string_equal(expected, httpd_request(flow->httpd, "/2", 0)->method);
}

static void a_post_that_is_found_elsewhere_becomes_a_get(void **state)
{
    assert_method_behind(*state, 302, L"POST", "GET");
}

static void a_post_that_sees_other_becomes_a_get(void **state)
{
    assert_method_behind(*state, 303, L"POST", "GET");
}

static void a_post_that_is_moved_for_a_while_stays_one(void **state)
{
    assert_method_behind(*state, 307, L"POST", "POST");
}

static void a_head_stays_one(void **state)
{
    assert_method_behind(*state, 303, L"HEAD", "HEAD");
}

static void the_method_is_fixed_once_resumed(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJobHttpOptions3 *options;

    HTTPD_SCRIPT(flow->httpd, "/1", {.seed = 1, .size = BYTES});
    flow_get(flow, "/1");
    options = options_of(flow);
    assert_hr(BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
              IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, L"HEAD"));
    IBackgroundCopyJobHttpOptions3_Release(options);
    flow_assert_identical(flow, 1, BYTES);
}

/* ---- client certificates ---- */

static void open_asking(struct flow *flow)
{
    char url[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    flow_open(flow, tls_url(NULL, TLS_ASKS_CLIENT, "/certificate", url));
}

/* The server has seen this certificate: its answer is the hash. */
static void assert_seen(struct flow *flow, const BYTE *hash)
{
    char expected[41] = "", found[64] = "";
    FILE *file;
    int i;

    flow_finish(flow);
    for (i = 0; i < 20; i++)
        snprintf(expected + 2 * i, 3, "%02x", hash[i]);
    file = _wfopen(flow->target, L"rb");
    assert_non_null(file);
    found[fread(found, 1, sizeof(found) - 1, file)] = 0;
    fclose(file);
    assert_string_equal(expected, found);
}

static void without_a_certificate_none_is_shown(void **state)
{
    struct flow *flow = *state;

    open_asking(flow);
    flow_start(flow);
    flow_assert_error(flow, MAKE_HRESULT(SEVERITY_ERROR, FACILITY_HTTP, 403));
}

static void a_certificate_is_shown_by_its_hash(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJobHttpOptions3 *options;
    const CERT_CONTEXT *certificate;
    BYTE hash[20];

    open_asking(flow);
    certificate = tls_make_client(L"CN=dosvc client, O=dosvc", hash);
    options = options_of(flow);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(
                        options, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", hash));
    IBackgroundCopyJobHttpOptions3_Release(options);
    flow_start(flow);
    assert_seen(flow, hash);
    tls_forget_client(certificate);
}

static void a_certificate_is_shown_by_its_subject(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJobHttpOptions3 *options;
    const CERT_CONTEXT *certificate;
    BYTE hash[20];

    open_asking(flow);
    certificate = tls_make_client(L"CN=dosvc client, O=dosvc", hash);
    options = options_of(flow);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(
                        options, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"dosvc client"));
    IBackgroundCopyJobHttpOptions3_Release(options);
    flow_start(flow);
    assert_seen(flow, hash);
    tls_forget_client(certificate);
}

static SAFEARRAY *serialize(const CERT_CONTEXT *certificate)
{
    SAFEARRAY *array;
    DWORD size = 0;
    void *data;

    assert_true(CertSerializeCertificateStoreElement(certificate, 0, NULL, &size));
    array = SafeArrayCreateVector(VT_UI1, 0, size);
    assert_hr(S_OK, SafeArrayAccessData(array, &data));
    assert_true(CertSerializeCertificateStoreElement(certificate, 0, data, &size));
    SafeArrayUnaccessData(array);
    return array;
}

static void set_context(struct flow *flow, const CERT_CONTEXT *certificate)
{
    VARIANT value;

    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = serialize(certificate);
    assert_hr(S_OK,
              IDODownload_SetProperty(flow->download, DODownloadProperty_SecurityContext, &value));
    VariantClear(&value);
}

static void a_serialized_certificate_is_shown(void **state)
{
    struct flow *flow = *state;
    const CERT_CONTEXT *certificate;
    BYTE hash[20];

    open_asking(flow);
    certificate = tls_make_client(L"CN=dosvc client", hash);
    set_context(flow, certificate);
    flow_start(flow);
    assert_seen(flow, hash);
    tls_forget_client(certificate);
}

static void a_certificate_that_is_gone_is_an_error(void **state)
{
    struct flow *flow = *state;
    const CERT_CONTEXT *certificate;
    BYTE hash[20];

    open_asking(flow);
    certificate = tls_make_client(L"CN=dosvc client", hash);
    set_context(flow, certificate);
    tls_forget_client(certificate);
    flow_start(flow);
    flow_assert_error(flow, SEC_E_NO_CREDENTIALS);
}

static void a_certificate_is_read_back_and_removed(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJobHttpOptions3 *options;
    const CERT_CONTEXT *certificate;
    BG_CERT_STORE_LOCATION location;
    wchar_t *store, *subject;
    BYTE hash[20], *found;

    flow_open(flow, "/1");
    certificate = tls_make_client(L"CN=dosvc client, O=dosvc", hash);
    options = options_of(flow);
    assert_hr(S_FALSE, IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(options));
    assert_hr(RPC_E_NO_CONTEXT, IBackgroundCopyJobHttpOptions3_GetClientCertificate(
                                    options, &location, &store, &found, &subject));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(
                        options, BG_CERT_STORE_LOCATION_CURRENT_USER, L"my", L"DOSVC"));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_GetClientCertificate(options, &location, &store,
                                                                        &found, &subject));
    assert_int_equal(BG_CERT_STORE_LOCATION_CURRENT_USER, location);
    assert_int_equal(0, wcscmp(L"my", store));
    assert_memory_equal(hash, found, 20);
    assert_int_equal(0, wcscmp(L"dosvc client, dosvc", subject));
    CoTaskMemFree(store);
    CoTaskMemFree(found);
    CoTaskMemFree(subject);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(options));
    assert_hr(S_FALSE, IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(options));
    assert_hr(RPC_E_NO_CONTEXT, IBackgroundCopyJobHttpOptions3_GetClientCertificate(
                                    options, &location, &store, &found, &subject));
    IBackgroundCopyJobHttpOptions3_Release(options);
    tls_forget_client(certificate);
}

static void a_certificate_that_is_not_there_is_refused(void **state)
{
    const BG_CERT_STORE_LOCATION user = BG_CERT_STORE_LOCATION_CURRENT_USER;
    struct flow *flow = *state;
    IBackgroundCopyJobHttpOptions3 *options;
    BYTE hash[20] = {1};
    wchar_t text[257];
    int wrong;

    wmemset(text, 'x', 256);
    text[256] = 0;
    flow_open(flow, "/1");
    options = options_of(flow);
#define BY_ID(...) IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(options, __VA_ARGS__)
#define BY_NAME(...) IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(options, __VA_ARGS__)
    assert_hr(E_INVALIDARG, BY_ID(user, NULL, hash));
    assert_hr(E_INVALIDARG, BY_ID(user, L"MY", NULL));
    assert_hr(E_INVALIDARG, BY_NAME(user, NULL, L"a"));
    assert_hr(E_INVALIDARG, BY_NAME(user, L"MY", NULL));
    assert_hr(E_INVALIDARG, BY_NAME(user, L"MY", L""));
    for (wrong = -1; wrong <= 8; wrong += 9)
    {
        assert_hr(E_NOTIMPL, BY_ID((BG_CERT_STORE_LOCATION)wrong, L"MY", hash));
        assert_hr(E_NOTIMPL, BY_NAME((BG_CERT_STORE_LOCATION)wrong, L"MY", L"a"));
    }
    assert_hr(BG_E_STRING_TOO_LONG, BY_ID(user, text, hash));
    assert_hr(BG_E_STRING_TOO_LONG, BY_NAME(user, text, L"a"));
    assert_hr(BG_E_STRING_TOO_LONG, BY_NAME(user, L"MY", text));
    assert_hr(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), BY_ID(user, L"", hash));
    assert_hr(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), BY_ID(user, L"\\\\machine\\MY", hash));
    assert_hr(CRYPT_E_NOT_FOUND, BY_ID(user, L"MY", hash));
    assert_hr(CRYPT_E_NOT_FOUND, BY_NAME(user, L"MY", L"nobody of this name"));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyJobHttpOptions3_GetClientCertificate(options, NULL, NULL, NULL, NULL));
    flow_cancel(flow);
    assert_hr(DO_E_INVALID_STATE, BY_ID(user, L"MY", hash));
    assert_hr(DO_E_INVALID_STATE, BY_NAME(user, L"MY", L"a"));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(options));
    IBackgroundCopyJobHttpOptions3_Release(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(a_silent_redirect_leaves_the_remote_name),
        FLOW_JOB(a_reported_redirect_becomes_the_remote_name),
        FLOW_JOB(a_refused_redirect_is_an_error_of_its_status),
        FLOW_JOB(without_redirects_the_refusal_changes_nothing),
        FLOW_JOB(a_post_says_that_it_carries_nothing),
        FLOW_JOB(a_head_makes_an_empty_file),
        FLOW_JOB(a_post_that_is_found_elsewhere_becomes_a_get),
        FLOW_JOB(a_post_that_sees_other_becomes_a_get),
        FLOW_JOB(a_post_that_is_moved_for_a_while_stays_one),
        FLOW_JOB(a_head_stays_one),
        FLOW_JOB(the_method_is_fixed_once_resumed),
        FLOW_BOTH(without_a_certificate_none_is_shown),
        FLOW_JOB(a_certificate_is_shown_by_its_hash),
        FLOW_JOB(a_certificate_is_shown_by_its_subject),
        FLOW_DOWNLOAD(a_serialized_certificate_is_shown),
        FLOW_DOWNLOAD(a_certificate_that_is_gone_is_an_error),
        FLOW_JOB(a_certificate_is_read_back_and_removed),
        FLOW_JOB(a_certificate_that_is_not_there_is_refused),
    };

    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, tls_trust, tls_distrust);
}
