/* IBackgroundCopyError of a file that the server does not have, in both dialects. */
#include "testkit/kit.h"

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

static const struct error_case
{
    const CLSID *clsid;
    BG_ERROR_CONTEXT context;
} cases[] = {
    {&CLSID_DosvcManager, BG_ERROR_CONTEXT_NONE},
    {&CLSID_DosvcBitsManager, BG_ERROR_CONTEXT_REMOTE_FILE},
};

/* A job whose one file is answered with 404. */
static IBackgroundCopyJob *failed_job(struct kit *kit, REFCLSID clsid)
{
    IBackgroundCopyJob *job = kit_job_of_class(clsid, L"job");

    kit_add_file(kit, job, "/missing?secret=1", L"file");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    return job;
}

static void an_error_tells_code_context_file_and_words(void **state)
{
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    BG_ERROR_CONTEXT context;
    IBackgroundCopyJob *job;
    wchar_t *text;
    HRESULT code;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(cases); i++)
    {
        job = failed_job(*state, cases[i].clsid);
        assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error));
        assert_hr(S_OK, IBackgroundCopyError_GetError(error, &context, &code));
        assert_hr((HRESULT)0x80190194, code);
        assert_int_equal(cases[i].context, context);
        assert_hr(S_OK, IBackgroundCopyError_GetFile(error, &file));
        assert_hr(S_OK, IBackgroundCopyFile_GetRemoteName(file, &text));
        assert_non_null(wcsstr(text, L"/missing"));
        CoTaskMemFree(text);
        IBackgroundCopyFile_Release(file);
        assert_hr(S_OK, IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text));
        assert_non_null(wcsstr(text, L"/missing"));
        assert_null(wcsstr(text, L"secret"));
        CoTaskMemFree(text);
        assert_hr(S_OK, IBackgroundCopyError_GetErrorContextDescription(error, ENGLISH, &text));
        assert_true(wcslen(text) > 5);
        CoTaskMemFree(text);
        assert_hr(S_OK, IBackgroundCopyError_GetProtocol(error, &text));
        assert_int_equal(0, wcscmp(L"http", text));
        CoTaskMemFree(text);
        IBackgroundCopyError_Release(error);
        kit_cancel(job);
    }
}

static void an_error_does_not_change_when_the_job_does(void **state)
{
    IBackgroundCopyJob *job = failed_job(*state, &CLSID_DosvcManager);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;

    assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error));
    kit_cancel(job);
    assert_hr(S_OK, IBackgroundCopyError_GetError(error, &context, &code));
    assert_hr((HRESULT)0x80190194, code);
    IBackgroundCopyError_Release(error);
}

static void bad_arguments_are_refused(void **state)
{
    IBackgroundCopyJob *job = failed_job(*state, &CLSID_DosvcManager);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    wchar_t *text = L"";
    HRESULT code;

    assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error));
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetError(error, NULL, &code));
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetError(error, &context, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetFile(error, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetErrorDescription(error, 0, &text));
    assert_null(text);
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetErrorDescription(error, ENGLISH, NULL));
    assert_hr((HRESULT)0x80070717, IBackgroundCopyError_GetErrorContextDescription(
                                       error, MAKELANGID(LANG_KOREAN, SUBLANG_KOREAN), &text));
    assert_hr(E_INVALIDARG, IBackgroundCopyError_GetProtocol(error, NULL));
    IBackgroundCopyError_Release(error);
    kit_cancel(job);
}

static void extended_error_info_is_json(void **state)
{
    IBackgroundCopyJob *job = failed_job(*state, &CLSID_DosvcManager);
    IDeliveryOptimizationJob2 *delivery;
    VARIANT value;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2,
                                                      (void **)&delivery));
    assert_hr(S_OK, IDeliveryOptimizationJob2_GetProperty(
                        delivery, DOJobPropertyId_ExtendedErrorInfo, &value));
    assert_int_equal(VT_BSTR, V_VT(&value));
    assert_non_null(wcsstr(V_BSTR(&value), L"{\"HResult\":\"0x80190194\",\"HttpStatus\":404,"));
    assert_non_null(wcsstr(V_BSTR(&value), L"/missing"));
    assert_null(wcsstr(V_BSTR(&value), L"secret"));
    VariantClear(&value);
    assert_hr(DO_E_READ_ONLY_PROPERTY, IDeliveryOptimizationJob2_SetProperty(
                                           delivery, DOJobPropertyId_ExtendedErrorInfo, &value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IDeliveryOptimizationJob2_GetProperty(delivery, (DOJobPropertyId)1, &value));
    IDeliveryOptimizationJob2_Release(delivery);
    kit_cancel(job);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(an_error_tells_code_context_file_and_words),
        kit_case(an_error_does_not_change_when_the_job_does),
        kit_case(bad_arguments_are_refused),
        kit_case(extended_error_info_is_json),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
