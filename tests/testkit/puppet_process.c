/* A puppet's side. Nothing here asserts: it answers with what the methods return. */
#include "testkit/puppet_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHED 64

struct watch /* a job that has a recorder */
{
    GUID job;
    IUnknown *object; /* the job or the download; keeps the registration alive */
    struct recorder *recorder;
};

struct stage
{
    IBackgroundCopyManager *manager;
    IDOManager *downloads;
    struct watch watches[WATCHED];
    size_t watch_count;
};

/* ---- finding ------------------------------------------------------------------------------------
 */

static HRESULT find_job(struct stage *stage, const GUID *id, IBackgroundCopyJob **job)
{
    return IBackgroundCopyManager_GetJob(stage->manager, id, job);
}

static bool has_id(IDODownload *download, const GUID *id)
{
    wchar_t wanted[64];
    VARIANT value;
    bool same;

    VariantInit(&value);
    StringFromGUID2(id, wanted, ARRAY_SIZE(wanted));
    if (IDODownload_GetProperty(download, DODownloadProperty_Id, &value) != S_OK)
        return false;
    same = !_wcsicmp(wanted, V_BSTR(&value));
    if (!same) /* with or without braces */
    {
        wanted[wcslen(wanted) - 1] = 0;
        same = !_wcsicmp(wanted + 1, V_BSTR(&value));
    }
    VariantClear(&value);
    return same;
}

static HRESULT find_download(struct stage *stage, const GUID *id, IDODownload **found)
{
    IEnumUnknown *downloads;
    IUnknown *unknown;
    HRESULT hr;

    *found = NULL;
    if ((hr = IDOManager_EnumDownloads(stage->downloads, NULL, &downloads)) != S_OK)
        return hr;
    while (!*found && IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
    {
        IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)found);
        IUnknown_Release(unknown);
        if (*found && !has_id(*found, id))
        {
            IDODownload_Release(*found);
            *found = NULL;
        }
    }
    IEnumUnknown_Release(downloads);
    return *found ? S_OK : E_FAIL;
}

static struct watch *find_watch(struct stage *stage, const GUID *job)
{
    size_t i;

    for (i = 0; i < stage->watch_count; i++)
        if (IsEqualGUID(&stage->watches[i].job, job))
            return &stage->watches[i];
    return NULL;
}

/* ---- making -------------------------------------------------------------------------------------
 */

static HRESULT create_job(struct stage *stage, struct puppet_call *call)
{
    IBackgroundCopyJob *job;
    HRESULT hr;

    hr = IBackgroundCopyManager_CreateJob(stage->manager, L"puppet", BG_JOB_TYPE_DOWNLOAD,
                                          &call->job, &job);
    if (hr != S_OK)
        return hr;
    if (call->url[0])
        hr = IBackgroundCopyJob_AddFile(job, call->url, call->path);
    IBackgroundCopyJob_Release(job);
    return hr;
}

static HRESULT set_target(IDODownload *download, const struct puppet_call *call)
{
    IStream *stream;
    VARIANT value;
    HRESULT hr;

    if (call->verb == PUPPET_DOWNLOAD)
        return kit_set_string(download, DODownloadProperty_LocalPath, call->path);
    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
        return hr;
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = (IUnknown *)stream;
    hr = IDODownload_SetProperty(download, DODownloadProperty_StreamInterface, &value);
    IStream_Release(stream);
    return hr;
}

static HRESULT create_download(struct stage *stage, struct puppet_call *call)
{
    IDODownload *download;
    VARIANT value;
    HRESULT hr;

    if ((hr = IDOManager_CreateDownload(stage->downloads, &download)) != S_OK)
        return hr;
    VariantInit(&value);
    if (SUCCEEDED(hr = kit_set_string(download, DODownloadProperty_Uri, call->url)) &&
        SUCCEEDED(hr = set_target(download, call)) &&
        SUCCEEDED(hr = IDODownload_GetProperty(download, DODownloadProperty_Id, &value)))
    {
        wchar_t text[64];

        swprintf(text, ARRAY_SIZE(text), V_BSTR(&value)[0] == '{' ? L"%ls" : L"{%ls}",
                 V_BSTR(&value));
        hr = CLSIDFromString(text, &call->job);
        VariantClear(&value);
    }
    IDODownload_Release(download);
    return hr;
}

/* ---- watching -----------------------------------------------------------------------------------
 */

static HRESULT watch(struct stage *stage, struct puppet_call *call)
{
    struct watch *made = &stage->watches[stage->watch_count];
    HRESULT hr;

    if (stage->watch_count == WATCHED)
        return E_OUTOFMEMORY;
    if (call->download)
        hr = find_download(stage, &call->job, (IDODownload **)&made->object);
    else
        hr = find_job(stage, &call->job, (IBackgroundCopyJob **)&made->object);
    if (hr != S_OK)
        return hr;
    made->job = call->job;
    made->recorder = recorder_create();
    recorder_set_quiet(made->recorder, true);
    stage->watch_count++;
    if (call->download)
        return recorder_attach_download(made->recorder, (IDODownload *)made->object);
    hr = IBackgroundCopyJob_SetNotifyFlags((IBackgroundCopyJob *)made->object,
                                           BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                               BG_NOTIFY_JOB_MODIFICATION);
    if (FAILED(hr))
        return hr;
    return IBackgroundCopyJob_SetNotifyInterface((IBackgroundCopyJob *)made->object,
                                                 recorder_unknown(made->recorder));
}

static HRESULT forget(struct stage *stage, const GUID *job)
{
    struct watch *found = find_watch(stage, job);
    bool released;

    if (!found)
        return E_FAIL;
    IUnknown_Release(found->object);
    released = recorder_wait_released(found->recorder, 10000);
    recorder_release(found->recorder);
    *found = stage->watches[--stage->watch_count];
    return released ? S_OK : E_UNEXPECTED;
}

static HRESULT fail_callbacks(struct stage *stage, const struct puppet_call *call)
{
    struct watch *found = find_watch(stage, &call->job);
    HRESULT results[RECORDER_SCRIPT];
    size_t i;

    if (!found || call->count > RECORDER_SCRIPT)
        return E_FAIL;
    for (i = 0; i < call->count; i++)
        results[i] = E_FAIL;
    recorder_script(found->recorder, (enum record_kind)call->number, results, call->count);
    return S_OK;
}

/* ---- counting -----------------------------------------------------------------------------------
 */

static HRESULT count_jobs(struct stage *stage, struct puppet_call *call)
{
    IEnumBackgroundCopyJobs *jobs;
    ULONG count = 0;
    HRESULT hr;

    if ((hr = IBackgroundCopyManager_EnumJobs(stage->manager, 0, &jobs)) != S_OK)
        return hr;
    hr = IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    call->count = count;
    IEnumBackgroundCopyJobs_Release(jobs);
    return hr;
}

static HRESULT count_downloads(struct stage *stage, struct puppet_call *call)
{
    IEnumUnknown *downloads;
    IUnknown *unknown;
    HRESULT hr;

    call->count = 0;
    if ((hr = IDOManager_EnumDownloads(stage->downloads, NULL, &downloads)) != S_OK)
        return hr;
    while (IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
    {
        call->count++;
        IUnknown_Release(unknown);
    }
    IEnumUnknown_Release(downloads);
    return S_OK;
}

/* ---- orders -------------------------------------------------------------------------------------
 */

static HRESULT get_progress(IBackgroundCopyJob *job, struct puppet_call *call)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = IBackgroundCopyJob_GetProgress(job, &progress);

    call->number = progress.BytesTransferred;
    call->count = progress.FilesTransferred;
    return hr;
}

static HRESULT get_error(IBackgroundCopyJob *job, struct puppet_call *call)
{
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code = S_OK, hr = IBackgroundCopyJob_GetError(job, &error);

    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyError_GetError(error, &context, &code);
    call->number = (uint32_t)code;
    IBackgroundCopyError_Release(error);
    return hr;
}

static HRESULT get_description(IBackgroundCopyJob *job, struct puppet_call *call)
{
    WCHAR *text;
    HRESULT hr = IBackgroundCopyJob_GetDescription(job, &text);

    if (hr != S_OK)
        return hr;
    swprintf(call->path, ARRAY_SIZE(call->path), L"%.200ls", text);
    CoTaskMemFree(text);
    return S_OK;
}

static HRESULT order_job(IBackgroundCopyJob *job, struct puppet_call *call)
{
    BG_JOB_PRIORITY priority;
    BG_JOB_STATE state;
    HRESULT hr;

    switch (call->verb)
    {
    case PUPPET_ADD_FILE:
        return IBackgroundCopyJob_AddFile(job, call->url, call->path);
    case PUPPET_RESUME:
        return IBackgroundCopyJob_Resume(job);
    case PUPPET_SUSPEND:
        return IBackgroundCopyJob_Suspend(job);
    case PUPPET_CANCEL:
        return IBackgroundCopyJob_Cancel(job);
    case PUPPET_COMPLETE:
        return IBackgroundCopyJob_Complete(job);
    case PUPPET_SET_PRIORITY:
        return IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)call->number);
    case PUPPET_SET_DESCRIPTION:
        return IBackgroundCopyJob_SetDescription(job, call->path);
    case PUPPET_STATE:
        hr = IBackgroundCopyJob_GetState(job, &state);
        call->number = state;
        return hr;
    case PUPPET_PRIORITY:
        hr = IBackgroundCopyJob_GetPriority(job, &priority);
        call->number = priority;
        return hr;
    case PUPPET_DESCRIPTION:
        return get_description(job, call);
    case PUPPET_PROGRESS:
        return get_progress(job, call);
    case PUPPET_ERROR:
        return get_error(job, call);
    default:
        return E_NOTIMPL;
    }
}

static HRESULT order_download(IDODownload *download, struct puppet_call *call)
{
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    switch (call->verb)
    {
    case PUPPET_RESUME:
        return IDODownload_Start(download, NULL);
    case PUPPET_SUSPEND:
        return IDODownload_Pause(download);
    case PUPPET_CANCEL:
        return IDODownload_Abort(download);
    case PUPPET_COMPLETE:
        return IDODownload_Finalize(download);
    case PUPPET_STATE:
    case PUPPET_PROGRESS:
        hr = IDODownload_GetStatus(download, &status);
        call->number = call->verb == PUPPET_STATE ? status.State : status.BytesTransferred;
        return hr;
    default:
        return E_NOTIMPL;
    }
}

static HRESULT order(struct stage *stage, struct puppet_call *call)
{
    IBackgroundCopyJob *job;
    IDODownload *download;
    HRESULT hr;

    if (call->download)
    {
        if (FAILED(hr = find_download(stage, &call->job, &download)))
            return hr;
        hr = order_download(download, call);
        IDODownload_Release(download);
        return hr;
    }
    if (FAILED(hr = find_job(stage, &call->job, &job)))
        return hr;
    hr = order_job(job, call);
    IBackgroundCopyJob_Release(job);
    return hr;
}

static HRESULT perform(struct stage *stage, struct puppet_call *call)
{
    struct watch *found;

    switch (call->verb)
    {
    case PUPPET_CREATE:
        return create_job(stage, call);
    case PUPPET_DOWNLOAD:
    case PUPPET_STREAM:
        return create_download(stage, call);
    case PUPPET_COUNT:
        return call->number ? count_downloads(stage, call) : count_jobs(stage, call);
    case PUPPET_WATCH:
        return watch(stage, call);
    case PUPPET_FORGET:
        return forget(stage, &call->job);
    case PUPPET_FAIL_CALLBACKS:
        return fail_callbacks(stage, call);
    case PUPPET_RECORDS:
        if (!(found = find_watch(stage, &call->job)))
            return E_FAIL;
        call->count = recorder_count(found->recorder, (enum record_kind)call->number);
        return S_OK;
    default:
        return order(stage, call);
    }
}

/* ---- its life -----------------------------------------------------------------------------------
 */

static bool open_stage(struct stage *stage)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    return SUCCEEDED(kit_manager(&CLSID_DosvcManager, &stage->manager)) &&
           SUCCEEDED(IBackgroundCopyManager_QueryInterface(stage->manager, &IID_IDOManager,
                                                           (void **)&stage->downloads));
}

static int close_stage(struct stage *stage)
{
    static const struct dosvc_live_counts none;

    while (stage->watch_count)
        forget(stage, &stage->watches[0].job);
    IDOManager_Release(stage->downloads);
    IBackgroundCopyManager_Release(stage->manager);
    return kit_wait_nothing_more(&none) ? 0 : 3;
}

static int play(unsigned long parent, unsigned int number)
{
    HANDLE go, done, section, test, handles[2];
    struct stage stage = {NULL};
    struct puppet_names names;
    struct puppet_call *call;

    puppet_names(parent, number, &names);
    go = OpenEventW(SYNCHRONIZE, FALSE, names.go);
    done = OpenEventW(EVENT_MODIFY_STATE, FALSE, names.done);
    section = OpenFileMappingW(FILE_MAP_WRITE, FALSE, names.section);
    call = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    test = OpenProcess(SYNCHRONIZE, FALSE, parent);
    if (!go || !done || !call || !test)
        return 2;
    call->result = open_stage(&stage) ? S_OK : E_FAIL;
    if (call->result != S_OK)
    {
        SetEvent(done);
        return 2;
    }
    handles[0] = go;
    handles[1] = test;
    for (;;)
    {
        SetEvent(done);
        /* a test that was killed needs no puppets */
        if (WaitForMultipleObjects(2, handles, FALSE, INFINITE) != WAIT_OBJECT_0)
            return 2;
        if (call->verb == PUPPET_LEAVE)
            return close_stage(&stage);
        call->result = perform(&stage, call);
    }
}

bool puppet_main(int argc, char **argv, int *code)
{
    unsigned long parent;
    unsigned int number;

    if (argc != 2 || sscanf(argv[1], PUPPET_ARGUMENT "%lu-%u", &parent, &number) != 2)
        return false;
    kit_process(NULL);
    *code = play(parent, number);
    return true;
}
