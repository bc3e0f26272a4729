/* Many threads call random methods on a few jobs, while servers answer, fail and dawdle. Runs 5 s,
 * or as many as DOSVC_STORM_SECONDS says. Time in the DLL runs 30 times faster. */
#include "testkit/flow.h"

#include <stdlib.h>

#define THREADS 32
#define JOBS 8
#define FILES_MAX 6
#define SERVED 4

struct storm
{
    struct kit *kit;
    IUnknown *callback;
    HANDLE over;  /* set when the threads shall end */
    SRWLOCK lock; /* protects jobs and made */
    IBackgroundCopyJob *jobs[JOBS];
    LONG made;
    LONG illegal_states;
    LONG strange_results;
    LONG calls;
};

struct sailor
{
    struct storm *storm;
    HANDLE thread;
    uint32_t seed;
};

static uint32_t roll(struct sailor *sailor, uint32_t sides)
{
    sailor->seed = sailor->seed * 1664525u + 1013904223u;
    return (sailor->seed >> 8) % sides;
}

/* What a job may answer at any moment. */
static void expect(struct storm *storm, HRESULT hr)
{
    static const HRESULT usual[] = {
        S_OK,
        S_FALSE,
        BG_S_PARTIAL_COMPLETE,
        BG_S_UNABLE_TO_DELETE_FILES,
        DO_E_INVALID_STATE,
        DO_E_JOB_EMPTY,
        DO_E_JOB_NOT_FOUND,
        DO_E_ERROR_INFORMATION_UNAVAILABLE,
        DO_E_FILE_NOT_AVAILABLE,
    };

    InterlockedIncrement(&storm->calls);
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
    {
        if (hr == usual[i])
            return;
    }
    fprintf(stderr, "0x%08lx\n", (unsigned long)hr);
    InterlockedIncrement(&storm->strange_results);
}

/* ---- jobs ---------------------------------------------------------------------------------------
 */

static IBackgroundCopyJob *new_job(struct storm *storm)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;

    expect(storm, IBackgroundCopyManager_CreateJob(storm->kit->manager, L"storm",
                                                   BG_JOB_TYPE_DOWNLOAD, &id, &job));
    return job;
}

static IBackgroundCopyJob *take_job(struct sailor *sailor, size_t *slot)
{
    struct storm *storm = sailor->storm;
    IBackgroundCopyJob *job;

    *slot = roll(sailor, JOBS);
    AcquireSRWLockExclusive(&storm->lock);
    job = storm->jobs[*slot];
    IBackgroundCopyJob_AddRef(job);
    ReleaseSRWLockExclusive(&storm->lock);
    return job;
}

/* A job that is over makes room for a new one. */
static void replace_if_over(struct storm *storm, size_t slot, IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = (BG_JOB_STATE)-1;
    IBackgroundCopyJob *fresh;

    expect(storm, IBackgroundCopyJob_GetState(job, &state));
    if ((unsigned int)state > BG_JOB_STATE_CANCELLED)
        InterlockedIncrement(&storm->illegal_states);
    if ((state != BG_JOB_STATE_ACKNOWLEDGED && state != BG_JOB_STATE_CANCELLED) ||
        !(fresh = new_job(storm)))
        return;
    AcquireSRWLockExclusive(&storm->lock);
    if (storm->jobs[slot] == job)
    {
        storm->jobs[slot] = fresh;
        fresh = job;
    }
    ReleaseSRWLockExclusive(&storm->lock);
    if (fresh != job)
        expect(storm, IBackgroundCopyJob_Cancel(fresh)); /* somebody else was faster */
    IBackgroundCopyJob_Release(fresh);
}

/* ---- calls --------------------------------------------------------------------------------------
 */

static void add_file(struct sailor *sailor, IBackgroundCopyJob *job)
{
    struct storm *storm = sailor->storm;
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH], name[32];
    BG_JOB_PROGRESS progress;
    char path[8];

    expect(storm, IBackgroundCopyJob_GetProgress(job, &progress));
    if (progress.FilesTotal >= FILES_MAX)
        return;
    snprintf(path, sizeof(path), "/%u", roll(sailor, SERVED));
    swprintf(name, ARRAY_SIZE(name), L"file-%ld", InterlockedIncrement(&storm->made));
    expect(storm, IBackgroundCopyJob_AddFile(job, httpd_wide_url(storm->kit->httpd, path, url),
                                             kit_path(storm->kit, name, target)));
}

static void read_error(struct storm *storm, IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    LPWSTR text;
    HRESULT hr = IBackgroundCopyJob_GetError(job, &error);

    expect(storm, hr);
    if (FAILED(hr))
        return;
    expect(storm, IBackgroundCopyError_GetErrorDescription(error, 0x409, &text));
    CoTaskMemFree(text);
    hr = IBackgroundCopyError_GetFile(error, &file);
    expect(storm, hr);
    if (SUCCEEDED(hr))
        IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
}

static void read_files(struct storm *storm, IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    BG_FILE_PROGRESS progress;

    expect(storm, IBackgroundCopyJob_EnumFiles(job, &files));
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        expect(storm, IBackgroundCopyFile_GetProgress(file, &progress));
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

static void find_again(struct storm *storm, IBackgroundCopyJob *job)
{
    IBackgroundCopyJob *found;
    HRESULT hr;
    GUID id;

    expect(storm, IBackgroundCopyJob_GetId(job, &id));
    hr = IBackgroundCopyManager_GetJob(storm->kit->manager, &id, &found);
    expect(storm, hr);
    if (FAILED(hr))
        return;
    expect(storm, IBackgroundCopyJob_SetNotifyInterface(found, storm->callback));
    IBackgroundCopyJob_Release(found);
}

static void read_and_write_texts(struct storm *storm, IBackgroundCopyJob *job)
{
    IUnknown *callback;
    LPWSTR text;

    expect(storm, IBackgroundCopyJob_SetDisplayName(job, L"another name"));
    expect(storm, IBackgroundCopyJob_GetDisplayName(job, &text));
    CoTaskMemFree(text);
    expect(storm, IBackgroundCopyJob_GetNotifyInterface(job, &callback));
    if (callback)
        IUnknown_Release(callback);
}

static void list_jobs(struct storm *storm)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    BG_JOB_STATE state;

    expect(storm, IBackgroundCopyManager_EnumJobs(storm->kit->manager, 0, &jobs));
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        expect(storm, IBackgroundCopyJob_GetState(job, &state));
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void call_something(struct sailor *sailor, IBackgroundCopyJob *job)
{
    struct storm *storm = sailor->storm;

    switch (roll(sailor, 16))
    {
    case 0:
    case 1:
        add_file(sailor, job);
        break;
    case 2:
    case 3:
    case 4:
        expect(storm, IBackgroundCopyJob_Resume(job));
        break;
    case 5:
        expect(storm, IBackgroundCopyJob_Suspend(job));
        break;
    case 6:
        if (roll(sailor, 4) == 0)
            expect(storm, IBackgroundCopyJob_Cancel(job));
        break;
    case 7:
        if (roll(sailor, 2) == 0)
            expect(storm, IBackgroundCopyJob_Complete(job));
        break;
    case 8:
        expect(storm, IBackgroundCopyJob_SetNotifyInterface(job, storm->callback));
        break;
    case 9:
        expect(storm, IBackgroundCopyJob_SetNotifyInterface(job, NULL));
        break;
    case 10:
        expect(storm, IBackgroundCopyJob_SetNotifyFlags(job, roll(sailor, 32)));
        break;
    case 11:
        expect(storm, IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)roll(sailor, 4)));
        break;
    case 12:
        read_error(storm, job);
        break;
    case 13:
        read_files(storm, job);
        break;
    case 14:
        find_again(storm, job);
        break;
    default:
        read_and_write_texts(storm, job);
        list_jobs(storm);
    }
}

static DWORD WINAPI sail(void *context)
{
    struct sailor *sailor = context;
    struct storm *storm = sailor->storm;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (WaitForSingleObject(storm->over, roll(sailor, 3)) == WAIT_TIMEOUT)
    {
        IBackgroundCopyJob *job;
        size_t slot;

        job = take_job(sailor, &slot);
        call_something(sailor, job);
        replace_if_over(storm, slot, job);
        IBackgroundCopyJob_Release(job);
    }
    CoUninitialize();
    return 0;
}

/* ---- the test -----------------------------------------------------------------------------------
 */

static void serve(struct httpd *httpd)
{
    HTTPD_SCRIPT(httpd, "/0", {.seed = 1, .size = 5000});
    HTTPD_SCRIPT(httpd, "/1", {.status = 404}, {.seed = 2, .size = 70000});
    HTTPD_SCRIPT(httpd, "/2",
                 {.seed = 3, .size = 300000, .etag = "\"e\"", .cut = true, .cut_after = 100000});
    HTTPD_SCRIPT(httpd, "/3", {.status = 503},
                 {.seed = 4, .size = 3 << 20, .trickle = 10, .trickle_bytes = 100000});
}

static unsigned int seconds_to_run(void)
{
    wchar_t text[16];

    return GetEnvironmentVariableW(L"DOSVC_STORM_SECONDS", text, ARRAY_SIZE(text))
               ? (unsigned int)_wtoi(text)
               : 5;
}

static void random_calls_from_many_threads_do_no_harm(void **state)
{
    static struct sailor sailors[THREADS];
    struct recorder *recorder = recorder_create();
    struct storm storm = {.kit = *state, .lock = SRWLOCK_INIT};
    HANDLE threads[THREADS];

    serve(storm.kit->httpd);
    recorder_set_quiet(recorder, true);
    storm.callback = recorder_unknown(recorder);
    storm.over = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (size_t i = 0; i < JOBS; i++)
        storm.jobs[i] = new_job(&storm);
    for (size_t i = 0; i < THREADS; i++)
    {
        sailors[i] = (struct sailor){.storm = &storm, .seed = (uint32_t)i * 7919 + 1};
        sailors[i].thread = threads[i] = CreateThread(NULL, 0, sail, &sailors[i], 0, NULL);
    }
    kit_pass(seconds_to_run() * 1000);
    SetEvent(storm.over);
    assert_int_equal(WAIT_OBJECT_0, WaitForMultipleObjects(THREADS, threads, TRUE, 30000));
    for (size_t i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
    for (size_t i = 0; i < JOBS; i++)
    {
        IBackgroundCopyJob_Cancel(storm.jobs[i]);
        IBackgroundCopyJob_Release(storm.jobs[i]);
    }
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
    CloseHandle(storm.over);
    print_message("%ld calls\n", storm.calls);
    assert_int_equal(0, storm.illegal_states);
    assert_int_equal(0, storm.strange_results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_calls_from_many_threads_do_no_harm, kit_setup,
                                        kit_teardown),
    };

    kit_process(L"clock=30");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
