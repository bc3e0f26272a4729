#include "download.h"

#include "file_name.h"
#include "print.h"
#include "report.h"

#include <stdlib.h>
#include <wchar.h>

#define NAME_CHARS 256 /* of a job; more is refused */

/* From here on nobody is told of it. */
static void leave(struct download *download, enum download_state state)
{
    download->state = state;
    if (!download->job)
        return;
    IBackgroundCopyJob_SetNotifyInterface(download->job, NULL);
    IBackgroundCopyJob_Release(download->job);
    download->job = NULL;
}

void download_cancel(struct download *download)
{
    if (download->job)
        IBackgroundCopyJob_Cancel(download->job);
    leave(download, DOWNLOAD_FAILED);
}

void download_suspend(struct download *download)
{
    WCHAR id[64];

    StringFromGUID2(&download->id, id, sizeof(id) / sizeof(id[0]));
    if (download->job && SUCCEEDED(IBackgroundCopyJob_Suspend(download->job)))
        print_error(L"  %ls  %ls\n", id, download->path);
    leave(download, DOWNLOAD_FAILED);
}

static HRESULT set_headers(IBackgroundCopyJob *job, const WCHAR *headers)
{
    IBackgroundCopyJobHttpOptions *http;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&http);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, headers);
    IBackgroundCopyJobHttpOptions_Release(http);
    return hr;
}

static HRESULT set_property(IUnknown *object, DOSVC_PROPERTY id, const VARIANT *value)
{
    IDosvcProperties *properties;
    HRESULT hr;

    hr = IUnknown_QueryInterface(object, &IID_IDosvcProperties, (void **)&properties);
    if (FAILED(hr))
        return hr;
    hr = IDosvcProperties_SetProperty(properties, id, value);
    IDosvcProperties_Release(properties);
    return hr;
}

/* Of the job's only file. */
static HRESULT set_mirrors(IBackgroundCopyJob *job, const WCHAR *mirrors)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(mirrors);
    hr = V_BSTR(&value) ? IBackgroundCopyJob_EnumFiles(job, &files) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    if (hr == S_OK)
        hr = set_property((IUnknown *)file, DOSVC_PROPERTY_MIRRORS, &value);
    if (file)
        IBackgroundCopyFile_Release(file);
    if (files)
        IEnumBackgroundCopyFiles_Release(files);
    VariantClear(&value);
    return hr;
}

static HRESULT configure(struct download *download, const struct download_service *service)
{
    const struct get_options *options = service->options;
    IBackgroundCopyJob *job = download->job;
    HRESULT hr;

    hr = IBackgroundCopyJob_SetPriority(job, options->background ? BG_JOB_PRIORITY_NORMAL
                                                                 : BG_JOB_PRIORITY_FOREGROUND);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNoProgressTimeout(job, options->timeout);
    if (SUCCEEDED(hr) && options->headers)
        hr = set_headers(job, options->headers);
    if (SUCCEEDED(hr) && options->mirrors)
        hr = set_mirrors(job, options->mirrors);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyFlags(job, service->notify_flags);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, service->callback);
    return hr;
}

static bool is_there(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void download_start(struct download *download, const struct download_service *service)
{
    WCHAR name[NAME_CHARS + 1];
    HRESULT hr;

    download->started = GetTickCount64();
    download->total = SIZE_UNKNOWN;
    if (service->options->no_clobber && is_there(download->path))
    {
        print_problem(L"%ls is there already", download->path);
        download->state = DOWNLOAD_FAILED;
        return;
    }
    wcsncpy(name, file_last_part(download->path), NAME_CHARS);
    name[NAME_CHARS] = 0;
    hr = IBackgroundCopyManager_CreateJob(service->manager, name, BG_JOB_TYPE_DOWNLOAD,
                                          &download->id, &download->job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFile(download->job, download->url, download->path);
    if (SUCCEEDED(hr))
        hr = configure(download, service);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(download->job);
    if (SUCCEEDED(hr))
        return;
    report_code(service->manager, hr, L"The download cannot be started", download->url,
                download->path);
    download_cancel(download);
}

void download_complete(struct download *download, const struct download_service *service)
{
    HRESULT hr;

    download_look(download);
    hr = IBackgroundCopyJob_Complete(download->job);
    if (hr == S_OK)
    {
        leave(download, DOWNLOAD_DONE);
        return;
    }
    report_code(service->manager, hr, L"The file cannot be put in place", download->url,
                download->path);
    download_cancel(download);
}

void download_fail(struct download *download, IBackgroundCopyError *error)
{
    report_error(error, download->url, download->path);
    download_cancel(download);
}

void download_look(struct download *download)
{
    BG_JOB_PROGRESS progress;

    if (!download->job || FAILED(IBackgroundCopyJob_GetProgress(download->job, &progress)))
        return;
    download->bytes = progress.BytesTransferred;
    download->total = progress.BytesTotal;
}

void download_free(struct download *download)
{
    download_cancel(download);
    free(download->path);
    download->path = NULL;
}
