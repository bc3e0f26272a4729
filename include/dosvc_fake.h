/*
 * dosvc_fake.h: a service that does nothing until it is told, for unit tests of programs that use
 * Delivery Optimization or BITS. Link the static library dosvc_fake (CMake: dosvc::fake) instead of
 * dosvc.dll; nothing is registered, no thread is started, no network or disk is touched.
 *
 *     hr = DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, &manager);
 *     ...                                            the code under test makes and resumes a job
 *     hr = DosvcFakeJobReceive(job, 0, 4096, 8192);  JobModification is called, here and now
 *     hr = DosvcFakeJobTransfer(job);                FileTransferred, then JobTransferred
 *     hr = DosvcFakeAdvance(5000);                   5 s later: a failed callback is called again
 *
 * Its managers, jobs, files, errors and downloads are dosvc.dll's own, with its states, defaults,
 * limits and error codes, and callbacks follow its rules (docs/notifications.md): which flags
 * count, what is repeated and when, what comes first. What is missing is the engine: a job that was
 * resumed stays QUEUED until the functions below say what happens to it. Complete and Finalize
 * succeed without a file on disk; the registry's policies do not count.
 *
 * Threads. Callbacks are called inside the functions below, on the thread that calls these, and by
 * the pointer that was registered: so call them from the apartment of the callback. What a client's
 * own call changes (Resume, SetNotifyInterface, ...) is told at the next of these calls, at the
 * latest DosvcFakeAdvance(0). A callback may call everything; what it causes is told once it has
 * returned. DosvcFakeUseThread moves all calls to a thread of the fake's instead.
 *
 * Time stands still until DosvcFakeAdvance; so do retries, the 500 ms between two JobModification,
 * the first 300 ms after a download's Start in which OnStatusChange is not called, and GetTimes
 * (which begins on 1 January 2020).
 *
 * A job is named by any pointer to it, a download likewise; those must be of the fake's. COM must
 * be initialised on the calling thread, as for the real one. There is one fake in a process.
 *
 * Errors of all functions that take a job or a download; nothing has changed then, and nobody is
 * called:
 *
 * - E_INVALIDARG: a NULL pointer, a file that the job does not have, a number that makes no sense.
 * - 0x80070490, ERROR_NOT_FOUND as an HRESULT: not of the fake's, or at its end already
 *   (acknowledged, cancelled, finalized, aborted).
 * - 0x8007139F, ERROR_INVALID_STATE as an HRESULT: that does not happen to a job in this state, to
 *   one that is suspended, say.
 */
#ifndef DOSVC_FAKE_H
#define DOSVC_FAKE_H

#include "dosvc.h"

/* Instead of a file's index: none, or all. */
#define DOSVC_FAKE_NO_FILE ((ULONG)-1)

#ifdef __cplusplus
extern "C"
{
#endif

    /* ---- the service ---- */

    /* As DosvcCreateInstance, which it can stand for as a pointer: the managers of both dialects
     * and DosvcCallback. */
    HRESULT STDAPICALLTYPE DosvcFakeCreateInstance(REFCLSID clsid, REFIID riid, void **object);

    /* Between two tests: cancels every job and aborts every download that is left, without a call
     * to anybody, lets go of their callbacks, forgets DosvcFakeRefuse, and calls on the telling
     * thread again. RPC_E_WRONG_THREAD: inside a callback on the fake's own thread. The clock goes
     * on from where it is. */
    HRESULT STDAPICALLTYPE DosvcFakeReset(void);

    /* What of the fake is alive; after DosvcFakeReset, what the program under test leaks. */
    void STDAPICALLTYPE DosvcFakeGetLiveCounts(struct dosvc_live_counts *counts);

    /* The next `times` calls that change a job or a download (AddFile, Resume, Complete, Cancel,
     * Finalize, a Set...) fail with hr and change nothing, as when the queue's disk is full; 0
     * takes it back. E_INVALIDARG: hr is a success. */
    HRESULT STDAPICALLTYPE DosvcFakeRefuse(HRESULT hr, ULONG times);

    /* ---- time and threads ---- */

    /* Milliseconds of the fake's clock; only differences mean something. */
    ULONGLONG STDAPICALLTYPE DosvcFakeNow(void);

    /* Lets so many milliseconds pass, and calls what becomes due on the way at its own moment; 0:
     * what is due now. With a thread of its own the clock is moved at once, and that thread
     * follows. */
    void STDAPICALLTYPE DosvcFakeAdvance(ULONGLONG milliseconds);

    /* TRUE: callbacks are called on a thread of the fake's, which is in the MTA, and the functions
     * that tell return at once. One thread for all: a callback that blocks holds up the others.
     * Registering a callback in an STA that does not answer IAgileObject is then refused with
     * RPC_E_WRONG_THREAD. ERROR_INVALID_STATE as an HRESULT while any callback is registered. */
    HRESULT STDAPICALLTYPE DosvcFakeUseThread(BOOL own);

    /* With a thread of its own: waits until that has called what is due. WAIT_TIMEOUT as an HRESULT
     * after so many milliseconds of real time. */
    HRESULT STDAPICALLTYPE DosvcFakeWait(DWORD milliseconds);

    /* ---- what happens to a job ---- */

    /* QUEUED -> CONNECTING. */
    HRESULT STDAPICALLTYPE DosvcFakeJobConnect(IBackgroundCopyJob *job);

    /* So many bytes of a file are here, of `total`; BG_SIZE_UNKNOWN: as known before. The job is
     * TRANSFERRING. JobModification; FileRangesTransferred for what RequestFileRanges asked. */
    HRESULT STDAPICALLTYPE DosvcFakeJobReceive(IBackgroundCopyJob *job, ULONG file, UINT64 bytes,
                                               UINT64 total);

    /* A file has all its bytes: FileTransferred. If it was the last one, TRANSFERRED and
     * JobTransferred. A size that is not known is what was received. */
    HRESULT STDAPICALLTYPE DosvcFakeJobFinishFile(IBackgroundCopyJob *job, ULONG file);

    /* The same for every file that is not finished, in their order. */
    HRESULT STDAPICALLTYPE DosvcFakeJobTransfer(IBackgroundCopyJob *job);

    /* ERROR and JobError: what GetError then gives. `file` may be DOSVC_FAKE_NO_FILE. E_INVALIDARG:
     * code is a success. Resume puts the job in line again. */
    HRESULT STDAPICALLTYPE DosvcFakeJobFail(IBackgroundCopyJob *job, BG_ERROR_CONTEXT context,
                                            HRESULT code, ULONG file);

    /* The same for TRANSIENT_ERROR, which the service gets over by itself: only JobModification.
     * What the functions above tell next ends it. */
    HRESULT STDAPICALLTYPE DosvcFakeJobHinder(IBackgroundCopyJob *job, BG_ERROR_CONTEXT context,
                                              HRESULT code, ULONG file);

    /* Something about it changed: JobModification. */
    HRESULT STDAPICALLTYPE DosvcFakeJobModify(IBackgroundCopyJob *job);

    /* ---- what happens to a download that was started ---- */

    /* As DosvcFakeJobReceive: OnStatusChange, as often as the callback frequency says. */
    HRESULT STDAPICALLTYPE DosvcFakeDownloadReceive(IDODownload *download, UINT64 bytes,
                                                    UINT64 total);

    /* The next bytes are written to the download's StreamInterface, on this thread, and received.
     * What Write answered if it failed: the download is Paused with that. ERROR_NOT_FOUND as an
     * HRESULT: it has no stream. */
    HRESULT STDAPICALLTYPE DosvcFakeDownloadWrite(IDODownload *download, const void *data,
                                                  ULONG size);

    /* Transferred. */
    HRESULT STDAPICALLTYPE DosvcFakeDownloadTransfer(IDODownload *download);

    /* Paused, with these two codes. E_INVALIDARG: error is a success. Start goes on. */
    HRESULT STDAPICALLTYPE DosvcFakeDownloadFail(IDODownload *download, HRESULT error,
                                                 HRESULT extended);

#ifdef __cplusplus
}
#endif

#endif
