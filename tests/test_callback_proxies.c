/*
 * The generated proxies of the interfaces that clients implement: a call from
 * another apartment arrives on the object's own thread with every argument.
 *
 * The main thread is a single-threaded apartment with the object in it; a second
 * thread calls through the proxy while the first lets calls through.
 */
#include "unit.h"

#include "com/stubs.h"
#include "dosvc.h"

#include <string.h>

struct call
{
    const char *method;
    DWORD thread;
    DWORD number; /* the DWORD argument, or a count */
    BG_FILE_RANGE ranges[2];
    BYTE bytes[2][3];
    DO_DOWNLOAD_STATUS status;
};

static struct call last;

/* Answers each of the five interfaces; lives as long as the test. */
struct target
{
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    IBackgroundCopyServerCertificateValidationCallback certificate_iface;
    LONG references;
};

static struct target target;

static void record(const char *method)
{
    memset(&last, 0, sizeof(last));
    last.method = method;
    last.thread = GetCurrentThreadId();
}

static HRESULT STDMETHODCALLTYPE target_QueryInterface(IUnknown *iface, REFIID iid, void **object)
{
    (void)iface;
    *object = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback) ||
        IsEqualIID(iid, &IID_IBackgroundCopyCallback2) ||
        IsEqualIID(iid, &IID_IBackgroundCopyCallback3))
        *object = &target.IBackgroundCopyCallback3_iface;
    else if (IsEqualIID(iid, &IID_IDODownloadStatusCallback))
        *object = &target.IDODownloadStatusCallback_iface;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyServerCertificateValidationCallback))
        *object = &target.certificate_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&target.references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE target_AddRef(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&target.references);
}

static ULONG STDMETHODCALLTYPE target_Release(IUnknown *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&target.references);
}

static HRESULT STDMETHODCALLTYPE target_JobTransferred(IBackgroundCopyCallback3 *iface,
                                                       IBackgroundCopyJob *job)
{
    (void)iface;
    record(job ? "job that was not sent" : "JobTransferred");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE target_JobError(IBackgroundCopyCallback3 *iface,
                                                 IBackgroundCopyJob *job,
                                                 IBackgroundCopyError *error)
{
    (void)iface;
    record(job || error ? "pointer that was not sent" : "JobError");
    return DO_E_INVALID_STATE;
}

static HRESULT STDMETHODCALLTYPE target_JobModification(IBackgroundCopyCallback3 *iface,
                                                        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    record(job ? "job that was not sent" : "JobModification");
    last.number = reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE target_FileTransferred(IBackgroundCopyCallback3 *iface,
                                                        IBackgroundCopyJob *job,
                                                        IBackgroundCopyFile *file)
{
    (void)iface;
    record(job || file ? "pointer that was not sent" : "FileTransferred");
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE target_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
                                                              IBackgroundCopyJob *job,
                                                              IBackgroundCopyFile *file,
                                                              DWORD count,
                                                              const BG_FILE_RANGE ranges[])
{
    (void)iface;
    record(job || file ? "pointer that was not sent" : "FileRangesTransferred");
    last.number = count;
    if (count == ARRAY_SIZE(last.ranges))
        memcpy(last.ranges, ranges, sizeof(last.ranges));
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE target_OnStatusChange(IDODownloadStatusCallback *iface,
                                                       IDODownload *download,
                                                       const DO_DOWNLOAD_STATUS *status)
{
    (void)iface;
    record(download ? "download that was not sent" : "OnStatusChange");
    last.status = *status;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE target_ValidateServerCertificate(
    IBackgroundCopyServerCertificateValidationCallback *iface, IBackgroundCopyJob *job,
    IBackgroundCopyFile *file, DWORD certificate_length, const BYTE certificate[], DWORD encoding,
    DWORD store_length, const BYTE store[])
{
    (void)iface;
    record(job || file ? "pointer that was not sent" : "ValidateServerCertificate");
    last.number = encoding;
    if (certificate_length <= sizeof(last.bytes[0]))
        memcpy(last.bytes[0], certificate, certificate_length);
    if (store_length <= sizeof(last.bytes[1]))
        memcpy(last.bytes[1], store, store_length);
    return E_ACCESSDENIED;
}

static const IBackgroundCopyCallback3Vtbl callback_vtbl = {
    (void *)target_QueryInterface,
    (void *)target_AddRef,
    (void *)target_Release,
    target_JobTransferred,
    target_JobError,
    target_JobModification,
    target_FileTransferred,
    target_FileRangesTransferred,
};

static const IDODownloadStatusCallbackVtbl status_vtbl = {
    (void *)target_QueryInterface,
    (void *)target_AddRef,
    (void *)target_Release,
    target_OnStatusChange,
};

static const IBackgroundCopyServerCertificateValidationCallbackVtbl certificate_vtbl = {
    (void *)target_QueryInterface,
    (void *)target_AddRef,
    (void *)target_Release,
    target_ValidateServerCertificate,
};

static struct target target = {{&callback_vtbl}, {&status_vtbl}, {&certificate_vtbl}, 1};

/* Makes our stubs the ones for all five, whatever the registry says; in the caller's apartment. */
static DWORD register_stubs(void)
{
    static const IID *const iids[] = {
        &IID_IBackgroundCopyCallback,
        &IID_IBackgroundCopyCallback2,
        &IID_IBackgroundCopyCallback3,
        &IID_IDODownloadStatusCallback,
        &IID_IBackgroundCopyServerCertificateValidationCallback,
    };
    IUnknown *class_object;
    DWORD cookie = 0;

    if (FAILED(stubs_get_class_object(&CLSID_DosvcStubs, &IID_IUnknown, (void **)&class_object)))
        return 0;
    CoRegisterClassObject(&CLSID_DosvcStubs, class_object, CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE,
                          &cookie);
    IUnknown_Release(class_object);
    for (size_t i = 0; i < ARRAY_SIZE(iids); i++)
        CoRegisterPSClsid(iids[i], &CLSID_DosvcStubs);
    return cookie;
}

/* One call on the second thread. */
struct visit
{
    const IID *iid;
    HRESULT (*call)(void *proxy);
    IStream *stream;
    HRESULT result;
    bool is_proxy;
};

static void visit_run(void *context)
{
    struct visit *visit = context;
    void *proxy = NULL;
    DWORD stubs;

    visit->result = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(visit->result))
        return;
    stubs = register_stubs();
    visit->result = CoGetInterfaceAndReleaseStream(visit->stream, visit->iid, &proxy);
    if (SUCCEEDED(visit->result))
    {
        visit->is_proxy = proxy != &target.IBackgroundCopyCallback3_iface &&
                          proxy != &target.IDODownloadStatusCallback_iface &&
                          proxy != &target.certificate_iface;
        visit->result = visit->call(proxy);
        IUnknown_Release((IUnknown *)proxy);
    }
    CoRevokeClassObject(stubs);
    CoUninitialize();
}

/* Makes the call from another apartment and returns what the client got. */
static HRESULT call_from_elsewhere(const IID *iid, HRESULT (*call)(void *proxy))
{
    struct visit visit = {iid, call, NULL, E_UNEXPECTED, false};
    HANDLE thread;
    DWORD index;

    record("nothing");
    assert_int_equal(S_OK,
                     CoMarshalInterThreadInterfaceInStream(
                         iid, (IUnknown *)&target.IBackgroundCopyCallback3_iface, &visit.stream));
    assert_int_equal(S_OK, thread_start("visitor", visit_run, &visit, &thread));
    assert_int_equal(
        S_OK, CoWaitForMultipleHandles(COWAIT_DISPATCH_CALLS, UNIT_LIMIT, 1, &thread, &index));
    handle_close(thread);
    assert_true(visit.is_proxy);
    assert_int_equal(GetCurrentThreadId(), last.thread);
    return visit.result;
}

static HRESULT job_transferred(void *proxy)
{
    return IBackgroundCopyCallback_JobTransferred((IBackgroundCopyCallback *)proxy, NULL);
}

static HRESULT job_error(void *proxy)
{
    return IBackgroundCopyCallback_JobError((IBackgroundCopyCallback *)proxy, NULL, NULL);
}

static HRESULT job_modification(void *proxy)
{
    return IBackgroundCopyCallback_JobModification((IBackgroundCopyCallback *)proxy, NULL, 77);
}

static HRESULT file_transferred(void *proxy)
{
    return IBackgroundCopyCallback2_FileTransferred((IBackgroundCopyCallback2 *)proxy, NULL, NULL);
}

static HRESULT file_ranges_transferred(void *proxy)
{
    static const BG_FILE_RANGE ranges[] = {{1, 2}, {1ull << 40, BG_LENGTH_TO_EOF}};

    return IBackgroundCopyCallback3_FileRangesTransferred((IBackgroundCopyCallback3 *)proxy, NULL,
                                                          NULL, ARRAY_SIZE(ranges), ranges);
}

static HRESULT status_change(void *proxy)
{
    static const DO_DOWNLOAD_STATUS status = {1ull << 33, 5, DODownloadState_Paused, S_OK,
                                              DO_E_BLOCKED_BY_NO_NETWORK};

    return IDODownloadStatusCallback_OnStatusChange((IDODownloadStatusCallback *)proxy, NULL,
                                                    &status);
}

static HRESULT certificate(void *proxy)
{
    static const BYTE leaf[] = {1, 2, 3};
    static const BYTE store[] = {4, 5};

    return IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(
        (IBackgroundCopyServerCertificateValidationCallback *)proxy, NULL, NULL, sizeof(leaf), leaf,
        1, sizeof(store), store);
}

static void a_job_callback_crosses_apartments(void **state)
{
    (void)state;
    assert_int_equal(S_OK, call_from_elsewhere(&IID_IBackgroundCopyCallback, job_transferred));
    assert_string_equal("JobTransferred", last.method);

    assert_int_equal(DO_E_INVALID_STATE,
                     call_from_elsewhere(&IID_IBackgroundCopyCallback, job_error));
    assert_string_equal("JobError", last.method);

    assert_int_equal(S_OK, call_from_elsewhere(&IID_IBackgroundCopyCallback, job_modification));
    assert_string_equal("JobModification", last.method);
    assert_int_equal(77, last.number);
}

static void the_later_job_callbacks_cross_with_the_methods_they_inherit(void **state)
{
    (void)state;
    assert_int_equal(S_OK, call_from_elsewhere(&IID_IBackgroundCopyCallback3, job_transferred));
    assert_string_equal("JobTransferred", last.method);

    assert_int_equal(S_FALSE, call_from_elsewhere(&IID_IBackgroundCopyCallback2, file_transferred));
    assert_string_equal("FileTransferred", last.method);

    assert_int_equal(S_OK,
                     call_from_elsewhere(&IID_IBackgroundCopyCallback3, file_ranges_transferred));
    assert_string_equal("FileRangesTransferred", last.method);
    assert_int_equal(2, last.number);
    assert_true(last.ranges[0].InitialOffset == 1 && last.ranges[0].Length == 2);
    assert_true(last.ranges[1].InitialOffset == 1ull << 40);
    assert_true(last.ranges[1].Length == BG_LENGTH_TO_EOF);
}

static void a_status_crosses_whole(void **state)
{
    (void)state;
    assert_int_equal(S_OK, call_from_elsewhere(&IID_IDODownloadStatusCallback, status_change));
    assert_string_equal("OnStatusChange", last.method);
    assert_true(last.status.BytesTotal == 1ull << 33);
    assert_true(last.status.BytesTransferred == 5);
    assert_int_equal(DODownloadState_Paused, last.status.State);
    assert_int_equal(S_OK, last.status.Error);
    assert_int_equal(DO_E_BLOCKED_BY_NO_NETWORK, last.status.ExtendedError);
}

static void a_certificate_crosses_whole(void **state)
{
    (void)state;
    assert_int_equal(
        E_ACCESSDENIED,
        call_from_elsewhere(&IID_IBackgroundCopyServerCertificateValidationCallback, certificate));
    assert_string_equal("ValidateServerCertificate", last.method);
    assert_int_equal(1, last.number);
    assert_memory_equal("\1\2\3", last.bytes[0], 3);
    assert_memory_equal("\4\5\0", last.bytes[1], 3);
}

static DWORD main_stubs;

static int apartment_setup(void **state)
{
    (void)state;
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
        return -1;
    main_stubs = register_stubs();
    return main_stubs ? 0 : -1;
}

/* Nothing of the proxies is left: the object has its own reference only, and no stub lives. */
static int apartment_teardown(void **state)
{
    (void)state;
    CoRevokeClassObject(main_stubs);
    CoUninitialize();
    return target.references == 1 && !stubs_in_use() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_job_callback_crosses_apartments),
        unit_case(the_later_job_callbacks_cross_with_the_methods_they_inherit),
        unit_case(a_status_crosses_whole),
        unit_case(a_certificate_crosses_whole),
    };

    return cmocka_run_group_tests_name("callback_proxies", tests, apartment_setup,
                                       apartment_teardown);
}
