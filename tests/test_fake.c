/* The fake that clients test their callbacks with, used as they use it: its public header alone. */
#include "fake_kit.h"

/* ---- on the telling thread ---- */

static void calls_are_made_inside_and_by_the_telling_thread(void **state)
{
    struct fixture *fixture = *state;
    struct record record;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_int_equal(0, count(fixture, RECORD_KIND_COUNT));
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_int_equal(1, count(fixture, RECORD_FILE_TRANSFERRED));
    record = last(fixture, RECORD_TRANSFERRED);
    assert_int_equal(GetCurrentThreadId(), record.thread);
    assert_ptr_equal(fixture->job, record.object);
    assert_int_equal(BG_JOB_STATE_TRANSFERRED, record.job_state);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(fixture->job));
    assert_state(BG_JOB_STATE_ACKNOWLEDGED, fixture->job);
}

static void a_callback_that_fails_is_called_again_when_its_time_has_come(void **state)
{
    static const HRESULT results[] = {E_FAIL, S_FALSE, E_FAIL};
    static const unsigned int waits[] = {5000, 10000, 20000};
    struct fixture *fixture = *state;
    unsigned int i;

    recorder_script(fixture->recorder, RECORD_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    for (i = 0; i < ARRAY_SIZE(waits); i++)
    {
        assert_int_equal(i + 1, count(fixture, RECORD_TRANSFERRED));
        DosvcFakeAdvance(waits[i] - 1);
        assert_int_equal(i + 1, count(fixture, RECORD_TRANSFERRED));
        DosvcFakeAdvance(1);
    }
    DosvcFakeAdvance(1000 * 1000);
    assert_int_equal(4, count(fixture, RECORD_TRANSFERRED));
}

static void one_advance_makes_all_calls_that_are_due_on_the_way(void **state)
{
    HRESULT results[RECORDER_SCRIPT];
    struct fixture *fixture = *state;
    ULONGLONG before = DosvcFakeNow();
    size_t i;

    for (i = 0; i < ARRAY_SIZE(results); i++)
        results[i] = E_FAIL;
    recorder_script(fixture->recorder, RECORD_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    DosvcFakeAdvance(5000 + 10000 + 20000 + 40000);
    assert_int_equal(5, count(fixture, RECORD_TRANSFERRED));
    assert_int_equal(75000, DosvcFakeNow() - before);
}

static void modifications_are_held_back_for_500_ms(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_MODIFICATION);
    DosvcFakeAdvance(1000);
    assert_hr(S_OK, DosvcFakeJobModify(fixture->job));
    assert_int_equal(1, count(fixture, RECORD_MODIFICATION));
    assert_hr(S_OK, DosvcFakeJobModify(fixture->job));
    assert_hr(S_OK, DosvcFakeJobReceive(fixture->job, 0, 1, 10));
    assert_int_equal(1, count(fixture, RECORD_MODIFICATION));
    DosvcFakeAdvance(499);
    assert_int_equal(1, count(fixture, RECORD_MODIFICATION));
    DosvcFakeAdvance(1);
    assert_int_equal(2, count(fixture, RECORD_MODIFICATION));
    assert_int_equal(1, last(fixture, RECORD_MODIFICATION).bytes);
}

static void an_error_is_what_was_told(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyError *error;
    ULONG errors;
    LPWSTR text;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(S_OK, DosvcFakeJobHinder(fixture->job, BG_ERROR_CONTEXT_GENERAL_TRANSPORT,
                                       HRESULT_FROM_WIN32(WSAECONNRESET), DOSVC_FAKE_NO_FILE));
    assert_int_equal(0, count(fixture, RECORD_ERROR));
    assert_state(BG_JOB_STATE_TRANSIENT_ERROR, fixture->job);
    assert_hr(S_OK,
              DosvcFakeJobFail(fixture->job, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194, 0));
    assert_int_equal((HRESULT)0x80190194, last(fixture, RECORD_ERROR).code);
    assert_int_equal(BG_ERROR_CONTEXT_REMOTE_FILE, last(fixture, RECORD_ERROR).context);
    assert_hr(S_OK, IBackgroundCopyJob_GetErrorCount(fixture->job, &errors));
    assert_int_equal(2, errors);
    assert_hr(S_OK, IBackgroundCopyJob_GetError(fixture->job, &error));
    assert_hr(S_OK, IBackgroundCopyError_GetErrorDescription(error, LANG_NEUTRAL + 1024, &text));
    assert_non_null(wcsstr(text, L"http://example.com/a"));
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(fixture->job));
    assert_hr(S_OK, DosvcFakeJobConnect(fixture->job));
    assert_state(BG_JOB_STATE_CONNECTING, fixture->job);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
}

static void files_end_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyJob *job = make_job(&CLSID_DosvcBitsManager, 3);
    BG_JOB_PROGRESS progress;

    recorder_attach(fixture->recorder, job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_hr(S_OK, DosvcFakeJobReceive(job, 1, 5, BG_SIZE_UNKNOWN));
    assert_hr(S_OK, DosvcFakeJobFinishFile(job, 1));
    assert_int_equal(5, last(fixture, RECORD_FILE_TRANSFERRED).bytes);
    assert_int_equal(0, wcscmp(L"C:\\1", last(fixture, RECORD_FILE_TRANSFERRED).file));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(1, progress.FilesTransferred);
    assert_int_equal(0, count(fixture, RECORD_TRANSFERRED));
    assert_hr(S_OK, DosvcFakeJobTransfer(job));
    assert_int_equal(3, count(fixture, RECORD_FILE_TRANSFERRED));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
    IBackgroundCopyJob_Release(job);
}

static void ranges_that_were_asked_for_are_told(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyJob *job = make_job(&CLSID_DosvcBitsManager, 1);
    BITS_JOB_PROPERTY_VALUE on = {.Enable = TRUE};
    BG_FILE_RANGE range = {100, 50};
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    IBackgroundCopyFile6 *file6;
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);

    assert_hr(S_OK, IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, on));
    recorder_attach(fixture->recorder, job, BG_NOTIFY_FILE_RANGES_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    file6 = kit_face(file, &IID_IBackgroundCopyFile6);
    assert_hr(S_OK, IBackgroundCopyFile6_RequestFileRanges(file6, 1, &range));
    assert_hr(S_OK, DosvcFakeJobReceive(job, 0, 149, 1000));
    assert_int_equal(0, count(fixture, RECORD_FILE_RANGES));
    assert_hr(S_OK, DosvcFakeJobReceive(job, 0, 150, 1000));
    assert_int_equal(1, count(fixture, RECORD_FILE_RANGES));
    IBackgroundCopyFile6_Release(file6);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Release(job);
}

static HRESULT tell_more(struct recorder *recorder, const struct record *record, void *context)
{
    IBackgroundCopyJob *other = context;

    (void)recorder;
    if (record->kind != RECORD_TRANSFERRED || record->object == other)
        return S_OK;
    IBackgroundCopyJob_Complete((IBackgroundCopyJob *)record->object);
    DosvcFakeJobFail(other, BG_ERROR_CONTEXT_NONE, E_FAIL, 0);
    return DosvcFakeJobTransfer(other) == E_NOT_VALID_STATE ? S_OK : E_FAIL;
}

static void a_callback_may_tell_more(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyJob *other = make_job(&CLSID_DosvcManager, 1);

    recorder_set_hook(fixture->recorder, tell_more, other);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    recorder_attach(fixture->recorder, other, BG_NOTIFY_JOB_ERROR);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(other));
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
    assert_int_equal(1, count(fixture, RECORD_ERROR));
    assert_state(BG_JOB_STATE_ACKNOWLEDGED, fixture->job);
    IBackgroundCopyJob_Release(other);
}

static HRESULT raise(struct recorder *recorder, const struct record *record, void *context)
{
    (void)record;
    (void)context;
    recorder_set_hook(recorder, NULL, NULL);
    RaiseException(0xe0000001, 0, 0, NULL);
    return S_OK;
}

static void a_callback_that_raises_has_failed(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, raise, NULL);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    DosvcFakeAdvance(5000);
    assert_int_equal(2, count(fixture, RECORD_TRANSFERRED));
}

static void who_waits_for_an_event_passes_the_time(void **state)
{
    struct fixture *fixture = *state;
    ULONGLONG before = DosvcFakeNow();
    IDosvcCallback *callback;
    DOSVC_EVENT event;

    assert_hr(S_OK, DosvcFakeCreateInstance(&CLSID_DosvcCallback, &IID_IDosvcCallback,
                                            (void **)&callback));
    assert_hr(S_OK, IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, (IUnknown *)callback));
    assert_hr(HRESULT_FROM_WIN32(WAIT_TIMEOUT),
              IDosvcCallback_WaitForEvent(callback, 60000, &event));
    assert_int_equal(60000, DosvcFakeNow() - before);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_hr(S_OK, IDosvcCallback_WaitForEvent(callback, INFINITE, &event));
    assert_int_equal(DOSVC_EVENT_TRANSFERRED, event.Kind);
    IDosvcCallback_ClearEvent(callback, &event);
    IDosvcCallback_Release(callback);
}

/* ---- downloads ---- */

static void a_download_tells_its_status(void **state)
{
    struct fixture *fixture = *state;

    start_download(fixture);
    assert_hr(S_OK, DosvcFakeDownloadReceive(fixture->download, 10, 100));
    assert_int_equal(0, count(fixture, RECORD_STATUS)); /* not so soon after Start */
    DosvcFakeAdvance(300);
    assert_int_equal(10, last(fixture, RECORD_STATUS).bytes);
    DosvcFakeAdvance(999);
    assert_int_equal(1, count(fixture, RECORD_STATUS));
    DosvcFakeAdvance(1);
    assert_int_equal(2, count(fixture, RECORD_STATUS));
    assert_hr(S_OK, DosvcFakeDownloadFail(fixture->download, DO_E_DOWNLOAD_NO_PROGRESS,
                                          (HRESULT)0x801901f4));
    assert_download_error(DO_E_DOWNLOAD_NO_PROGRESS, (HRESULT)0x801901f4, fixture->download);
    assert_int_equal(DODownloadState_Paused, last(fixture, RECORD_STATUS).status.State);
    assert_hr(S_OK, IDODownload_Start(fixture->download, NULL));
    assert_hr(S_OK, DosvcFakeDownloadTransfer(fixture->download));
    DosvcFakeAdvance(300);
    assert_int_equal(DODownloadState_Transferred, last(fixture, RECORD_STATUS).status.State);
    assert_hr(S_OK, IDODownload_Finalize(fixture->download));
    DosvcFakeAdvance(0);
    assert_int_equal(DODownloadState_Finalized, last(fixture, RECORD_STATUS).status.State);
    assert_hr(NOT_FOUND, DosvcFakeDownloadTransfer(fixture->download));
}

static void a_download_is_written_to_its_stream(void **state)
{
    struct fixture *fixture = *state;
    LARGE_INTEGER start = {.QuadPart = 0};
    VARIANT value;
    IStream *stream;
    char data[8] = "";

    assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = (IUnknown *)stream;
    assert_hr(S_OK, IDODownload_SetProperty(fixture->download, DODownloadProperty_StreamInterface,
                                            &value));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeDownloadWrite(fixture->download, "abc", 3));
    assert_hr(S_OK, IDODownload_Start(fixture->download, NULL));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadWrite(fixture->download, NULL, 3));
    assert_hr(S_OK, DosvcFakeDownloadReceive(fixture->download, 0, 6));
    assert_hr(S_OK, DosvcFakeDownloadWrite(fixture->download, "abc", 3));
    assert_hr(S_OK, DosvcFakeDownloadWrite(fixture->download, "def", 3));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadWrite(fixture->download, "g", 1));
    assert_hr(S_OK, DosvcFakeDownloadTransfer(fixture->download));
    assert_hr(S_OK, IStream_Seek(stream, start, STREAM_SEEK_SET, NULL));
    assert_hr(S_OK, IStream_Read(stream, data, 6, NULL));
    assert_string_equal("abcdef", data);
    assert_hr(S_OK, IDODownload_Finalize(fixture->download));
    assert_int_equal(1, IStream_Release(stream)); /* the download's own goes with it */
}

static void without_a_stream_nothing_is_written(void **state)
{
    struct fixture *fixture = *state;

    start_download(fixture);
    assert_hr(NOT_FOUND, DosvcFakeDownloadWrite(fixture->download, "a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_are_made_inside_and_by_the_telling_thread),
        TEST(a_callback_that_fails_is_called_again_when_its_time_has_come),
        TEST(one_advance_makes_all_calls_that_are_due_on_the_way),
        TEST(modifications_are_held_back_for_500_ms),
        TEST(an_error_is_what_was_told),
        TEST(files_end_one_by_one),
        TEST(ranges_that_were_asked_for_are_told),
        TEST(a_callback_may_tell_more),
        TEST(a_callback_that_raises_has_failed),
        TEST(who_waits_for_an_event_passes_the_time),
        TEST(a_download_tells_its_status),
        TEST(a_download_is_written_to_its_stream),
        TEST(without_a_stream_nothing_is_written),
        TEST_STA(a_download_tells_its_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
