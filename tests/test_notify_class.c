/* A notification class in another process: what it is handed there. The other process is this
 * program with an argument. */
#include "testkit/kit.h"

#include <string.h>

#define READY L"Local\\dosvc-test-notify-class" /* and the parent's process id */

static const GUID class_id = {0x5a1ce0de, 0x3f1c, 0x4a6e, {1, 2, 3, 4, 5, 6, 7, 9}};

static HANDLE ready_event(void)
{
    wchar_t name[64], parent[16];

    if (!GetEnvironmentVariableW(L"TESTKIT_READY", parent, ARRAY_SIZE(parent)))
    {
        swprintf(parent, ARRAY_SIZE(parent), L"%lu", GetCurrentProcessId());
        kit_environment(L"TESTKIT_READY", parent);
    }
    swprintf(name, ARRAY_SIZE(name), READY L"-%ls", parent);
    return CreateEventW(NULL, TRUE, FALSE, name);
}

/* ---- the class's object: what is wrong with what it is told, and in its exit code ---- */

enum finding
{
    FOUND_NOTHING_WRONG,
    FOUND_NO_CALL,
    FOUND_OTHERS_JOB,
    FOUND_OTHERS_ERROR,
    FOUND_CODE,
    FOUND_TEXT,
    FOUND_FILE,
    FOUND_OTHER_CALL
};

static struct
{
    HANDLE called;
    enum finding finding;
} told;

/* An object of the DLL that this process loaded, no proxy. */
static bool is_ours(void *object)
{
    HMODULE module;

    return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                  GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                              *(wchar_t **)object, &module) &&
           module == GetModuleHandleW(L"dosvc.dll");
}

static bool text_names_the_url(IBackgroundCopyError *error)
{
    wchar_t *text = NULL;
    bool names;

    if (FAILED(IBackgroundCopyError_GetErrorDescription(error, 0x409, &text)))
        return false;
    names = wcsstr(text, L"/missing") != NULL;
    CoTaskMemFree(text);
    return names;
}

static bool file_is_the_jobs(IBackgroundCopyError *error)
{
    IBackgroundCopyFile *file;
    wchar_t *name = NULL;
    bool is;

    if (FAILED(IBackgroundCopyError_GetFile(error, &file)))
        return false;
    is = SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &name)) && wcsstr(name, L"/missing");
    CoTaskMemFree(name);
    IBackgroundCopyFile_Release(file);
    return is;
}

static enum finding look(IBackgroundCopyJob *job, IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context;
    BG_JOB_STATE state;
    HRESULT code;

    if (!is_ours(job) || FAILED(IBackgroundCopyJob_GetState(job, &state)))
        return FOUND_OTHERS_JOB;
    if (!is_ours(error))
        return FOUND_OTHERS_ERROR;
    if (FAILED(IBackgroundCopyError_GetError(error, &context, &code)) ||
        code != (HRESULT)0x80190194 || context != BG_ERROR_CONTEXT_REMOTE_FILE)
        return FOUND_CODE;
    if (!text_names_the_url(error))
        return FOUND_TEXT;
    return file_is_the_jobs(error) ? FOUND_NOTHING_WRONG : FOUND_FILE;
}

static HRESULT answer(enum finding finding)
{
    told.finding = finding;
    SetEvent(told.called);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE object_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid,
                                                       void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE object_AddRef(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE object_Release(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE object_JobTransferred(IBackgroundCopyCallback *iface,
                                                       IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    return answer(FOUND_OTHER_CALL);
}

static HRESULT STDMETHODCALLTYPE object_JobError(IBackgroundCopyCallback *iface,
                                                 IBackgroundCopyJob *job,
                                                 IBackgroundCopyError *error)
{
    (void)iface;
    return answer(look(job, error));
}

static HRESULT STDMETHODCALLTYPE object_JobModification(IBackgroundCopyCallback *iface,
                                                        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return answer(FOUND_OTHER_CALL);
}

static const IBackgroundCopyCallbackVtbl object_vtbl = {
    object_QueryInterface, object_AddRef,   object_Release,
    object_JobTransferred, object_JobError, object_JobModification};
static IBackgroundCopyCallback object = {&object_vtbl};

static int class_main(void)
{
    HANDLE ready = ready_event();
    DWORD cookie;

    told.called = CreateEventW(NULL, TRUE, FALSE, NULL);
    told.finding = FOUND_NO_CALL;
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(kit_class_register(&class_id, (IUnknown *)&object, &cookie)))
        return 99;
    SetEvent(ready);
    WaitForSingleObject(told.called, KIT_LIMIT);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return (int)told.finding;
}

/* ---- the test ---- */

static void set_class(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.ClsID = class_id};

    assert_hr(S_OK,
              IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value));
    IBackgroundCopyJob5_Release(job5);
}

static void a_class_elsewhere_gets_the_error_as_an_object_of_its_own(void **state)
{
    struct kit *kit = *state;
    HANDLE ready = ready_event();
    IBackgroundCopyJob *job;
    struct kit_child child;

    HTTPD_SCRIPT(kit->httpd, "/missing", {.status = 404});
    job = kit_job_of_class(&CLSID_DosvcBitsManager, L"job");
    kit_add_file(kit, job, "/missing", L"target");
    set_class(job);
    kit_child(&child, kit, L"class");
    assert_true(kit_wait_event(ready, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_int_equal(FOUND_NOTHING_WRONG, kit_child_wait(&child, 2 * KIT_LIMIT));
    CloseHandle(ready);
    kit_cancel(job);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_class_elsewhere_gets_the_error_as_an_object_of_its_own,
                                        kit_setup, kit_teardown),
    };

    if (argc > 1 && !strcmp(argv[1], "class"))
        return class_main();
    kit_process(NULL);
    if (!kit_wait_rpc_service())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
