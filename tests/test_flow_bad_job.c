/* What clients may not do to jobs: each refusal has its documented code, and changes nothing. */
#include "testkit/kit.h"

#include <stdlib.h>

#define URL L"http://127.0.0.1/file"

static struct kit *kit_of(void **state)
{
    return *state;
}

static void *face_of(IBackgroundCopyJob *job, REFIID iid)
{
    void *face = NULL;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(job, iid, &face));
    IUnknown_Release((IUnknown *)face); /* the job's own reference keeps it */
    return face;
}

/* ---- the manager --------------------------------------------------------------------------------
 */

static void bad_jobs_are_not_made(void **state)
{
    IBackgroundCopyManager *manager = kit_of(state)->manager;
    wchar_t *name = kit_text(257);
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)manager;
    ULONG count;
    GUID id;

    assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, NULL, 0, &id, &job));
    assert_null(job);
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, name, 0, &id, &job));
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, L"n", 0, NULL, &job));
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, L"n", 0, &id, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_CreateJob(manager, L"n", 7, &id, &job));
    assert_hr(E_NOTIMPL,
              IBackgroundCopyManager_CreateJob(manager, L"n", BG_JOB_TYPE_UPLOAD, &id, &job));
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(manager, 0, &jobs));
    assert_hr(S_OK, IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    assert_int_equal(0, count);
    IEnumBackgroundCopyJobs_Release(jobs);
    free(name);
}

static void the_longest_name_is_allowed(void **state)
{
    IBackgroundCopyManager *manager = kit_of(state)->manager;
    wchar_t *name = kit_text(256);
    IBackgroundCopyJob *job;
    LPWSTR found;
    GUID id;

    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, name, 0, &id, &job));
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &found));
    assert_int_equal(0, wcscmp(name, found));
    CoTaskMemFree(found);
    IBackgroundCopyJob_Release(job);
    free(name);
}

static void unknown_jobs_are_not_found(void **state)
{
    IBackgroundCopyManager *manager = kit_of(state)->manager;
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)manager;

    assert_hr(DO_E_JOB_NOT_FOUND, IBackgroundCopyManager_GetJob(manager, &IID_IUnknown, &job));
    assert_null(job);
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_GetJob(manager, &IID_IUnknown, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyManager_EnumJobs(manager, 0, NULL));
}

static void jobs_of_one_class_are_not_found_by_another(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"do"), *found;
    IBackgroundCopyManager *bits;
    GUID id;

    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    assert_hr(S_OK, kit_manager(&CLSID_DosvcBitsManager, &bits));
    assert_hr(BG_E_NOT_FOUND, IBackgroundCopyManager_GetJob(bits, &id, &found));
    IBackgroundCopyManager_Release(bits);
    IBackgroundCopyJob_Release(job);
}

static void descriptions_want_a_language(void **state)
{
    IBackgroundCopyManager *manager = kit_of(state)->manager;
    LPWSTR text;

    assert_hr(E_INVALIDARG, IBackgroundCopyManager_GetErrorDescription(manager, E_FAIL, 0, &text));
    assert_hr(E_INVALIDARG,
              IBackgroundCopyManager_GetErrorDescription(manager, E_FAIL, 0x409, NULL));
    assert_hr(HRESULT_FROM_WIN32(1815),
              IBackgroundCopyManager_GetErrorDescription(manager, E_FAIL, 0x411, &text));
    assert_hr(S_OK,
              IBackgroundCopyManager_GetErrorDescription(manager, DO_E_JOB_EMPTY, 0x409, &text));
    assert_true(wcslen(text) > 10);
    CoTaskMemFree(text);
}

/* ---- properties ---------------------------------------------------------------------------------
 */

static void bad_values_are_refused(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"before");
    wchar_t *text = kit_text(1025);
    BG_JOB_PRIORITY priority;
    ULONG number;
    LPWSTR found;

    assert_hr(E_INVALIDARG, IBackgroundCopyJob_SetDisplayName(job, NULL));
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob_SetDisplayName(job, text));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_SetDescription(job, NULL));
    assert_hr(BG_E_STRING_TOO_LONG, IBackgroundCopyJob_SetDescription(job, text));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)4));
    assert_hr(E_NOTIMPL, IBackgroundCopyJob_SetNotifyFlags(job, 0x100));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY,
                                                                L"proxy:80", NULL));
    assert_hr(E_NOTIMPL,
              IBackgroundCopyJob_SetProxySettings(job, (BG_JOB_PROXY_USAGE)9, NULL, NULL));

    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &found));
    assert_int_equal(0, wcscmp(L"before", found));
    CoTaskMemFree(found);
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
    assert_int_equal(BG_JOB_PRIORITY_NORMAL, priority);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyFlags(job, &number));
    assert_int_equal(BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR, number);
    IBackgroundCopyJob_Release(job);
    free(text);
}

static void small_retry_delays_become_five_seconds(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"delay");
    ULONG seconds;

    assert_hr(S_OK, IBackgroundCopyJob_SetMinimumRetryDelay(job, 1));
    assert_hr(S_OK, IBackgroundCopyJob_GetMinimumRetryDelay(job, &seconds));
    assert_int_equal(5, seconds);
    IBackgroundCopyJob_Release(job);
}

static void an_object_that_is_no_callback_is_refused(void **state)
{
    struct kit *kit = kit_of(state);
    IBackgroundCopyJob *job = kit_job(kit, L"callback");
    IUnknown *found = (IUnknown *)job;

    assert_hr(E_NOINTERFACE, IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)kit->manager));
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(job, &found));
    assert_null(found);
    IBackgroundCopyJob_Release(job);
}

static void bad_credentials_are_refused(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"credentials");
    IBackgroundCopyJob2 *job2 = face_of(job, &IID_IBackgroundCopyJob2);
    wchar_t user[] = L"user";
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{user, user}}};

    assert_hr(E_INVALIDARG, IBackgroundCopyJob2_SetCredentials(job2, NULL));
    credentials.Target = (BG_AUTH_TARGET)9;
    assert_hr(BG_E_INVALID_AUTH_TARGET, IBackgroundCopyJob2_SetCredentials(job2, &credentials));
    credentials.Target = BG_AUTH_TARGET_SERVER;
    credentials.Scheme = (BG_AUTH_SCHEME)9;
    assert_hr(BG_E_INVALID_AUTH_SCHEME, IBackgroundCopyJob2_SetCredentials(job2, &credentials));
    credentials.Scheme = BG_AUTH_SCHEME_BASIC;
    IBackgroundCopyJob_Release(job);
}

/* ---- states -------------------------------------------------------------------------------------
 */

static void an_empty_job_is_not_resumed(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"empty");

    assert_hr(DO_E_JOB_EMPTY, IBackgroundCopyJob_Resume(job));
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    IBackgroundCopyJob_Release(job);
}

static void without_an_error_there_is_none_to_get(void **state)
{
    IBackgroundCopyJob *job = kit_job(kit_of(state), L"fine");
    IBackgroundCopyError *error = (IBackgroundCopyError *)job;

    assert_hr(DO_E_ERROR_INFORMATION_UNAVAILABLE, IBackgroundCopyJob_GetError(job, &error));
    assert_null(error);
    IBackgroundCopyJob_Release(job);
}

static void a_cancelled_job_takes_nothing_more(void **state)
{
    struct kit *kit = kit_of(state);
    IBackgroundCopyJob *job = kit_job(kit, L"over"), *found;
    wchar_t target[MAX_PATH];
    LPWSTR name;
    GUID id;

    kit_path(kit, L"target", target);
    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_Cancel(job));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_Resume(job));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_Suspend(job));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_Complete(job));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_AddFile(job, URL, target));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetDisplayName(job, L"x"));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetDescription(job, L"x"));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetNotifyFlags(job, 0));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetNotifyInterface(job, NULL));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetMinimumRetryDelay(job, 60));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_SetNoProgressTimeout(job, 60));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyJob_TakeOwnership(job));
    assert_state(BG_JOB_STATE_CANCELLED, job);
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(job, &name));
    assert_int_equal(0, wcscmp(L"over", name));
    CoTaskMemFree(name);
    assert_hr(DO_E_JOB_NOT_FOUND, IBackgroundCopyManager_GetJob(kit->manager, &id, &found));
    IBackgroundCopyJob_Release(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_jobs_are_not_made),
        TEST(the_longest_name_is_allowed),
        TEST(unknown_jobs_are_not_found),
        TEST(jobs_of_one_class_are_not_found_by_another),
        TEST(descriptions_want_a_language),
        TEST(bad_values_are_refused),
        TEST(small_retry_delays_become_five_seconds),
        TEST(an_object_that_is_no_callback_is_refused),
        TEST(bad_credentials_are_refused),
        TEST(an_empty_job_is_not_resumed),
        TEST(without_an_error_there_is_none_to_get),
        TEST(a_cancelled_job_takes_nothing_more),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
