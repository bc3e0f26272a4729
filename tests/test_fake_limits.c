/* The clients' fake: what it refuses, how it ends, and its thread. */
#include "fake_kit.h"

/* ---- what makes no sense ---- */

static void what_is_not_there_is_refused(void **state)
{
    struct fixture *fixture = *state;
    void *object;

    assert_hr(E_INVALIDARG, DosvcFakeJobConnect(NULL));
    assert_hr(E_INVALIDARG, DosvcFakeJobReceive(NULL, 0, 0, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobFinishFile(NULL, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobTransfer(NULL));
    assert_hr(E_INVALIDARG, DosvcFakeJobFail(NULL, BG_ERROR_CONTEXT_NONE, E_FAIL, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobHinder(NULL, BG_ERROR_CONTEXT_NONE, E_FAIL, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobModify(NULL));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadReceive(NULL, 0, 0));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadWrite(NULL, "a", 1));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadTransfer(NULL));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadFail(NULL, E_FAIL, S_OK));
    assert_hr(E_INVALIDARG, DosvcFakeCreateInstance(NULL, &IID_IUnknown, &object));
    assert_hr(E_INVALIDARG, DosvcFakeCreateInstance(&CLSID_DosvcManager, NULL, &object));
    assert_hr(E_INVALIDARG, DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IUnknown, NULL));
    assert_hr(CLASS_E_CLASSNOTAVAILABLE,
              DosvcFakeCreateInstance(&IID_IUnknown, &IID_IUnknown, &object));
    assert_null(object);
    assert_hr(E_NOINTERFACE, DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IStream, &object));

    assert_hr(E_INVALIDARG, DosvcFakeJobReceive(fixture->job, 1, 0, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobReceive(fixture->job, 0, 11, 10));
    assert_hr(E_INVALIDARG, DosvcFakeJobFinishFile(fixture->job, DOSVC_FAKE_NO_FILE));
    assert_hr(E_INVALIDARG, DosvcFakeJobFail(fixture->job, BG_ERROR_CONTEXT_NONE, E_FAIL, 1));
    assert_hr(E_INVALIDARG, DosvcFakeJobFail(fixture->job, BG_ERROR_CONTEXT_NONE, S_OK, 0));
    assert_hr(E_INVALIDARG, DosvcFakeJobFail(fixture->job, (BG_ERROR_CONTEXT)99, E_FAIL, 0));
    assert_hr(E_INVALIDARG, DosvcFakeDownloadFail(fixture->download, S_FALSE, S_OK));
    assert_hr(E_INVALIDARG, DosvcFakeRefuse(S_OK, 1));
    assert_state(BG_JOB_STATE_QUEUED, fixture->job);
}

static void what_cannot_happen_in_a_state_does_not(void **state)
{
    struct fixture *fixture = *state;
    BG_ERROR_CONTEXT none = BG_ERROR_CONTEXT_NONE;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_Suspend(fixture->job));
    DosvcFakeAdvance(1000);
    recorder_set_quiet(fixture->recorder, true);
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobConnect(fixture->job));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobReceive(fixture->job, 0, 1, 2));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobFinishFile(fixture->job, 0));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobTransfer(fixture->job));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobFail(fixture->job, none, E_FAIL, 0));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobHinder(fixture->job, none, E_FAIL, 0));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeDownloadReceive(fixture->download, 1, 2));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeDownloadTransfer(fixture->download));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeDownloadFail(fixture->download, E_FAIL, S_OK));
    assert_state(BG_JOB_STATE_SUSPENDED, fixture->job);
    assert_int_equal(0, count(fixture, RECORD_TRANSFERRED) + count(fixture, RECORD_ERROR));

    assert_hr(S_OK, IBackgroundCopyJob_Resume(fixture->job));
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_hr(E_NOT_VALID_STATE, DosvcFakeJobFinishFile(fixture->job, 0));
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(fixture->job));
    assert_hr(NOT_FOUND, DosvcFakeJobTransfer(fixture->job));
    assert_hr(NOT_FOUND, DosvcFakeJobModify(fixture->job));
}

static void what_is_refused_changes_nothing(void **state)
{
    struct fixture *fixture = *state;

    assert_hr(S_OK, DosvcFakeRefuse(HRESULT_FROM_WIN32(ERROR_DISK_FULL), 2));
    assert_hr(HRESULT_FROM_WIN32(ERROR_DISK_FULL), IBackgroundCopyJob_Suspend(fixture->job));
    assert_state(BG_JOB_STATE_QUEUED, fixture->job);
    assert_hr(HRESULT_FROM_WIN32(ERROR_DISK_FULL), IBackgroundCopyJob_Complete(fixture->job));
    assert_state(BG_JOB_STATE_QUEUED, fixture->job);
    assert_hr(S_OK, IBackgroundCopyJob_Suspend(fixture->job));
    assert_hr(S_OK, DosvcFakeRefuse(E_FAIL, 5));
    assert_hr(S_OK, DosvcFakeRefuse(E_FAIL, 0));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(fixture->job));
}

static void nobody_hears_of_a_reset(void **state)
{
    struct fixture *fixture = *state;
    IBackgroundCopyJob *job;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    start_download(fixture);
    assert_hr(S_OK, DosvcFakeJobReceive(fixture->job, 0, 1, 2));
    DosvcFakeAdvance(300);
    assert_int_equal(1, count(fixture, RECORD_STATUS));
    assert_hr(S_OK, DosvcFakeRefuse(E_FAIL, 5));
    assert_hr(S_OK, DosvcFakeReset());
    DosvcFakeAdvance(100000);
    assert_int_equal(1, count(fixture, RECORD_STATUS));
    assert_int_equal(0, count(fixture, RECORD_TRANSFERRED) + count(fixture, RECORD_ERROR));
    assert_state(BG_JOB_STATE_CANCELLED, fixture->job);
    assert_int_equal(DODownloadState_Aborted, kit_download_state(fixture->download));
    job = make_job(&CLSID_DosvcManager, 1); /* the next test begins */
    IBackgroundCopyJob_Release(job);
}

/* ---- on a thread of its own ---- */

static void calls_are_made_by_a_thread_of_the_fakes(void **state)
{
    static const HRESULT results[] = {E_FAIL};
    struct fixture *fixture = *state;

    assert_hr(S_OK, DosvcFakeUseThread(TRUE));
    assert_hr(S_OK, DosvcFakeUseThread(TRUE));
    recorder_script(fixture->recorder, RECORD_TRANSFERRED, results, 1);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(E_NOT_VALID_STATE, DosvcFakeUseThread(FALSE));
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    assert_int_not_equal(GetCurrentThreadId(), last(fixture, RECORD_TRANSFERRED).thread);
    DosvcFakeAdvance(4999);
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
    DosvcFakeAdvance(1);
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    assert_int_equal(2, count(fixture, RECORD_TRANSFERRED));
}

static HRESULT stand_at(struct recorder *recorder, const struct record *record, void *context)
{
    HANDLE *gate = context;

    (void)recorder;
    (void)record;
    SetEvent(gate[0]);
    WaitForSingleObject(gate[1], KIT_LIMIT);
    return DosvcFakeReset() == RPC_E_WRONG_THREAD && DosvcFakeWait(0) == RPC_E_WRONG_THREAD &&
                   DosvcFakeUseThread(FALSE) == RPC_E_WRONG_THREAD
               ? S_OK
               : E_FAIL;
}

static void a_callback_that_blocks_is_not_waited_for_longer_than_said(void **state)
{
    struct fixture *fixture = *state;
    HANDLE gate[2];

    gate[0] = CreateEventW(NULL, TRUE, FALSE, NULL);
    gate[1] = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_hr(S_OK, DosvcFakeUseThread(TRUE));
    recorder_set_hook(fixture->recorder, stand_at, gate);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(gate[0], KIT_LIMIT));
    assert_hr(HRESULT_FROM_WIN32(WAIT_TIMEOUT), DosvcFakeWait(20));
    SetEvent(gate[1]);
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    DosvcFakeAdvance(5000);
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED)); /* what it saw was right */
    CloseHandle(gate[0]);
    CloseHandle(gate[1]);
}

static void an_sta_is_called_on_the_telling_thread_only(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *callback;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_ptr_equal(recorder_unknown(fixture->recorder), callback);
    IUnknown_Release(callback);
    assert_hr(S_OK, DosvcFakeJobTransfer(fixture->job));
    assert_int_equal(GetCurrentThreadId(), last(fixture, RECORD_TRANSFERRED).thread);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL));
    assert_hr(S_OK, DosvcFakeUseThread(TRUE));
    assert_hr(RPC_E_WRONG_THREAD, IBackgroundCopyJob_SetNotifyInterface(
                                      fixture->job, recorder_unknown(fixture->recorder)));
    recorder_set_faces(fixture->recorder, RECORDER_CALLBACK | RECORDER_AGILE);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, DosvcFakeWait(KIT_LIMIT));
    assert_int_equal(2, count(fixture, RECORD_TRANSFERRED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_there_is_refused),
        TEST(what_cannot_happen_in_a_state_does_not),
        TEST(what_is_refused_changes_nothing),
        TEST(nobody_hears_of_a_reset),
        TEST(calls_are_made_by_a_thread_of_the_fakes),
        TEST(a_callback_that_blocks_is_not_waited_for_longer_than_said),
        TEST_STA(an_sta_is_called_on_the_telling_thread_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
