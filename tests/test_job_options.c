/* IBackgroundCopyJob2 to 5 and IBackgroundCopyJobHttpOptions: settings and their limits. */
#include "testkit/kit.h"

static void a_command_line_needs_the_policy(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    wchar_t *text = kit_text(4001), *program, *parameters;

    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_SetNotifyCmdLine(job5, NULL, L"x"));
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob5_SetNotifyCmdLine(job5, text, NULL));
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob5_SetNotifyCmdLine(job5, L"c:\\a", text));
    assert_hr(BG_E_BLOCKED_BY_POLICY,
              IBackgroundCopyJob5_SetNotifyCmdLine(job5, L"c:\\a.exe", L"a.exe b"));
    assert_hr(S_OK, IBackgroundCopyJob5_SetNotifyCmdLine(job5, NULL, NULL));
    assert_hr(S_OK, IBackgroundCopyJob5_GetNotifyCmdLine(job5, &program, &parameters));
    assert_int_equal(0, wcscmp(L"", program));
    assert_int_equal(0, wcscmp(L"", parameters));
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    free(text);
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void replies_belong_to_upload_jobs(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BG_JOB_REPLY_PROGRESS progress;
    wchar_t *name;
    UINT64 length;
    byte *data;

    assert_hr(E_NOTIMPL, IBackgroundCopyJob5_GetReplyProgress(job5, &progress));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob5_GetReplyData(job5, &data, &length));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob5_SetReplyFileName(job5, L"c:\\reply"));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob5_GetReplyFileName(job5, &name));
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void credentials_are_judged_by_target_and_scheme(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BG_AUTH_CREDENTIALS credentials = {(BG_AUTH_TARGET)3, BG_AUTH_SCHEME_BASIC, {{NULL, NULL}}};

    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_SetCredentials(job5, NULL));
    assert_hr(BG_E_INVALID_AUTH_TARGET, IBackgroundCopyJob5_SetCredentials(job5, &credentials));
    credentials.Target = BG_AUTH_TARGET_SERVER;
    credentials.Scheme = (BG_AUTH_SCHEME)6;
    assert_hr(BG_E_INVALID_AUTH_SCHEME, IBackgroundCopyJob5_SetCredentials(job5, &credentials));
    assert_hr(BG_E_INVALID_AUTH_TARGET,
              IBackgroundCopyJob5_RemoveCredentials(job5, (BG_AUTH_TARGET)0, BG_AUTH_SCHEME_BASIC));
    assert_hr(BG_E_INVALID_AUTH_SCHEME,
              IBackgroundCopyJob5_RemoveCredentials(job5, BG_AUTH_TARGET_PROXY, (BG_AUTH_SCHEME)0));
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void flags_that_do_not_exist_are_refused(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyJobHttpOptions3 *http = kit_face(job, &IID_IBackgroundCopyJobHttpOptions3);
    DWORD value;

    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_SetFileACLFlags(job5, 0x10));
    assert_hr(S_OK, IBackgroundCopyJob5_SetFileACLFlags(job5, BG_COPY_FILE_ALL));
    assert_hr(S_OK, IBackgroundCopyJob5_GetFileACLFlags(job5, &value));
    assert_int_equal(BG_COPY_FILE_ALL, value);
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_SetPeerCachingFlags(job5, 8));
    assert_hr(S_OK, IBackgroundCopyJob5_SetPeerCachingFlags(job5, 7));
    assert_hr(S_OK, IBackgroundCopyJob5_GetPeerCachingFlags(job5, &value));
    assert_int_equal(7, value);
    assert_hr(E_NOTIMPL, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0x20));
    assert_hr(E_NOTIMPL, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0x300));
    assert_hr(E_NOTIMPL, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0x400));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0x81f));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, &value));
    assert_int_equal(0x81f, value);
    assert_hr(S_OK, IBackgroundCopyJob5_SetMaximumDownloadTime(job5, 3600));
    assert_hr(S_OK, IBackgroundCopyJob5_GetMaximumDownloadTime(job5, &value));
    assert_int_equal(3600, value);
    IBackgroundCopyJobHttpOptions3_Release(http);
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void a_delivery_optimization_job_knows_two_properties(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {0}, got;
    int id;

    for (id = 0; id <= 11; id++)
    {
        if (id == BITS_JOB_PROPERTY_ID_COST_FLAGS || id == BITS_JOB_PROPERTY_NOTIFICATION_CLSID)
            continue;
        assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
                  IBackgroundCopyJob5_SetProperty(job5, (BITS_JOB_PROPERTY_ID)id, value));
        assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
                  IBackgroundCopyJob5_GetProperty(job5, (BITS_JOB_PROPERTY_ID)id, &got));
    }
    value.Dword = 0x100;
    assert_hr(E_INVALIDARG,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
    value.Dword = BITS_JOB_TRANSFER_POLICY_STANDARD;
    assert_hr(S_OK, IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
    assert_hr(S_OK, IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, &got));
    assert_true(got.Dword == BITS_JOB_TRANSFER_POLICY_STANDARD);
    assert_hr(S_OK,
              IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &got));
    assert_true(IsEqualGUID(&GUID_NULL, &got.ClsID));
    value.ClsID = CLSID_DosvcManager;
    assert_hr(S_OK,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value));
    assert_hr(S_OK,
              IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &got));
    assert_true(IsEqualGUID(&CLSID_DosvcManager, &got.ClsID));
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void a_bits_property_may_be_set_until_its_moment(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of_class(&CLSID_DosvcBitsManager, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {0}, got;

    assert_hr(BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value));
    value.Uint64 = 0x123456789abcull;
    assert_hr(S_OK,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value));
    assert_hr(S_OK,
              IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &got));
    assert_true(value.Uint64 == got.Uint64);
    assert_hr(S_OK, IBackgroundCopyJob5_GetProperty(
                        job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, &got));
    assert_int_equal(500, got.Dword);
    value.Target = BG_AUTH_TARGET_PROXY;
    assert_hr(S_OK, IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS,
                                                    value));
    value.Target = BG_AUTH_TARGET_PROXY + 1;
    assert_hr(BG_E_INVALID_AUTH_TARGET, IBackgroundCopyJob5_SetProperty(
                                            job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value));
    assert_hr(S_OK, IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS,
                                                    &got));
    assert_int_equal(BG_AUTH_TARGET_PROXY, got.Target);
    value.Enable = TRUE;
    assert_hr(S_OK,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, value));
    kit_add_file(kit, job, "/file", L"file");
    assert_hr(BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, value));
    assert_hr(S_OK,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value));
    assert_hr(BG_E_UNKNOWN_PROPERTY_ID,
              IBackgroundCopyJob5_SetProperty(job5, (BITS_JOB_PROPERTY_ID)6, value));
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void custom_headers_cannot_smuggle(void **state)
{
    static const wchar_t *const bad[] = {
        L"no colon\r\n",
        L"Host: elsewhere\r\n",
        L"Content-Length: 5\r\n",
        L"X: a\r\n\r\nGET / HTTP/1.1\r\n",
        L"X\x01: a\r\n",
        L"X Y: a\r\n",
        L": a\r\n",
    };
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJobHttpOptions *http = kit_face(job, &IID_IBackgroundCopyJobHttpOptions);
    wchar_t *text = kit_text(16384), *got = (wchar_t *)&got;
    size_t i;

    assert_hr(S_FALSE, IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &got));
    assert_null(got);
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_hr(E_INVALIDARG, IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, bad[i]));
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, text));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"X-A: 1\nX-B: 2\r\n"));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &got));
    assert_int_equal(0, wcsncmp(L"X-A: 1", got, 6));
    CoTaskMemFree(got);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, NULL));
    assert_hr(S_FALSE, IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &got));
    free(text);
    IBackgroundCopyJobHttpOptions_Release(http);
    kit_cancel(job);
}

static void write_only_headers_are_never_handed_out_again(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJobHttpOptions3 *http = kit_face(job, &IID_IBackgroundCopyJobHttpOptions3);
    wchar_t *got = (wchar_t *)&got;

    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Token: secret\r\n"));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http));
    assert_hr(E_ACCESSDENIED, IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &got));
    assert_null(got);
    IBackgroundCopyJobHttpOptions3_Release(http);
    kit_cancel(job);
}

static void a_helper_token_is_whose_thread_set_it(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBitsTokenOptions *options = kit_face(job, &IID_IBitsTokenOptions);
    wchar_t *sid, *owner;
    DWORD flags = 9;

    assert_hr(S_OK, IBitsTokenOptions_GetHelperTokenFlags(options, &flags));
    assert_int_equal(0, flags);
    assert_hr(E_INVALIDARG, IBitsTokenOptions_SetHelperTokenFlags(options, 4));
    assert_hr(S_OK, IBitsTokenOptions_SetHelperTokenFlags(options, BG_TOKEN_NETWORK));
    assert_hr(S_OK, IBitsTokenOptions_GetHelperTokenFlags(options, &flags));
    assert_int_equal(BG_TOKEN_NETWORK, flags);
    assert_hr(E_INVALIDARG, IBitsTokenOptions_GetHelperTokenFlags(options, NULL));
    assert_hr(BG_E_TOKEN_REQUIRED, IBitsTokenOptions_GetHelperTokenSid(options, &sid));
    assert_hr(S_OK, IBitsTokenOptions_SetHelperToken(options));
    assert_hr(S_OK, IBitsTokenOptions_GetHelperTokenSid(options, &sid));
    assert_hr(S_OK, IBackgroundCopyJob_GetOwner(job, &owner));
    assert_int_equal(0, wcscmp(owner, sid));
    CoTaskMemFree(owner);
    CoTaskMemFree(sid);
    assert_true(ImpersonateSelf(SecurityIdentification));
    assert_hr(S_OK, IBitsTokenOptions_SetHelperToken(options));
    assert_true(RevertToSelf());
    assert_hr(E_INVALIDARG, IBitsTokenOptions_GetHelperTokenSid(options, NULL));
    assert_hr(S_OK, IBitsTokenOptions_ClearHelperToken(options));
    assert_hr(BG_E_TOKEN_REQUIRED, IBitsTokenOptions_GetHelperTokenSid(options, &sid));
    assert_null(sid);
    IBitsTokenOptions_Release(options);
    kit_cancel(job);
}

static void a_method_is_a_token(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJobHttpOptions2 *http = kit_face(job, &IID_IBackgroundCopyJobHttpOptions2);
    BG_JOB_PRIORITY priority;
    wchar_t *method;

    assert_hr(E_INVALIDARG, IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L""));
    assert_hr(E_INVALIDARG, IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L"GET /"));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L"GET"));
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
    assert_int_equal(BG_JOB_PRIORITY_NORMAL, priority);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L"POST"));
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
    assert_int_equal(BG_JOB_PRIORITY_FOREGROUND, priority);
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions2_GetHttpMethod(http, &method));
    assert_int_equal(0, wcscmp(L"POST", method));
    CoTaskMemFree(method);
    IBackgroundCopyJobHttpOptions2_Release(http);
    kit_cancel(job);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(a_command_line_needs_the_policy),
        kit_case(replies_belong_to_upload_jobs),
        kit_case(credentials_are_judged_by_target_and_scheme),
        kit_case(flags_that_do_not_exist_are_refused),
        kit_case(a_delivery_optimization_job_knows_two_properties),
        kit_case(a_bits_property_may_be_set_until_its_moment),
        kit_case(custom_headers_cannot_smuggle),
        kit_case(write_only_headers_are_never_handed_out_again),
        kit_case(a_helper_token_is_whose_thread_set_it),
        kit_case(a_method_is_a_token),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
