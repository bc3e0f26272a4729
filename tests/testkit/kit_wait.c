/* The kit's waits and assertions. */
#include "testkit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP 5           /* ms between two looks */
#define LIVE_LIMIT 10000 /* ms for everything to end */

static bool in_sta(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;

    return CoGetApartmentType(&type, &qualifier) == S_OK &&
           (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

bool kit_pump_until(HANDLE event, unsigned int ms)
{
    uint64_t deadline = GetTickCount64() + ms;

    for (;;)
    {
        uint64_t now = GetTickCount64();
        DWORD left = now < deadline ? (DWORD)(deadline - now) : 0;
        DWORD woken = MsgWaitForMultipleObjectsEx(1, &event, left, QS_ALLINPUT, 0);
        MSG message;

        if (woken != WAIT_OBJECT_0 + 1)
            return woken == WAIT_OBJECT_0;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

bool kit_wait_event(HANDLE event, unsigned int ms)
{
    return in_sta() ? kit_pump_until(event, ms) : WaitForSingleObject(event, ms) == WAIT_OBJECT_0;
}

void kit_pass(unsigned int ms)
{
    HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);

    if (in_sta())
        kit_pump_until(never, ms);
    else
        WaitForSingleObject(never, ms);
    CloseHandle(never);
}

/* Looks again and again until `is_so` or the time is over. */
static bool wait_until(bool (*is_so)(void *context), void *context, unsigned int ms)
{
    uint64_t deadline = GetTickCount64() + ms;

    while (!is_so(context))
    {
        if (GetTickCount64() >= deadline)
            return is_so(context);
        kit_pass(STEP);
    }
    return true;
}

/* ---- jobs ---------------------------------------------------------------------------------------
 */

static const char *state_name(BG_JOB_STATE state)
{
    static const char *const names[] = {"QUEUED",      "CONNECTING",   "TRANSFERRING",
                                        "SUSPENDED",   "ERROR",        "TRANSIENT_ERROR",
                                        "TRANSFERRED", "ACKNOWLEDGED", "CANCELLED"};

    return (size_t)state < ARRAY_SIZE(names) ? names[state] : "no state";
}

/* Where a job stands, for the person who reads the failed test. */
static void describe_job(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = (BG_JOB_STATE)-1;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    BG_JOB_PROGRESS progress = {0, 0, 0, 0};
    IBackgroundCopyError *error = NULL;
    HRESULT code = S_OK;

    IBackgroundCopyJob_GetState(job, &state);
    IBackgroundCopyJob_GetProgress(job, &progress);
    if (SUCCEEDED(IBackgroundCopyJob_GetError(job, &error)) && error)
    {
        IBackgroundCopyError_GetError(error, &context, &code);
        IBackgroundCopyError_Release(error);
    }
    print_error("the job is %s, %llu of %lld bytes, error 0x%08lx in context %d\n",
                state_name(state), (unsigned long long)progress.BytesTransferred,
                (long long)progress.BytesTotal, (unsigned long)code, (int)context);
}

struct job_wait
{
    IBackgroundCopyJob *job;
    BG_JOB_STATE state;
    uint64_t bytes;
};

static bool job_is_in_state(void *context)
{
    struct job_wait *wait = context;
    BG_JOB_STATE state;

    return SUCCEEDED(IBackgroundCopyJob_GetState(wait->job, &state)) && state == wait->state;
}

static bool job_has_bytes(void *context)
{
    struct job_wait *wait = context;
    BG_JOB_PROGRESS progress;

    return SUCCEEDED(IBackgroundCopyJob_GetProgress(wait->job, &progress)) &&
           progress.BytesTransferred >= wait->bytes;
}

bool kit_wait_state(IBackgroundCopyJob *job, BG_JOB_STATE state, unsigned int ms)
{
    struct job_wait wait = {.job = job, .state = state};
    bool reached = wait_until(job_is_in_state, &wait, ms);

    if (!reached)
        describe_job(job);
    return reached;
}

bool kit_wait_bytes(IBackgroundCopyJob *job, uint64_t bytes, unsigned int ms)
{
    struct job_wait wait = {.job = job, .bytes = bytes};
    bool reached = wait_until(job_has_bytes, &wait, ms);

    if (!reached)
        describe_job(job);
    return reached;
}

struct download_wait
{
    IDODownload *download;
    DODownloadState state;
};

static bool download_is_in_state(void *context)
{
    struct download_wait *wait = context;
    DO_DOWNLOAD_STATUS status;

    return SUCCEEDED(IDODownload_GetStatus(wait->download, &status)) && status.State == wait->state;
}

bool kit_wait_download(IDODownload *download, DODownloadState state, unsigned int ms)
{
    struct download_wait wait = {download, state};
    DO_DOWNLOAD_STATUS status = {0};
    bool reached = wait_until(download_is_in_state, &wait, ms);

    if (!reached && SUCCEEDED(IDODownload_GetStatus(download, &status)))
        print_error("the download is in state %d, %llu of %llu bytes, error 0x%08lx 0x%08lx\n",
                    (int)status.State, (unsigned long long)status.BytesTransferred,
                    (unsigned long long)status.BytesTotal, (unsigned long)status.Error,
                    (unsigned long)status.ExtendedError);
    return reached;
}

/* ---- assertions ---------------------------------------------------------------------------------
 */

void kit_assert_hr(HRESULT expected, HRESULT actual, const char *what, const char *file, int line)
{
    if (expected == actual)
        return;
    print_error("0x%08lx expected, but 0x%08lx from %s\n", (unsigned long)expected,
                (unsigned long)actual, what);
    _fail(file, line);
}

void kit_assert_state(BG_JOB_STATE expected, IBackgroundCopyJob *job, const char *file, int line)
{
    BG_JOB_STATE state = (BG_JOB_STATE)-1;

    kit_assert_hr(S_OK, IBackgroundCopyJob_GetState(job, &state), "GetState", file, line);
    if (state == expected)
        return;
    print_error("%s expected\n", state_name(expected));
    describe_job(job);
    _fail(file, line);
}

void kit_assert_job_error(BG_ERROR_CONTEXT context, HRESULT code, IBackgroundCopyJob *job,
                          const char *file, int line)
{
    BG_ERROR_CONTEXT found = BG_ERROR_CONTEXT_NONE;
    IBackgroundCopyError *error = NULL;
    HRESULT hr = S_OK;

    kit_assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error), "GetError", file, line);
    kit_assert_hr(S_OK, IBackgroundCopyError_GetError(error, &found, &hr), "IBackgroundCopyError",
                  file, line);
    IBackgroundCopyError_Release(error);
    kit_assert_hr(code, hr, "the job's error", file, line);
    if (found == context)
        return;
    print_error("error context %d expected, but %d found\n", (int)context, (int)found);
    _fail(file, line);
}

void kit_assert_download_error(HRESULT error, HRESULT extended, IDODownload *download,
                               const char *file, int line)
{
    DO_DOWNLOAD_STATUS status;

    kit_assert_hr(S_OK, IDODownload_GetStatus(download, &status), "GetStatus", file, line);
    kit_assert_hr(error, status.Error, "the download's Error", file, line);
    kit_assert_hr(extended, status.ExtendedError, "the download's ExtendedError", file, line);
    if (status.State == DODownloadState_Paused)
        return;
    print_error("Paused expected, but the download is in state %d\n", (int)status.State);
    _fail(file, line);
}

typedef void(STDAPICALLTYPE *get_live_counts)(struct dosvc_live_counts *counts);

void kit_live(struct dosvc_live_counts *counts)
{
    HMODULE module = GetModuleHandleW(L"dosvc.dll");
    get_live_counts get = NULL;

    memset(counts, 0, sizeof(*counts));
    if (module)
        get = (get_live_counts)(void *)GetProcAddress(module, "DosvcGetLiveCounts");
    if (get)
        get(counts);
}

struct live_wait
{
    const struct dosvc_live_counts *before;
    struct dosvc_live_counts counts;
};

static bool nothing_more_lives(void *context)
{
    struct live_wait *wait = context;
    const struct dosvc_live_counts *before = wait->before, *now = &wait->counts;

    kit_live(&wait->counts);
    return now->objects <= before->objects && now->blocks <= before->blocks &&
           now->threads <= before->threads && now->handles <= before->handles &&
           now->locks <= before->locks;
}

bool kit_wait_nothing_more(const struct dosvc_live_counts *before)
{
    struct live_wait wait = {.before = before};

    if (wait_until(nothing_more_lives, &wait, LIVE_LIMIT))
        return true;
    print_error("still alive: %ld objects, %ld blocks, %ld threads, %ld handles, %ld locks\n",
                wait.counts.objects, wait.counts.blocks, wait.counts.threads, wait.counts.handles,
                wait.counts.locks);
    return false;
}

void kit_assert_nothing_lives(void)
{
    static const struct dosvc_live_counts none;

    assert_true(kit_wait_nothing_more(&none));
}
