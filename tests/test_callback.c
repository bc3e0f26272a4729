/* DosvcCallback, as any service calls it and as its owner listens. */
#include "delivery_kit.h"

#include "com/callback.h"

#define TIMED_OUT HRESULT_FROM_WIN32(WAIT_TIMEOUT)

struct heard /* what a subscribed function was told */
{
    LONG calls;
    LONG kinds;         /* all of them */
    HRESULT results[4]; /* of the first calls */
    DOSVC_EVENT last;
    HANDLE entered;           /* auto-reset; set if not NULL */
    HANDLE blocks;            /* a call waits for it if not NULL */
    IDosvcCallback *callback; /* for calls that unsubscribe or close */
    ULONG cookie;
    HRESULT hr;
    bool close;
};

static HRESULT STDMETHODCALLTYPE hear(void *context, const DOSVC_EVENT *event)
{
    struct heard *heard = context;
    LONG call = InterlockedIncrement(&heard->calls) - 1;

    heard->last = *event;
    InterlockedOr(&heard->kinds, (LONG)event->Kind);
    if (heard->entered)
        SetEvent(heard->entered);
    if (heard->blocks)
        WaitForSingleObject(heard->blocks, KIT_LIMIT);
    if (heard->callback)
        heard->hr = heard->close ? IDosvcCallback_Close(heard->callback)
                                 : IDosvcCallback_Unsubscribe(heard->callback, heard->cookie);
    return call < (LONG)ARRAY_SIZE(heard->results) ? heard->results[call] : S_OK;
}

static IDosvcCallback *create(void)
{
    IDosvcCallback *callback;
    IUnknown *unknown;

    assert_hr(S_OK, callback_create(&unknown));
    assert_hr(S_OK, IUnknown_QueryInterface(unknown, &IID_IDosvcCallback, (void **)&callback));
    IUnknown_Release(unknown);
    return callback;
}

static IBackgroundCopyCallback3 *as_callback(IDosvcCallback *callback)
{
    IBackgroundCopyCallback3 *third;

    assert_hr(S_OK, IDosvcCallback_QueryInterface(callback, &IID_IBackgroundCopyCallback3,
                                                  (void **)&third));
    IDosvcCallback_Release(callback); /* not the last */
    return third;
}

static void attach(struct fixture *fixture, IDosvcCallback *callback, ULONG flags)
{
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(fixture->job, flags));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, (IUnknown *)callback));
}

/* Nobody but the test holds it; the job may need a moment for that. */
static void destroy(struct fixture *fixture, IDosvcCallback *callback)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    ULONG references;

    IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
    do
    {
        IDosvcCallback_AddRef(callback);
        references = IDosvcCallback_Release(callback);
        if (references > 1)
            kit_pass(1);
    } while (references > 1 && GetTickCount64() < deadline);
    assert_int_equal(1, references);
    assert_int_equal(0, IDosvcCallback_Release(callback));
}

static bool is_heard(struct heard *heard, LONG calls)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (*(volatile LONG *)&heard->calls < calls && GetTickCount64() < deadline)
        kit_pass(1);
    return heard->calls == calls;
}

/* ---- functions ---- */

static void functions_hear_what_they_subscribed(void **state)
{
    static const ULONG all = 0x3b;
    struct fixture *fixture = *state;
    struct heard ends, files, everything;
    IDosvcCallback *callback = create();
    ULONG cookie;

    memset(&ends, 0, sizeof(ends));
    memset(&files, 0, sizeof(files));
    memset(&everything, 0, sizeof(everything));
    assert_hr(S_OK, IDosvcCallback_Subscribe(callback, DOSVC_EVENT_TRANSFERRED | DOSVC_EVENT_ERROR,
                                             hear, &ends, &cookie));
    assert_hr(S_OK, IDosvcCallback_Subscribe(callback, DOSVC_EVENT_FILE_TRANSFERRED, hear, &files,
                                             &cookie));
    assert_hr(S_OK,
              IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &everything, &cookie));
    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 10);
    attach(fixture, callback, all);
    fake_job_modify(fixture->fake);
    assert_true(is_heard(&everything, 1));
    fake_job_ranges_done(fixture->fake, 0, 2, 3);
    assert_true(is_heard(&everything, 2));
    assert_int_equal(1, everything.last.RangeCount);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(is_heard(&everything, 4));
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(is_heard(&everything, 5));
    assert_true(is_heard(&ends, 2));
    assert_int_equal(1, files.calls);
    assert_int_equal(all, everything.kinds);
    assert_int_equal(DOSVC_EVENT_TRANSFERRED | DOSVC_EVENT_ERROR, ends.kinds);
    assert_ptr_equal(fixture->job, everything.last.Job);
    destroy(fixture, callback);
}

static void every_combination_of_flags_reaches_a_function(void **state)
{
    struct fixture *fixture = *state;
    ULONG flags, cookie, expected;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 10);
    for (flags = 0; flags <= 0x3f; flags++)
    {
        IDosvcCallback *callback = create();
        struct heard heard;

        memset(&heard, 0, sizeof(heard));
        expected = flags & BG_NOTIFY_DISABLE ? 0 : flags & ~(ULONG)BG_NOTIFY_JOB_ERROR;
        fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRING);
        assert_hr(S_OK, IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &heard, &cookie));
        attach(fixture, callback, flags);
        fake_job_modify(fixture->fake);
        fake_job_ranges_done(fixture->fake, 0, 0, 1);
        fake_job_file_done(fixture->fake, 0);
        fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
        assert_true(is_heard(&heard, __builtin_popcount(expected)));
        kit_pass(5);
        assert_int_equal(__builtin_popcount(expected), heard.calls);
        assert_int_equal(expected, heard.kinds);
        destroy(fixture, callback);
    }
}

static void the_service_gets_the_first_failure_and_tells_again(void **state)
{
    struct fixture *fixture = *state;
    IDosvcCallback *callback = create();
    struct heard first, second;
    DOSVC_EVENT event;
    ULONG cookie;

    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));
    second.results[0] = E_FAIL;
    IDosvcCallback_Subscribe(callback, DOSVC_EVENT_TRANSFERRED, hear, &first, &cookie);
    IDosvcCallback_Subscribe(callback, DOSVC_EVENT_TRANSFERRED, hear, &second, &cookie);
    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_TRANSFERRED);
    attach(fixture, callback, BG_NOTIFY_JOB_TRANSFERRED);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(is_heard(&second, 2));
    assert_true(is_heard(&first, 2));
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event)); /* kept once */
    assert_hr(S_OK, IDosvcCallback_ClearEvent(callback, &event));
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    destroy(fixture, callback);
}

static void an_unsubscribed_function_is_not_called(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyCallback3 *service;
    IDosvcCallback *callback = create();
    struct heard heard;
    ULONG cookie;

    memset(&heard, 0, sizeof(heard));
    service = as_callback(callback);
    assert_hr(S_OK, IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &heard, &cookie));
    assert_hr(S_OK, IDosvcCallback_Unsubscribe(callback, cookie));
    assert_hr(E_INVALIDARG, IDosvcCallback_Unsubscribe(callback, cookie));
    assert_hr(S_OK, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
    assert_int_equal(0, heard.calls);
    assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
}

struct unsubscribing
{
    IDosvcCallback *callback;
    ULONG cookie;
    LONG done;
};

static DWORD WINAPI unsubscribe(void *context)
{
    struct unsubscribing *job = context;

    IDosvcCallback_Unsubscribe(job->callback, job->cookie);
    InterlockedExchange(&job->done, 1);
    return 0;
}

static void unsubscribing_waits_for_the_call_in_progress(void **state)
{
    struct fixture *fixture = *state;
    struct unsubscribing other = {.callback = create()};
    struct heard heard;
    HANDLE thread;

    memset(&heard, 0, sizeof(heard));
    heard.entered = CreateEventW(NULL, FALSE, FALSE, NULL);
    heard.blocks = CreateEventW(NULL, TRUE, FALSE, NULL);
    IDosvcCallback_Subscribe(other.callback, DOSVC_EVENT_ALL, hear, &heard, &other.cookie);
    attach(fixture, other.callback, BG_NOTIFY_JOB_TRANSFERRED);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(heard.entered, KIT_LIMIT));
    thread = CreateThread(NULL, 0, unsubscribe, &other, 0, NULL);
    kit_pass(30);
    assert_int_equal(0, other.done);
    SetEvent(heard.blocks);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, KIT_LIMIT));
    assert_int_equal(1, other.done);
    CloseHandle(thread);
    CloseHandle(heard.entered);
    CloseHandle(heard.blocks);
    destroy(fixture, other.callback);
}

static void a_function_may_unsubscribe_itself_or_close(void **state)
{
    struct fixture *fixture = *state;
    int close;

    for (close = 0; close < 2; close++)
    {
        IDosvcCallback *callback = create();
        IBackgroundCopyCallback3 *service = as_callback(callback);
        struct heard heard;

        memset(&heard, 0, sizeof(heard));
        heard.callback = callback;
        heard.close = close;
        heard.hr = E_FAIL;
        IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &heard, &heard.cookie);
        assert_hr(S_OK, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
        assert_hr(S_OK, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
        assert_hr(S_OK, heard.hr);
        assert_int_equal(1, heard.calls);
        assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
    }
}

/* ---- a thread that waits ---- */

static void a_thread_may_wait_for_events(void **state)
{
    struct fixture *fixture = *state;
    IDosvcCallback *callback = create();
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    DOSVC_EVENT event;
    HRESULT code;

    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    assert_hr(S_OK,
              IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_ERROR | DOSVC_EVENT_FILE_TRANSFERRED |
                                                      DOSVC_EVENT_FILE_RANGES_TRANSFERRED));
    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 10);
    fake_job_set_error(fixture->fake, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194, 0);
    attach(fixture, callback, 0x3b);
    fake_job_ranges_done(fixture->fake, 0, 4, 5);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);

    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event));
    assert_int_equal(DOSVC_EVENT_FILE_RANGES_TRANSFERRED, event.Kind);
    assert_int_equal(1, event.RangeCount);
    assert_int_equal(4, event.Ranges[0].InitialOffset);
    assert_int_equal(5, event.Ranges[0].Length);
    assert_non_null(event.File);
    assert_hr(S_OK, IDosvcCallback_ClearEvent(callback, &event));
    assert_null(event.Ranges);
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event));
    assert_int_equal(DOSVC_EVENT_FILE_TRANSFERRED, event.Kind);
    assert_hr(S_OK, IDosvcCallback_ClearEvent(callback, &event));
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event));
    assert_int_equal(DOSVC_EVENT_ERROR, event.Kind);
    assert_ptr_equal(fixture->job, event.Job);
    error = event.Error;
    assert_hr(S_OK, IBackgroundCopyError_GetError(error, &context, &code));
    assert_int_equal((HRESULT)0x80190194, code);
    assert_hr(S_OK, IDosvcCallback_ClearEvent(callback, &event));
    assert_hr(S_OK, IDosvcCallback_ClearEvent(callback, &event)); /* a zeroed one */
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 200, &event));
    assert_null(event.Job);
    destroy(fixture, callback);
}

static void a_kept_modification_is_replaced_by_the_next_of_its_job(void **state)
{
    struct fixture *fixture = *state;
    struct fake_job *fake = fake_job_create();
    IDosvcCallback *callback = create();
    IBackgroundCopyCallback3 *service = as_callback(callback);
    DOSVC_EVENT event;
    int i;

    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_ALL);
    for (i = 0; i < 5; i++)
    {
        IBackgroundCopyCallback3_JobModification(service, fixture->job, 0);
        IBackgroundCopyCallback3_JobModification(service, fake_job_face(fake), 0);
    }
    for (i = 0; i < 2; i++)
    {
        assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, 0, &event));
        assert_int_equal(DOSVC_EVENT_MODIFICATION, event.Kind);
        assert_ptr_equal(i ? fake_job_face(fake) : fixture->job, event.Job);
        IDosvcCallback_ClearEvent(callback, &event);
    }
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    IBackgroundCopyCallback3_JobTransferred(service, fixture->job);
    assert_hr(S_OK, IDosvcCallback_KeepEvents(callback, 0)); /* drops it */
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    assert_int_equal(1, fake_job_references(fixture->fake));
    assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
    IBackgroundCopyJob_Release(fake_job_face(fake));
}

struct waiting
{
    IDosvcCallback *callback;
    HRESULT hr;
};

static DWORD WINAPI wait_for_ever(void *context)
{
    struct waiting *waiting = context;
    DOSVC_EVENT event;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    waiting->hr = IDosvcCallback_WaitForEvent(waiting->callback, INFINITE, &event);
    CoUninitialize();
    return 0;
}

static void closing_ends_all_waits(void **state)
{
    struct fixture *fixture = *state;
    struct waiting waiting[3];
    HANDLE threads[3];
    IDosvcCallback *callback = create();
    IBackgroundCopyCallback3 *service = as_callback(callback);
    struct heard heard;
    DOSVC_EVENT event;
    ULONG cookie;
    int i;

    memset(&heard, 0, sizeof(heard));
    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_ALL);
    IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &heard, &cookie);
    for (i = 0; i < 3; i++)
    {
        waiting[i].callback = callback;
        threads[i] = CreateThread(NULL, 0, wait_for_ever, &waiting[i], 0, NULL);
    }
    kit_pass(20);
    assert_hr(S_OK, IDosvcCallback_Close(callback));
    for (i = 0; i < 3; i++)
    {
        assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(threads[i], KIT_LIMIT));
        CloseHandle(threads[i]);
        assert_hr(E_ABORT, waiting[i].hr);
    }
    assert_hr(S_OK, IDosvcCallback_Close(callback));
    assert_hr(S_OK, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
    assert_hr(E_ABORT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    assert_hr(E_ABORT, IDosvcCallback_Subscribe(callback, DOSVC_EVENT_ALL, hear, &heard, &cookie));
    assert_int_equal(0, heard.calls);
    assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
}

/* The wait lets calls into the STA through: the recorder is called while this thread waits. */
static void waiting_in_an_sta_lets_calls_through(void **state)
{
    struct fixture *fixture = *state;
    struct fake_job *fake = fake_job_create();
    IDosvcCallback *callback = create();
    DOSVC_EVENT event;
    struct record record;

    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_TRANSFERRED);
    attach(fixture, callback, BG_NOTIFY_JOB_TRANSFERRED);
    recorder_attach(fixture->recorder, fake_job_face(fake), BG_NOTIFY_JOB_MODIFICATION);
    fake_job_modify(fake);
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 20000, &event)); /* 200 ms */
    assert_true(recorder_get(fixture->recorder, RECORD_MODIFICATION, 0, &record));
    assert_int_equal(GetCurrentThreadId(), record.thread);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event));
    assert_ptr_equal(fixture->job, event.Job);
    IDosvcCallback_ClearEvent(callback, &event);
    destroy(fixture, callback);
    IBackgroundCopyJob_SetNotifyInterface(fake_job_face(fake), NULL);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    while (fake_job_references(fake) > 1)
        kit_pass(1);
    IBackgroundCopyJob_Release(fake_job_face(fake));
}

/* ---- downloads ---- */

struct download /* no more than an identity */
{
    IDODownload IDODownload_iface;
    LONG references;
};

static HRESULT STDMETHODCALLTYPE download_QueryInterface(IDODownload *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDODownload) &&
        !IsEqualIID(iid, &IID_IAgileObject))
        return E_NOINTERFACE;
    IDODownload_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE download_AddRef(IDODownload *iface)
{
    return (ULONG)InterlockedIncrement(&((struct download *)iface)->references);
}

static ULONG STDMETHODCALLTYPE download_Release(IDODownload *iface)
{
    return (ULONG)InterlockedDecrement(&((struct download *)iface)->references);
}

static void a_kept_status_is_replaced_by_the_next_of_its_download(void **state)
{
    static const IDODownloadVtbl vtbl = {.QueryInterface = download_QueryInterface,
                                         .AddRef = download_AddRef,
                                         .Release = download_Release};
    struct download downloads[2] = {{{&vtbl}, 1}, {{&vtbl}, 1}};
    IDosvcCallback *callback = create();
    IDODownloadStatusCallback *service;
    DO_DOWNLOAD_STATUS status;
    DOSVC_EVENT event;
    int i;

    (void)state;
    memset(&status, 0, sizeof(status));
    assert_hr(S_OK, IDosvcCallback_QueryInterface(callback, &IID_IDODownloadStatusCallback,
                                                  (void **)&service));
    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_STATUS);
    for (i = 1; i <= 6; i++)
    {
        status.BytesTransferred = (UINT64)i;
        assert_hr(S_OK, IDODownloadStatusCallback_OnStatusChange(
                            service, &downloads[i % 2].IDODownload_iface, &status));
    }
    for (i = 5; i <= 6; i++)
    {
        assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, 0, &event));
        assert_int_equal(DOSVC_EVENT_STATUS, event.Kind);
        assert_ptr_equal(&downloads[i % 2], event.Download);
        assert_int_equal(i, event.Status.BytesTransferred);
        IDosvcCallback_ClearEvent(callback, &event);
    }
    assert_hr(TIMED_OUT, IDosvcCallback_WaitForEvent(callback, 0, &event));
    IDODownloadStatusCallback_Release(service);
    assert_int_equal(0, IDosvcCallback_Release(callback));
    assert_int_equal(1, downloads[0].references);
    assert_int_equal(1, downloads[1].references);
}

/* ---- bad input, no memory ---- */

static void bad_input_is_refused(void **state)
{
    IDosvcCallback *callback = create();
    IBackgroundCopyCallback3 *service = as_callback(callback);
    struct fixture *fixture = *state;
    struct heard heard;
    ULONG cookie = 7;

    assert_hr(E_INVALIDARG, IDosvcCallback_Subscribe(callback, 0, hear, &heard, &cookie));
    assert_int_equal(0, cookie);
    assert_hr(E_INVALIDARG, IDosvcCallback_Subscribe(callback, 0x1000, hear, &heard, &cookie));
    assert_hr(E_INVALIDARG,
              IDosvcCallback_Subscribe(callback, BG_NOTIFY_DISABLE, hear, &heard, &cookie));
    assert_hr(E_INVALIDARG, IDosvcCallback_Subscribe(callback, 1, NULL, &heard, &cookie));
    assert_hr(E_INVALIDARG, IDosvcCallback_Subscribe(callback, 1, hear, &heard, NULL));
    assert_hr(E_INVALIDARG, IDosvcCallback_KeepEvents(callback, 0x4));
    assert_hr(E_INVALIDARG, IDosvcCallback_WaitForEvent(callback, 0, NULL));
    assert_hr(E_INVALIDARG, IDosvcCallback_ClearEvent(callback, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyCallback3_JobTransferred(service, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyCallback3_JobError(service, fixture->job, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyCallback3_FileTransferred(service, fixture->job, NULL));
    assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
}

static void without_memory_an_event_is_told_again(void **state)
{
    struct fixture *fixture = *state;
    IDosvcCallback *callback = create();
    IBackgroundCopyCallback3 *service = as_callback(callback);
    DOSVC_EVENT event;
    IUnknown *another;

    IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_ALL);
    fault_configure("alloc=1");
    assert_hr(E_OUTOFMEMORY, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
    assert_hr(S_OK, IBackgroundCopyCallback3_JobTransferred(service, fixture->job));
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, 0, &event));
    IDosvcCallback_ClearEvent(callback, &event);
    fault_configure("alloc=1");
    assert_hr(E_OUTOFMEMORY, callback_create(&another));
    fault_configure("handle=1");
    assert_true(FAILED(callback_create(&another)));
    fault_configure(FAST_CLOCK);
    assert_int_equal(0, IBackgroundCopyCallback3_Release(service));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case(functions_hear_what_they_subscribed),
        delivery_case(every_combination_of_flags_reaches_a_function),
        delivery_case(the_service_gets_the_first_failure_and_tells_again),
        delivery_case(an_unsubscribed_function_is_not_called),
        delivery_case(unsubscribing_waits_for_the_call_in_progress),
        delivery_case(a_function_may_unsubscribe_itself_or_close),
        delivery_case(a_thread_may_wait_for_events),
        delivery_case(a_kept_modification_is_replaced_by_the_next_of_its_job),
        delivery_case(closing_ends_all_waits),
        delivery_case_sta(waiting_in_an_sta_lets_calls_through),
        delivery_case(a_kept_status_is_replaced_by_the_next_of_its_download),
        delivery_case(bad_input_is_refused),
        delivery_case(without_memory_an_event_is_told_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
