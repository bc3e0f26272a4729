#include "fake_job.h"

#include "base/lock.h"
#include "base/mem.h"
#include "com/com_object.h"
#include "com/enum_object.h"
#include "testkit/fake_parts.h"

#define FAKE_FILES 64
struct fake_failure
{
    HRESULT hr;
    unsigned int times;
};

struct fake_job
{
    struct com_object com;
    IBackgroundCopyJob5 IBackgroundCopyJob5_iface;
    GUID id;
    struct dispatcher *dispatcher;

    struct lock lock; /* engine.lock's part: protects what follows, held while events are told */
    BG_JOB_STATE state;
    ULONG flags;
    ULONG error_count;
    struct fake_failure_data error;
    struct fake_data files[FAKE_FILES];
    size_t file_count;
    struct fake_failure failures[FAKE_METHOD_COUNT];
    unsigned int calls[FAKE_METHOD_COUNT];
};
COM_IMPLEMENTS(fake_job, IBackgroundCopyJob5)

/* Counts the call; what it is to fail with, or S_OK. */
static HRESULT enter(struct fake_job *job, enum fake_method method)
{
    HRESULT hr = S_OK;

    lock_take(&job->lock);
    job->calls[method]++;
    if (job->failures[method].times)
    {
        job->failures[method].times--;
        hr = job->failures[method].hr;
    }
    lock_drop(&job->lock);
    return hr;
}

/* ---- what files and errors ask for ---- */

struct com_object *fake_job_object(struct fake_job *job)
{
    return &job->com;
}

struct fake_data fake_job_data(struct fake_job *job, size_t index)
{
    struct fake_data data;

    lock_take_shared(&job->lock);
    data = job->files[index];
    lock_drop_shared(&job->lock);
    return data;
}

/* ---- the job's methods ---- */

static void fake_job_free(struct com_object *com)
{
    struct fake_job *job = CONTAINER_OF(com, struct fake_job, com);

    dispatcher_free(job->dispatcher);
    mem_free(job);
}

static bool is_final(BG_JOB_STATE state)
{
    return state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
}

/* The next state, if `from` (a set of bits) has the present one; then the event. */
static HRESULT change(struct fake_job *job, unsigned int from, BG_JOB_STATE state)
{
    HRESULT hr = DO_E_INVALID_STATE;

    lock_take_shared(&job->lock);
    if (from >> job->state & 1)
        hr = S_OK;
    lock_drop_shared(&job->lock);
    if (SUCCEEDED(hr))
        fake_job_move(job, state);
    return hr;
}

#define NOT_FINAL 0x7fu

static HRESULT STDMETHODCALLTYPE fake_job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count,
                                                     BG_FILE_INFO *files)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    ULONG i;

    for (i = 0; i < count; i++)
        fake_job_add_file(job, files[i].RemoteName, files[i].LocalName, BG_SIZE_UNKNOWN);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_AddFile(IBackgroundCopyJob5 *iface, LPCWSTR remote,
                                                  LPCWSTR local)
{
    fake_job_add_file(fake_job_from_IBackgroundCopyJob5(iface), remote, local, BG_SIZE_UNKNOWN);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_EnumFiles(IBackgroundCopyJob5 *iface,
                                                    IEnumBackgroundCopyFiles **out)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    size_t count, i;
    IUnknown **items;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = enter(job, FAKE_ENUM_FILES)))
        return hr;
    lock_take_shared(&job->lock);
    count = job->file_count;
    lock_drop_shared(&job->lock);
    if (!(items = mem_array_alloc(count, sizeof(*items))))
        return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        if (SUCCEEDED(hr = fake_file_create(job, i, &items[i])))
            continue;
        while (i-- > 0)
            IUnknown_Release(items[i]);
        mem_free(items);
        return hr;
    }
    return enum_object_create(&IID_IEnumBackgroundCopyFiles, items, count, (void **)out);
}

static HRESULT STDMETHODCALLTYPE fake_job_Suspend(IBackgroundCopyJob5 *iface)
{
    return change(fake_job_from_IBackgroundCopyJob5(iface), NOT_FINAL, BG_JOB_STATE_SUSPENDED);
}

static HRESULT STDMETHODCALLTYPE fake_job_Resume(IBackgroundCopyJob5 *iface)
{
    return change(fake_job_from_IBackgroundCopyJob5(iface), NOT_FINAL, BG_JOB_STATE_TRANSFERRING);
}

static HRESULT STDMETHODCALLTYPE fake_job_Cancel(IBackgroundCopyJob5 *iface)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    if (FAILED(hr = enter(job, FAKE_CANCEL)))
        return hr;
    return change(job, NOT_FINAL, BG_JOB_STATE_CANCELLED);
}

static HRESULT STDMETHODCALLTYPE fake_job_Complete(IBackgroundCopyJob5 *iface)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    if (FAILED(hr = enter(job, FAKE_COMPLETE)))
        return hr;
    return change(job, NOT_FINAL, BG_JOB_STATE_ACKNOWLEDGED);
}

static HRESULT STDMETHODCALLTYPE fake_job_GetId(IBackgroundCopyJob5 *iface, GUID *id)
{
    *id = fake_job_from_IBackgroundCopyJob5(iface)->id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *type)
{
    (void)iface;
    *type = BG_JOB_TYPE_DOWNLOAD;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetProgress(IBackgroundCopyJob5 *iface,
                                                      BG_JOB_PROGRESS *progress)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    size_t i;

    memset(progress, 0, sizeof(*progress));
    lock_take_shared(&job->lock);
    progress->FilesTotal = (ULONG)job->file_count;
    for (i = 0; i < job->file_count; i++)
    {
        if (job->files[i].size == BG_SIZE_UNKNOWN)
            progress->BytesTotal = BG_SIZE_UNKNOWN;
        else if (progress->BytesTotal != BG_SIZE_UNKNOWN)
            progress->BytesTotal += job->files[i].size;
        progress->BytesTransferred += job->files[i].bytes;
        progress->FilesTransferred += job->files[i].bytes == job->files[i].size;
    }
    lock_drop_shared(&job->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    if (FAILED(hr = enter(job, FAKE_GET_STATE)))
        return hr;
    lock_take_shared(&job->lock);
    *state = job->state;
    lock_drop_shared(&job->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetError(IBackgroundCopyJob5 *iface,
                                                   IBackgroundCopyError **out)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    struct fake_failure_data error;
    bool failed;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = enter(job, FAKE_GET_ERROR)))
        return hr;
    lock_take_shared(&job->lock);
    failed = job->state == BG_JOB_STATE_ERROR || job->state == BG_JOB_STATE_TRANSIENT_ERROR;
    error = job->error;
    lock_drop_shared(&job->lock);
    return failed ? fake_error_create(job, &error, out) : DO_E_ERROR_INFORMATION_UNAVAILABLE;
}

static HRESULT STDMETHODCALLTYPE fake_job_SetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG flags)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    struct job_event event = {.what = JOB_EVENT_FLAGS};

    lock_take(&job->lock);
    job->flags = flags;
    dispatcher_post(job->dispatcher, &event);
    lock_drop(&job->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    if (FAILED(hr = enter(job, FAKE_GET_FLAGS)))
        return hr;
    lock_take_shared(&job->lock);
    *flags = job->flags;
    lock_drop_shared(&job->lock);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE fake_job_SetNotifyInterface(IBackgroundCopyJob5 *iface,
                                                             IUnknown *callback)
{
    return dispatcher_set_target(fake_job_from_IBackgroundCopyJob5(iface)->dispatcher,
                                 (IBackgroundCopyJob *)iface, callback);
}

static HRESULT STDMETHODCALLTYPE fake_job_GetNotifyInterface(IBackgroundCopyJob5 *iface,
                                                             IUnknown **callback)
{
    return dispatcher_get_target(fake_job_from_IBackgroundCopyJob5(iface)->dispatcher,
                                 &IID_IUnknown, (void **)callback);
}

static HRESULT STDMETHODCALLTYPE fake_job_GetErrorCount(IBackgroundCopyJob5 *iface, ULONG *count)
{
    struct fake_job *job = fake_job_from_IBackgroundCopyJob5(iface);

    lock_take_shared(&job->lock);
    *count = job->error_count;
    lock_drop_shared(&job->lock);
    return S_OK;
}

NOT_FAKED(fake_job, IBackgroundCopyJob5, GetTimes, BG_JOB_TIMES *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetOwner, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetDisplayName, LPCWSTR)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetDisplayName, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetDescription, LPCWSTR)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetDescription, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetPriority, BG_JOB_PRIORITY)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetPriority, BG_JOB_PRIORITY *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetMinimumRetryDelay, ULONG)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetMinimumRetryDelay, ULONG *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetNoProgressTimeout, ULONG)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetNoProgressTimeout, ULONG *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetProxySettings, BG_JOB_PROXY_USAGE, const WCHAR *,
          const WCHAR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetProxySettings, BG_JOB_PROXY_USAGE *, LPWSTR *, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, TakeOwnership)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetNotifyCmdLine, LPCWSTR, LPCWSTR)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetNotifyCmdLine, LPWSTR *, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetReplyProgress, BG_JOB_REPLY_PROGRESS *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetReplyData, byte **, UINT64 *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetReplyFileName, LPCWSTR)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetReplyFileName, LPWSTR *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetCredentials, BG_AUTH_CREDENTIALS *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, RemoveCredentials, BG_AUTH_TARGET, BG_AUTH_SCHEME)
NOT_FAKED(fake_job, IBackgroundCopyJob5, ReplaceRemotePrefix, LPCWSTR, LPCWSTR)
NOT_FAKED(fake_job, IBackgroundCopyJob5, AddFileWithRanges, LPCWSTR, LPCWSTR, DWORD,
          BG_FILE_RANGE *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetFileACLFlags, DWORD)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetFileACLFlags, DWORD *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetPeerCachingFlags, DWORD)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetPeerCachingFlags, DWORD *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetOwnerIntegrityLevel, ULONG *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetOwnerElevationState, BOOL *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetMaximumDownloadTime, ULONG)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetMaximumDownloadTime, ULONG *)
NOT_FAKED(fake_job, IBackgroundCopyJob5, SetProperty, BITS_JOB_PROPERTY_ID, BITS_JOB_PROPERTY_VALUE)
NOT_FAKED(fake_job, IBackgroundCopyJob5, GetProperty, BITS_JOB_PROPERTY_ID,
          BITS_JOB_PROPERTY_VALUE *)

static const IBackgroundCopyJob5Vtbl fake_job_vtbl = {
    COM_UNKNOWN(fake_job, IBackgroundCopyJob5),
    fake_job_AddFileSet,
    fake_job_AddFile,
    fake_job_EnumFiles,
    fake_job_Suspend,
    fake_job_Resume,
    fake_job_Cancel,
    fake_job_Complete,
    fake_job_GetId,
    fake_job_GetType,
    fake_job_GetProgress,
    fake_job_GetTimes,
    fake_job_GetState,
    fake_job_GetError,
    fake_job_GetOwner,
    fake_job_SetDisplayName,
    fake_job_GetDisplayName,
    fake_job_SetDescription,
    fake_job_GetDescription,
    fake_job_SetPriority,
    fake_job_GetPriority,
    fake_job_SetNotifyFlags,
    fake_job_GetNotifyFlags,
    fake_job_SetNotifyInterface,
    fake_job_GetNotifyInterface,
    fake_job_SetMinimumRetryDelay,
    fake_job_GetMinimumRetryDelay,
    fake_job_SetNoProgressTimeout,
    fake_job_GetNoProgressTimeout,
    fake_job_GetErrorCount,
    fake_job_SetProxySettings,
    fake_job_GetProxySettings,
    fake_job_TakeOwnership,
    fake_job_SetNotifyCmdLine,
    fake_job_GetNotifyCmdLine,
    fake_job_GetReplyProgress,
    fake_job_GetReplyData,
    fake_job_SetReplyFileName,
    fake_job_GetReplyFileName,
    fake_job_SetCredentials,
    fake_job_RemoveCredentials,
    fake_job_ReplaceRemotePrefix,
    fake_job_AddFileWithRanges,
    fake_job_SetFileACLFlags,
    fake_job_GetFileACLFlags,
    fake_job_SetPeerCachingFlags,
    fake_job_GetPeerCachingFlags,
    fake_job_GetOwnerIntegrityLevel,
    fake_job_GetOwnerElevationState,
    fake_job_SetMaximumDownloadTime,
    fake_job_GetMaximumDownloadTime,
    fake_job_SetProperty,
    fake_job_GetProperty,
};

static const struct com_interface fake_job_interfaces[] = {
    {&IID_IBackgroundCopyJob, offsetof(struct fake_job, IBackgroundCopyJob5_iface)},
    {&IID_IBackgroundCopyJob2, offsetof(struct fake_job, IBackgroundCopyJob5_iface)},
    {&IID_IBackgroundCopyJob3, offsetof(struct fake_job, IBackgroundCopyJob5_iface)},
    {&IID_IBackgroundCopyJob4, offsetof(struct fake_job, IBackgroundCopyJob5_iface)},
    {&IID_IBackgroundCopyJob5, offsetof(struct fake_job, IBackgroundCopyJob5_iface)},
};
static const struct com_class fake_job_class = {
    "fake job", fake_job_interfaces, ARRAY_SIZE(fake_job_interfaces), fake_job_free, NULL};

/* ---- the test's side ---- */

struct fake_job *fake_job_create(void)
{
    struct fake_job *job;

    if (!(job = mem_zalloc(sizeof(*job))))
        return NULL;
    if (FAILED(dispatcher_create(&job->dispatcher)))
    {
        mem_free(job);
        return NULL;
    }
    com_object_init(&job->com, &fake_job_class);
    job->IBackgroundCopyJob5_iface.lpVtbl = &fake_job_vtbl;
    CoCreateGuid(&job->id);
    lock_init(&job->lock, LOCK_ENGINE);
    job->state = BG_JOB_STATE_SUSPENDED;
    job->flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    job->error.file = SIZE_MAX;
    return job;
}

IBackgroundCopyJob *fake_job_face(struct fake_job *job)
{
    return (IBackgroundCopyJob *)&job->IBackgroundCopyJob5_iface;
}

struct dispatcher *fake_job_dispatcher(struct fake_job *job)
{
    return job->dispatcher;
}

LONG fake_job_references(const struct fake_job *job)
{
    return *(const volatile LONG *)&job->com.references;
}

void fake_job_post(struct fake_job *job, const struct job_event *event)
{
    lock_take(&job->lock);
    dispatcher_post(job->dispatcher, event);
    lock_drop(&job->lock);
}

void fake_job_move(struct fake_job *job, BG_JOB_STATE state)
{
    struct job_event event = {.what = JOB_EVENT_STATE};

    if (state == BG_JOB_STATE_TRANSFERRED)
        event.what |= JOB_EVENT_TRANSFERRED;
    else if (state == BG_JOB_STATE_ERROR)
        event.what |= JOB_EVENT_ERROR;
    else if (is_final(state))
        event.what |= JOB_EVENT_FINAL;
    else
        event.what |= JOB_EVENT_MODIFICATION;
    lock_take(&job->lock);
    job->state = state;
    if (state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR)
        job->error_count++;
    dispatcher_post(job->dispatcher, &event);
    lock_drop(&job->lock);
}

void fake_job_modify(struct fake_job *job)
{
    struct job_event event = {.what = JOB_EVENT_MODIFICATION};

    fake_job_post(job, &event);
}

void fake_job_set_error(struct fake_job *job, BG_ERROR_CONTEXT context, HRESULT code, size_t file)
{
    lock_take(&job->lock);
    job->error.context = context;
    job->error.code = code;
    job->error.file = file;
    lock_drop(&job->lock);
}

size_t fake_job_add_file(struct fake_job *job, const WCHAR *remote, const WCHAR *local, UINT64 size)
{
    struct job_event event = {.what = JOB_EVENT_MODIFICATION};
    size_t index;

    lock_take(&job->lock);
    index = job->file_count++;
    assert(index < FAKE_FILES);
    job->files[index].remote = remote;
    job->files[index].local = local;
    job->files[index].size = size;
    dispatcher_post(job->dispatcher, &event);
    lock_drop(&job->lock);
    return index;
}

void fake_job_set_progress(struct fake_job *job, size_t file, UINT64 bytes)
{
    struct job_event event = {.what = JOB_EVENT_MODIFICATION};

    lock_take(&job->lock);
    job->files[file].bytes = bytes;
    dispatcher_post(job->dispatcher, &event);
    lock_drop(&job->lock);
}

void fake_job_file_done(struct fake_job *job, size_t file)
{
    struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED, .file_index = file};

    lock_take(&job->lock);
    if (job->files[file].size == BG_SIZE_UNKNOWN)
        job->files[file].size = job->files[file].bytes;
    job->files[file].bytes = job->files[file].size;
    dispatcher_post(job->dispatcher, &event);
    lock_drop(&job->lock);
}

void fake_job_ranges_done(struct fake_job *job, size_t file, UINT64 offset, UINT64 length)
{
    struct job_event event = {
        .what = JOB_EVENT_FILE_RANGES, .file_index = file, .offset = offset, .length = length};

    fake_job_post(job, &event);
}

void fake_job_fail(struct fake_job *job, enum fake_method method, HRESULT hr, unsigned int times)
{
    lock_take(&job->lock);
    job->failures[method].hr = hr;
    job->failures[method].times = times;
    lock_drop(&job->lock);
}

unsigned int fake_job_calls(struct fake_job *job, enum fake_method method)
{
    unsigned int calls;

    lock_take_shared(&job->lock);
    calls = job->calls[method];
    lock_drop_shared(&job->lock);
    return calls;
}
