#include "crash/worker.h"

#include "testkit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 60000 /* ms of the machine's clock for everything */

static crash_create create;
static struct crash_task task;
static wchar_t base[HTTPD_URL_MAX / 2], folder[MAX_PATH];

uint64_t crash_file_size(unsigned int index)
{
    static const uint64_t sizes[CRASH_FILES] = {3 << 20, 700001, 20};

    return sizes[index];
}

uint32_t crash_file_seed(const struct crash_task *of, unsigned int index)
{
    return of->round * CRASH_FILES + index + 1;
}

void crash_offer(const struct crash_task *of, const wchar_t *url, const wchar_t *target)
{
    wchar_t text[32];

    swprintf(text, ARRAY_SIZE(text), L"%d %u", (int)of->face, of->round);
    kit_environment(L"CRASH_TASK", text);
    kit_environment(L"CRASH_URL", url);
    kit_environment(L"CRASH_FOLDER", target);
}

static bool take_offer(void)
{
    wchar_t text[32];
    int face;

    if (!GetEnvironmentVariableW(L"CRASH_TASK", text, ARRAY_SIZE(text)) ||
        !GetEnvironmentVariableW(L"CRASH_URL", base, ARRAY_SIZE(base)) ||
        !GetEnvironmentVariableW(L"CRASH_FOLDER", folder, ARRAY_SIZE(folder)) ||
        swscanf(text, L"%d %u", &face, &task.round) != 2)
        return false;
    task.face = (enum crash_face)face;
    return true;
}

static void url_of(unsigned int index, wchar_t *url)
{
    swprintf(url, HTTPD_URL_MAX, L"%ls/%u/%u", base, task.round, index);
}

static void path_of(unsigned int index, wchar_t *path)
{
    swprintf(path, MAX_PATH, L"%ls\\%u-%u.bin", folder, task.round, index);
}

/* What this client was told is written down: it must stay true. */
static void mark_path(const wchar_t *what, unsigned int index, wchar_t *path)
{
    swprintf(path, MAX_PATH, L"%ls\\%u-%u.%ls", folder, task.round, index, what);
}

static bool is_marked(const wchar_t *what, unsigned int index)
{
    wchar_t path[MAX_PATH];

    mark_path(what, index, path);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static void mark(const wchar_t *what, unsigned int index)
{
    wchar_t path[MAX_PATH];

    mark_path(what, index, path);
    CloseHandle(CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
}

static bool is_in_place(unsigned int index)
{
    wchar_t path[MAX_PATH];

    path_of(index, path);
    return content_file_size(path) == crash_file_size(index);
}

static int say(const char *what, HRESULT hr)
{
    printf("round %u, face %d: %s: 0x%08lx\n", task.round, (int)task.face, what, (unsigned long)hr);
    fflush(stdout);
    return CRASH_FAILED;
}

/* ---- a job ---- */

static IBackgroundCopyJob *find_job(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job, *found = NULL;
    wchar_t wanted[32], *name;

    swprintf(wanted, ARRAY_SIZE(wanted), L"crash %u", task.round);
    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs)))
        return NULL;
    while (!found && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        if (SUCCEEDED(IBackgroundCopyJob_GetDisplayName(job, &name)))
        {
            if (!wcscmp(name, wanted))
                found = job;
            CoTaskMemFree(name);
        }
        if (found != job)
            IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

static HRESULT make_job(IBackgroundCopyManager *manager, IBackgroundCopyJob **job)
{
    wchar_t name[32];
    GUID id;

    swprintf(name, ARRAY_SIZE(name), L"crash %u", task.round);
    return IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, job);
}

/* Whatever an earlier process came to: adds the files that are missing, and resumes. */
static HRESULT start_job(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];
    BG_JOB_STATE state;
    ULONG count = 0;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetState(job, &state);
    if (FAILED(hr) || state != BG_JOB_STATE_SUSPENDED)
        return hr;
    if (SUCCEEDED(hr = IBackgroundCopyJob_EnumFiles(job, &files)))
    {
        IEnumBackgroundCopyFiles_GetCount(files, &count);
        IEnumBackgroundCopyFiles_Release(files);
    }
    for (; SUCCEEDED(hr) && count < CRASH_FILES; count++)
    {
        url_of(count, url);
        path_of(count, path);
        hr = IBackgroundCopyJob_AddFile(job, url, path);
    }
    if (SUCCEEDED(hr) && task.face == CRASH_PARTS)
        hr = IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    return hr;
}

/* By notifications, as a client would: also one that came to be interested late. */
static HRESULT wait_for_job(IBackgroundCopyJob *job)
{
    const ULONG kinds = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR;
    const DWORD clock = task.face == CRASH_PARTS ? CRASH_PARTS_CLOCK : 1;
    IDosvcCallback *callback;
    DOSVC_EVENT event;
    HRESULT hr, code = S_OK;
    BG_ERROR_CONTEXT context;

    hr = create(&CLSID_DosvcCallback, &IID_IDosvcCallback, (void **)&callback);
    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(hr = IDosvcCallback_KeepEvents(callback, kinds)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyFlags(job, kinds)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)callback)) &&
        SUCCEEDED(hr = IDosvcCallback_WaitForEvent(callback, LIMIT * clock, &event)))
    {
        if (event.Kind == DOSVC_EVENT_ERROR)
        {
            IBackgroundCopyError_GetError(event.Error, &context, &code);
            hr = FAILED(code) ? code : E_FAIL;
        }
        IDosvcCallback_ClearEvent(callback, &event);
    }
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IDosvcCallback_Release(callback);
    return hr;
}

static int work_on_job(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = find_job(manager);
    unsigned int i;
    HRESULT hr = S_OK;

    if (!job && is_marked(L"made", 0))
    {
        for (i = 0; i < CRASH_FILES; i++)
            if (!is_in_place(i))
                return CRASH_LOST;
        return CRASH_DONE; /* Complete was over, but nobody heard */
    }
    if (!job && FAILED(hr = make_job(manager, &job)))
        return say("CreateJob", hr);
    mark(L"made", 0);
    if (FAILED(hr = start_job(job)))
        say("start", hr);
    else if (FAILED(hr = wait_for_job(job)))
        say("wait", hr);
    else if ((hr = IBackgroundCopyJob_Complete(job)) != S_OK)
        say("Complete", hr);
    IBackgroundCopyJob_Release(job);
    if (hr != S_OK)
        return CRASH_FAILED;
    job = find_job(manager);
    if (!job)
        return CRASH_DONE;
    IBackgroundCopyJob_Release(job);
    return CRASH_LEFT;
}

/* ---- downloads ---- */

static IDODownload *find_download(IDOManager *manager, unsigned int index)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_DisplayName, NULL};
    IDODownload *download = NULL;
    IEnumUnknown *found;
    IUnknown *unknown;
    wchar_t name[32];

    swprintf(name, ARRAY_SIZE(name), L"crash %u-%u", task.round, index);
    category.Value = name;
    if (FAILED(IDOManager_EnumDownloads(manager, &category, &found)))
        return NULL;
    if (IEnumUnknown_Next(found, 1, &unknown, NULL) == S_OK)
    {
        IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&download);
        IUnknown_Release(unknown);
    }
    IEnumUnknown_Release(found);
    return download;
}

static HRESULT make_download(IDOManager *manager, unsigned int index, IDODownload **download)
{
    wchar_t name[32];
    HRESULT hr = IDOManager_CreateDownload(manager, download);

    swprintf(name, ARRAY_SIZE(name), L"crash %u-%u", task.round, index);
    return FAILED(hr) ? hr : kit_set_string(*download, DODownloadProperty_DisplayName, name);
}

static HRESULT start_download(IDODownload *download, unsigned int index)
{
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];
    DO_DOWNLOAD_STATUS status;
    HRESULT hr = IDODownload_GetStatus(download, &status);

    if (FAILED(hr) || status.State != DODownloadState_Created)
        return hr;
    url_of(index, url);
    path_of(index, path);
    if (SUCCEEDED(hr = kit_set_string(download, DODownloadProperty_Uri, url)) &&
        SUCCEEDED(hr = kit_set_string(download, DODownloadProperty_LocalPath, path)))
        hr = IDODownload_Start(download, NULL);
    return hr;
}

static int work_on_download(IDOManager *manager, unsigned int index)
{
    IDODownload *download = find_download(manager, index);
    HRESULT hr = S_OK;

    if (!download && is_marked(L"made", index))
        return is_in_place(index) ? CRASH_DONE : CRASH_LOST;
    if (!download && FAILED(hr = make_download(manager, index, &download)))
        return say("CreateDownload", hr);
    mark(L"made", index);
    if (FAILED(hr = start_download(download, index)))
        say("Start", hr);
    else if (!kit_wait_download(download, DODownloadState_Transferred, LIMIT))
        say("wait", hr = E_FAIL);
    else if (!is_in_place(index)) /* the status said so */
        say("Transferred, but the file is not there", hr = E_FAIL);
    else if (FAILED(hr = IDODownload_Finalize(download)))
        say("Finalize", hr);
    IDODownload_Release(download);
    if (FAILED(hr))
        return CRASH_FAILED;
    download = find_download(manager, index);
    if (!download)
        return CRASH_DONE;
    IDODownload_Release(download);
    return CRASH_LEFT;
}

/* ---- the process ---- */

static int work_on_downloads(void)
{
    IDOManager *manager;
    int code = CRASH_DONE;
    unsigned int i;
    HRESULT hr = create(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager);

    if (FAILED(hr))
        return say("CoCreateInstance", hr);
    for (i = 0; code == CRASH_DONE && i < CRASH_FILES; i++)
        code = work_on_download(manager, i);
    IDOManager_Release(manager);
    return code;
}

int crash_work(crash_create creator)
{
    IBackgroundCopyManager *manager;
    HRESULT hr;
    int code;

    create = creator;
    if (!take_offer() || FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return CRASH_FAILED;
    if (task.face == CRASH_DOWNLOAD)
        return work_on_downloads();
    hr = create(task.face == CRASH_BITS ? &CLSID_DosvcBitsManager : &CLSID_DosvcManager,
                &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return say("CoCreateInstance", hr);
    code = work_on_job(manager);
    IBackgroundCopyManager_Release(manager);
    return code;
}
