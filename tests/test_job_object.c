/* IBackgroundCopyJob: arguments, defaults and properties. What moves bytes is in test_flow_*. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

static void a_null_out_pointer_is_an_invalid_argument(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BG_JOB_PROXY_USAGE usage;
    LPWSTR text;

    assert_hr(E_INVALIDARG, IBackgroundCopyJob_EnumFiles(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetId(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetType(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetProgress(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetTimes(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetState(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetError(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetOwner(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetDisplayName(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetDescription(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetPriority(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetNotifyFlags(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetNotifyInterface(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetMinimumRetryDelay(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetNoProgressTimeout(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetErrorCount(job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetProxySettings(job, NULL, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetProxySettings(job, NULL, &text, &text));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_GetProxySettings(job, &usage, NULL, &text));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetNotifyCmdLine(job5, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetReplyProgress(job5, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetFileACLFlags(job5, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetPeerCachingFlags(job5, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetOwnerIntegrityLevel(job5, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetOwnerElevationState(job5, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_GetMaximumDownloadTime(job5, NULL));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, NULL));
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void a_new_job_has_the_defaults_of_its_dialect(void **state)
{
    static const struct
    {
        const CLSID *clsid;
        ULONG no_progress;
    } classes[] = {{&CLSID_DosvcManager, 86400}, {&CLSID_DosvcBitsManager, 14 * 86400}};
    BG_JOB_PRIORITY priority;
    BG_JOB_PROGRESS progress;
    BG_JOB_PROXY_USAGE usage;
    BG_JOB_TYPE type;
    IBackgroundCopyJob *job;
    IUnknown *callback;
    wchar_t *list, *bypass;
    ULONG value;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(classes); i++)
    {
        job = kit_job_of_class(classes[i].clsid, L"job");
        assert_hr(S_OK, IBackgroundCopyJob_GetType(job, &type));
        assert_int_equal(BG_JOB_TYPE_DOWNLOAD, type);
        assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
        assert_int_equal(BG_JOB_PRIORITY_NORMAL, priority);
        assert_hr(S_OK, IBackgroundCopyJob_GetNotifyFlags(job, &value));
        assert_int_equal(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR, value);
        callback = (IUnknown *)&callback;
        assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(job, &callback));
        assert_null(callback);
        assert_hr(S_OK, IBackgroundCopyJob_GetMinimumRetryDelay(job, &value));
        assert_int_equal(600, value);
        assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &value));
        assert_int_equal(classes[i].no_progress, value);
        assert_hr(S_OK, IBackgroundCopyJob_GetErrorCount(job, &value));
        assert_int_equal(0, value);
        assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
        assert_true(!progress.BytesTotal && !progress.BytesTransferred && !progress.FilesTotal &&
                    !progress.FilesTransferred);
        assert_hr(S_OK, IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass));
        assert_int_equal(BG_JOB_PROXY_USAGE_PRECONFIG, usage);
        assert_null(list);
        assert_null(bypass);
        kit_cancel(job);
    }
}

static void names_and_descriptions_have_their_limits(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"first");
    wchar_t *name = kit_text(257), *description = kit_text(1025), *got;

    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob_SetDisplayName(job, name));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_SetDisplayName(job, NULL));
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &got));
    assert_int_equal(0, wcscmp(L"first", got));
    CoTaskMemFree(got);
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob_SetDescription(job, description));
    assert_hr(S_OK, IBackgroundCopyJob_GetDescription(job, &got));
    assert_int_equal(0, wcscmp(L"", got));
    CoTaskMemFree(got);
    name[256] = 0;
    assert_hr(S_OK, IBackgroundCopyJob_SetDisplayName(job, name));
    description[1024] = 0;
    assert_hr(S_OK, IBackgroundCopyJob_SetDescription(job, description));
    assert_hr(S_OK, IBackgroundCopyJob_GetDescription(job, &got));
    assert_int_equal(0, wcscmp(description, got));
    CoTaskMemFree(got);
    free(description);
    free(name);
    kit_cancel(job);
}

static void numbers_out_of_range_are_refused_or_raised(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    BG_JOB_PRIORITY priority;
    ULONG value, flags;

    assert_hr(E_NOTIMPL, IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)4));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)-1));
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
    assert_int_equal(BG_JOB_PRIORITY_FOREGROUND, priority);
    assert_hr(E_NOTIMPL, IBackgroundCopyJob_SetNotifyFlags(job, 0x40));
    for (flags = 0; flags <= 0x3f; flags++)
    {
        assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, flags));
        assert_hr(S_OK, IBackgroundCopyJob_GetNotifyFlags(job, &value));
        assert_int_equal(flags, value);
    }
    assert_hr(S_OK, IBackgroundCopyJob_SetMinimumRetryDelay(job, 1));
    assert_hr(S_OK, IBackgroundCopyJob_GetMinimumRetryDelay(job, &value));
    assert_int_equal(5, value);
    assert_hr(S_OK, IBackgroundCopyJob_SetNoProgressTimeout(job, 120));
    assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &value));
    assert_int_equal(120, value);
    kit_cancel(job);
}

static void proxy_lists_belong_to_override_only(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    wchar_t *text = kit_text(4001), *list, *bypass;
    BG_JOB_PROXY_USAGE usage;

    assert_hr(E_NOTIMPL,
              IBackgroundCopyJob_SetProxySettings(job, (BG_JOB_PROXY_USAGE)4, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY,
                                                                L"proxy", NULL));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, L"*"));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL));
    assert_hr(BG_E_PROXY_LIST_TOO_LARGE,
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, text, NULL));
    assert_hr(BG_E_PROXY_BYPASS_LIST_TOO_LARGE,
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"p", text));
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        L"proxy:8080", L"*.local"));
    assert_hr(S_OK, IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass));
    assert_int_equal(BG_JOB_PROXY_USAGE_OVERRIDE, usage);
    assert_int_equal(0, wcscmp(L"proxy:8080", list));
    assert_int_equal(0, wcscmp(L"*.local", bypass));
    CoTaskMemFree(list);
    CoTaskMemFree(bypass);
    assert_hr(S_OK,
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL));
    assert_hr(S_OK, IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass));
    assert_null(list);
    assert_null(bypass);
    free(text);
    kit_cancel(job);
}

static void a_bad_file_is_refused_and_none_is_added(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"job");
    wchar_t path[MAX_PATH];
    BG_FILE_INFO set[2] = {{(LPWSTR)L"http://localhost/a", path},
                           {(LPWSTR)L"http://localhost/b", NULL}};
    BG_JOB_PROGRESS progress;

    kit_path(kit, L"a", path);
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, NULL, path));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, L"http://localhost/a", NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, L"http://localhost/a", L""));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFile(job, L"http://localhost/a", L"relative"));
    assert_true(FAILED(IBackgroundCopyJob_AddFile(job, L"gopher://localhost/a", path)));
    assert_true(FAILED(IBackgroundCopyJob_AddFile(job, L"", path)));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFileSet(job, 2, set));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFileSet(job, 1, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_AddFileSet(job, 0, set));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(0, progress.FilesTotal);
    kit_cancel(job);
}

static void a_file_of_unknown_size_makes_the_total_unknown(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    BG_JOB_PROGRESS progress;

    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_true(progress.BytesTotal == BG_SIZE_UNKNOWN);
    assert_int_equal(1, progress.FilesTotal);
    kit_cancel(job);
}

static void an_empty_job_does_not_resume(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job"), *bits;

    assert_hr(DO_E_JOB_EMPTY, IBackgroundCopyJob_Resume(job));
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    bits = kit_job_of_class(&CLSID_DosvcBitsManager, L"job");
    assert_hr(BG_E_EMPTY, IBackgroundCopyJob_Resume(bits));
    assert_state(BG_JOB_STATE_SUSPENDED, bits);
    kit_cancel(bits);
    kit_cancel(job);
}

static void a_job_without_error_has_no_error_information(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job"), *bits;
    IBackgroundCopyError *error = (IBackgroundCopyError *)&error;

    assert_hr(DO_E_ERROR_INFORMATION_UNAVAILABLE, IBackgroundCopyJob_GetError(job, &error));
    assert_null(error);
    bits = kit_job_of_class(&CLSID_DosvcBitsManager, L"job");
    assert_hr(BG_E_ERROR_INFORMATION_UNAVAILABLE, IBackgroundCopyJob_GetError(bits, &error));
    kit_cancel(bits);
    kit_cancel(job);
}

static void setters_of_a_final_job_are_refused(void **state)
{
    static const struct
    {
        const CLSID *clsid;
        HRESULT invalid;
    } classes[] = {{&CLSID_DosvcManager, DO_E_INVALID_STATE},
                   {&CLSID_DosvcBitsManager, BG_E_INVALID_STATE}};
    struct kit *kit = *state;
    BITS_JOB_PROPERTY_VALUE value = {0};
    wchar_t path[MAX_PATH], *name;
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5;
    HRESULT invalid;
    size_t i;

    kit_path(kit, L"a", path);
    for (i = 0; i < ARRAY_SIZE(classes); i++)
    {
        invalid = classes[i].invalid;
        job = kit_job_of_class(classes[i].clsid, L"job");
        job5 = kit_face(job, &IID_IBackgroundCopyJob5);
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
        assert_state(BG_JOB_STATE_CANCELLED, job);
        assert_hr(invalid, IBackgroundCopyJob_Cancel(job));
        assert_hr(invalid, IBackgroundCopyJob_Complete(job));
        assert_hr(invalid, IBackgroundCopyJob_Resume(job));
        assert_hr(invalid, IBackgroundCopyJob_Suspend(job));
        assert_hr(invalid, IBackgroundCopyJob_AddFile(job, L"http://localhost/a", path));
        assert_hr(invalid, IBackgroundCopyJob_SetDisplayName(job, L"name"));
        assert_hr(invalid, IBackgroundCopyJob_SetDescription(job, L"text"));
        assert_hr(invalid, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW));
        assert_hr(invalid, IBackgroundCopyJob_SetNotifyFlags(job, 0));
        assert_hr(invalid, IBackgroundCopyJob_SetNotifyInterface(job, NULL));
        assert_hr(invalid, IBackgroundCopyJob_SetMinimumRetryDelay(job, 60));
        assert_hr(invalid, IBackgroundCopyJob_SetNoProgressTimeout(job, 60));
        assert_hr(invalid, IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY,
                                                               NULL, NULL));
        assert_hr(invalid, IBackgroundCopyJob_TakeOwnership(job));
        assert_hr(invalid, IBackgroundCopyJob5_SetNotifyCmdLine(job5, NULL, NULL));
        assert_hr(invalid, IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"a", L"b"));
        assert_hr(invalid, IBackgroundCopyJob5_SetFileACLFlags(job5, 0));
        assert_hr(invalid, IBackgroundCopyJob5_SetPeerCachingFlags(job5, 0));
        assert_hr(invalid, IBackgroundCopyJob5_SetMaximumDownloadTime(job5, 0));
        assert_hr(invalid,
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
        assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &name));
        assert_int_equal(0, wcscmp(L"job", name));
        CoTaskMemFree(name);
        IBackgroundCopyJob5_Release(job5);
        IBackgroundCopyJob_Release(job);
    }
}

static void the_owner_is_the_user_of_this_process(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    ULONG level = 0;
    BOOL elevated = 99;
    wchar_t *owner;

    assert_hr(S_OK, IBackgroundCopyJob_GetOwner(job, &owner));
    assert_int_equal(0, wcsncmp(owner, L"S-1-", 4));
    CoTaskMemFree(owner);
    assert_hr(S_OK, IBackgroundCopyJob_TakeOwnership(job));
    assert_hr(S_OK, IBackgroundCopyJob5_GetOwnerIntegrityLevel(job5, &level));
    assert_true(level >= SECURITY_MANDATORY_LOW_RID);
    assert_hr(S_OK, IBackgroundCopyJob5_GetOwnerElevationState(job5, &elevated));
    assert_true(elevated == TRUE || elevated == FALSE);
    IBackgroundCopyJob5_Release(job5);
    kit_cancel(job);
}

static void a_callback_is_kept_until_it_is_replaced(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"job");
    struct recorder *recorder = recorder_create();
    IUnknown *callback;

    assert_hr(E_NOINTERFACE, IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)kit->manager));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder)));
    assert_hr(E_NOINTERFACE, IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)kit->manager));
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(job, &callback));
    assert_ptr_equal(recorder_unknown(recorder), callback);
    IUnknown_Release(callback);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(job, NULL));
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(job, &callback));
    assert_null(callback);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder)));
    kit_cancel(job); /* lets go of it on this thread */
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(a_null_out_pointer_is_an_invalid_argument),
        kit_case(a_new_job_has_the_defaults_of_its_dialect),
        kit_case(names_and_descriptions_have_their_limits),
        kit_case(numbers_out_of_range_are_refused_or_raised),
        kit_case(proxy_lists_belong_to_override_only),
        kit_case(a_bad_file_is_refused_and_none_is_added),
        kit_case(a_file_of_unknown_size_makes_the_total_unknown),
        kit_case(an_empty_job_does_not_resume),
        kit_case(a_job_without_error_has_no_error_information),
        kit_case(setters_of_a_final_job_are_refused),
        kit_case(the_owner_is_the_user_of_this_process),
        kit_case(a_callback_is_kept_until_it_is_replaced),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
