#include "testkit/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct script
{
    HRESULT results[RECORDER_SCRIPT];
    size_t count;
};

struct recorder
{
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    LONG references;
    HANDLE changed; /* manual reset: set by every record and every Release */
    LONG faces;     /* RECORDER_* */
    LONG releaser;  /* the thread of the last Release */

    SRWLOCK lock; /* protects everything below */
    bool quiet;
    recorder_hook hook;
    void *hook_context;
    struct script scripts[RECORD_KIND_COUNT];
    unsigned int counts[RECORD_KIND_COUNT];
    unsigned int total;
    struct record records[RECORDER_ROOM];
};

/* ---- IUnknown -----------------------------------------------------------------------------------
 */

static bool answers(struct recorder *recorder, REFIID iid)
{
    if (IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return recorder->faces & RECORDER_CALLBACK;
    if (IsEqualIID(iid, &IID_IBackgroundCopyCallback2))
        return recorder->faces & RECORDER_CALLBACK2;
    if (IsEqualIID(iid, &IID_IBackgroundCopyCallback3))
        return recorder->faces & RECORDER_CALLBACK3;
    if (IsEqualIID(iid, &IID_IAgileObject))
        return recorder->faces & RECORDER_AGILE;
    return IsEqualIID(iid, &IID_IUnknown);
}

static HRESULT query(struct recorder *recorder, REFIID iid, void **object)
{
    *object = NULL;
    if (answers(recorder, iid))
        *object = &recorder->IBackgroundCopyCallback3_iface;
    else if (IsEqualIID(iid, &IID_IDODownloadStatusCallback))
        *object = &recorder->IDODownloadStatusCallback_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&recorder->references);
    return S_OK;
}

static ULONG release(struct recorder *recorder)
{
    HANDLE changed = recorder->changed;
    LONG left;

    InterlockedExchange(&recorder->releaser, (LONG)GetCurrentThreadId());
    left = InterlockedDecrement(&recorder->references);

    if (left)
    {
        SetEvent(changed);
        return (ULONG)left;
    }
    CloseHandle(changed);
    free(recorder);
    return 0;
}

static struct recorder *from_callback(IBackgroundCopyCallback3 *iface)
{
    return CONTAINER_OF(iface, struct recorder, IBackgroundCopyCallback3_iface);
}

static struct recorder *from_status(IDODownloadStatusCallback *iface)
{
    return CONTAINER_OF(iface, struct recorder, IDODownloadStatusCallback_iface);
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback3 *iface,
                                                         REFIID iid, void **object)
{
    return query(from_callback(iface), iid, object);
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback3 *iface)
{
    return (ULONG)InterlockedIncrement(&from_callback(iface)->references);
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback3 *iface)
{
    return release(from_callback(iface));
}

static HRESULT STDMETHODCALLTYPE status_QueryInterface(IDODownloadStatusCallback *iface, REFIID iid,
                                                       void **object)
{
    return query(from_status(iface), iid, object);
}

static ULONG STDMETHODCALLTYPE status_AddRef(IDODownloadStatusCallback *iface)
{
    return (ULONG)InterlockedIncrement(&from_status(iface)->references);
}

static ULONG STDMETHODCALLTYPE status_Release(IDODownloadStatusCallback *iface)
{
    return release(from_status(iface));
}

/* ---- records ------------------------------------------------------------------------------------
 */

static bool is_quiet(struct recorder *recorder)
{
    bool quiet;

    AcquireSRWLockShared(&recorder->lock);
    quiet = recorder->quiet;
    ReleaseSRWLockShared(&recorder->lock);
    return quiet;
}

static void ask_job(struct recorder *recorder, IBackgroundCopyJob *job, struct record *record)
{
    BG_JOB_PROGRESS progress;

    record->object = job;
    if (is_quiet(recorder))
        return;
    IBackgroundCopyJob_GetState(job, &record->job_state);
    if (SUCCEEDED(IBackgroundCopyJob_GetProgress(job, &progress)))
        record->bytes = progress.BytesTransferred;
}

static void ask_file(IBackgroundCopyFile *file, struct record *record)
{
    LPWSTR name = NULL;

    if (SUCCEEDED(IBackgroundCopyFile_GetLocalName(file, &name)) && name)
        wcsncpy(record->file, name, ARRAY_SIZE(record->file) - 1);
    CoTaskMemFree(name);
}

/* Writes the record down, runs the hook, gives the scripted result. */
static HRESULT keep(struct recorder *recorder, struct record *record)
{
    struct script *script = &recorder->scripts[record->kind];
    recorder_hook hook;
    void *context;
    HRESULT hr;

    record->thread = GetCurrentThreadId();
    record->time = GetTickCount64();
    AcquireSRWLockExclusive(&recorder->lock);
    if (recorder->total < RECORDER_ROOM)
        recorder->records[recorder->total] = *record;
    recorder->total++;
    hr = recorder->counts[record->kind] < script->count
             ? script->results[recorder->counts[record->kind]]
             : S_OK;
    recorder->counts[record->kind]++;
    hook = recorder->hook;
    context = recorder->hook_context;
    ReleaseSRWLockExclusive(&recorder->lock);
    SetEvent(recorder->changed);
    if (hook)
    {
        HRESULT result = hook(recorder, record, context);

        if (result != S_OK)
            hr = result;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback3 *iface,
                                                         IBackgroundCopyJob *job)
{
    struct recorder *recorder = from_callback(iface);
    struct record record = {.kind = RECORD_TRANSFERRED};

    ask_job(recorder, job, &record);
    return keep(recorder, &record);
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback3 *iface,
                                                   IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    struct recorder *recorder = from_callback(iface);
    struct record record = {.kind = RECORD_ERROR};

    ask_job(recorder, job, &record);
    if (!is_quiet(recorder))
        IBackgroundCopyError_GetError(error, &record.context, &record.code);
    return keep(recorder, &record);
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback3 *iface,
                                                          IBackgroundCopyJob *job, DWORD reserved)
{
    struct recorder *recorder = from_callback(iface);
    struct record record = {.kind = RECORD_MODIFICATION};

    (void)reserved;
    ask_job(recorder, job, &record);
    return keep(recorder, &record);
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback3 *iface,
                                                          IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    struct recorder *recorder = from_callback(iface);
    struct record record = {.kind = RECORD_FILE_TRANSFERRED};

    ask_job(recorder, job, &record);
    ask_file(file, &record);
    return keep(recorder, &record);
}

static HRESULT STDMETHODCALLTYPE callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
                                                                IBackgroundCopyJob *job,
                                                                IBackgroundCopyFile *file,
                                                                DWORD count,
                                                                const BG_FILE_RANGE ranges[])
{
    struct recorder *recorder = from_callback(iface);
    struct record record = {.kind = RECORD_FILE_RANGES};

    (void)count;
    (void)ranges;
    ask_job(recorder, job, &record);
    ask_file(file, &record);
    return keep(recorder, &record);
}

static HRESULT STDMETHODCALLTYPE status_OnStatusChange(IDODownloadStatusCallback *iface,
                                                       IDODownload *download,
                                                       const DO_DOWNLOAD_STATUS *status)
{
    struct record record = {.kind = RECORD_STATUS};

    record.object = download;
    if (status)
    {
        record.status = *status;
        record.bytes = status->BytesTransferred;
    }
    return keep(from_status(iface), &record);
}

static const IBackgroundCopyCallback3Vtbl callback_vtable = {
    callback_QueryInterface,  callback_AddRef,
    callback_Release,         callback_JobTransferred,
    callback_JobError,        callback_JobModification,
    callback_FileTransferred, callback_FileRangesTransferred,
};

static const IDODownloadStatusCallbackVtbl status_vtable = {
    status_QueryInterface,
    status_AddRef,
    status_Release,
    status_OnStatusChange,
};

/* ---- the test's side ----------------------------------------------------------------------------
 */

struct recorder *recorder_create(void)
{
    struct recorder *recorder = calloc(1, sizeof(*recorder));

    if (!recorder)
        abort();
    recorder->IBackgroundCopyCallback3_iface.lpVtbl = &callback_vtable;
    recorder->IDODownloadStatusCallback_iface.lpVtbl = &status_vtable;
    recorder->references = 1;
    recorder->faces = RECORDER_CALLBACK | RECORDER_CALLBACK2 | RECORDER_CALLBACK3;
    recorder->changed = CreateEventW(NULL, TRUE, FALSE, NULL);
    InitializeSRWLock(&recorder->lock);
    return recorder;
}

void recorder_release(struct recorder *recorder)
{
    release(recorder);
}

unsigned int recorder_references(struct recorder *recorder)
{
    return (unsigned int)InterlockedCompareExchange(&recorder->references, 0, 0);
}

void recorder_set_faces(struct recorder *recorder, unsigned int faces)
{
    InterlockedExchange(&recorder->faces, (LONG)faces);
}

DWORD recorder_releaser(struct recorder *recorder)
{
    return (DWORD)InterlockedCompareExchange(&recorder->releaser, 0, 0);
}

IUnknown *recorder_unknown(struct recorder *recorder)
{
    return (IUnknown *)&recorder->IBackgroundCopyCallback3_iface;
}

void recorder_attach(struct recorder *recorder, IBackgroundCopyJob *job, ULONG flags)
{
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, flags));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder)));
}

HRESULT recorder_attach_download(struct recorder *recorder, IDODownload *download)
{
    VARIANT variant;

    VariantInit(&variant);
    V_VT(&variant) = VT_UNKNOWN;
    V_UNKNOWN(&variant) = recorder_unknown(recorder);
    return IDODownload_SetProperty(download, DODownloadProperty_CallbackInterface, &variant);
}

void recorder_script(struct recorder *recorder, enum record_kind kind, const HRESULT *results,
                     size_t count)
{
    assert_true(count <= RECORDER_SCRIPT);
    AcquireSRWLockExclusive(&recorder->lock);
    memcpy(recorder->scripts[kind].results, results, count * sizeof(*results));
    recorder->scripts[kind].count = count;
    ReleaseSRWLockExclusive(&recorder->lock);
}

void recorder_set_hook(struct recorder *recorder, recorder_hook hook, void *context)
{
    AcquireSRWLockExclusive(&recorder->lock);
    recorder->hook = hook;
    recorder->hook_context = context;
    ReleaseSRWLockExclusive(&recorder->lock);
}

void recorder_set_quiet(struct recorder *recorder, bool quiet)
{
    AcquireSRWLockExclusive(&recorder->lock);
    recorder->quiet = quiet;
    ReleaseSRWLockExclusive(&recorder->lock);
}

unsigned int recorder_count(struct recorder *recorder, enum record_kind kind)
{
    unsigned int count;

    AcquireSRWLockShared(&recorder->lock);
    count = kind == RECORD_KIND_COUNT ? recorder->total : recorder->counts[kind];
    ReleaseSRWLockShared(&recorder->lock);
    return count;
}

bool recorder_get(struct recorder *recorder, enum record_kind kind, unsigned int n,
                  struct record *record)
{
    bool found = false;
    unsigned int i;

    AcquireSRWLockShared(&recorder->lock);
    for (i = 0; i < recorder->total && i < RECORDER_ROOM && !found; i++)
    {
        if ((kind == RECORD_KIND_COUNT || recorder->records[i].kind == kind) && n-- == 0)
        {
            *record = recorder->records[i];
            found = true;
        }
    }
    ReleaseSRWLockShared(&recorder->lock);
    return found;
}

/* ---- waits --------------------------------------------------------------------------------------
 */

struct expectation
{
    struct recorder *recorder;
    enum record_kind kind;
    unsigned int count;
    DODownloadState state;
};

/* The event is reset before each look, so what comes between look and wait is not lost. */
static bool wait_for(struct expectation *expectation, bool (*is_so)(struct expectation *),
                     unsigned int ms)
{
    uint64_t deadline = GetTickCount64() + ms;
    HANDLE changed = expectation->recorder->changed;
    APTTYPEQUALIFIER qualifier;
    APTTYPE type = APTTYPE_MTA;

    CoGetApartmentType(&type, &qualifier);
    for (;;)
    {
        uint64_t now = GetTickCount64();

        ResetEvent(changed);
        if (is_so(expectation))
            return true;
        if (now >= deadline)
            return false;
        if (type == APTTYPE_MTA)
            WaitForSingleObject(changed, (DWORD)(deadline - now));
        else
            kit_pump_until(changed, (unsigned int)(deadline - now));
    }
}

static bool count_is_reached(struct expectation *expectation)
{
    return recorder_count(expectation->recorder, expectation->kind) >= expectation->count;
}

static bool status_has_come(struct expectation *expectation)
{
    struct record record;
    unsigned int i;

    for (i = 0; recorder_get(expectation->recorder, RECORD_STATUS, i, &record); i++)
    {
        if (record.status.State == expectation->state)
            return true;
    }
    return false;
}

static bool only_the_test_holds_it(struct expectation *expectation)
{
    return recorder_references(expectation->recorder) == 1;
}

bool recorder_wait(struct recorder *recorder, enum record_kind kind, unsigned int count,
                   unsigned int ms)
{
    struct expectation expectation = {.recorder = recorder, .kind = kind, .count = count};

    return wait_for(&expectation, count_is_reached, ms);
}

bool recorder_wait_status(struct recorder *recorder, DODownloadState state, unsigned int ms)
{
    struct expectation expectation = {.recorder = recorder, .state = state};

    return wait_for(&expectation, status_has_come, ms);
}

bool recorder_wait_released(struct recorder *recorder, unsigned int ms)
{
    struct expectation expectation = {.recorder = recorder};

    return wait_for(&expectation, only_the_test_holds_it, ms);
}
