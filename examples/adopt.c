/*
 * A download that outlives its program: "adopt.exe URL FULL-PATH" starts one and leaves;
 * "adopt.exe" finds what earlier runs began, waits for it and puts the files in place.
 * Exit code 3: there was nothing to adopt.
 */
#define COBJMACROS
#include <stdio.h>
#include <wchar.h>
#include "dosvc.h"

#define NAME L"adopt example" /* by which this program knows its own jobs */

static HRESULT start(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path)
{
    IBackgroundCopyJob *job;
    HRESULT hr;
    GUID id;

    hr = IBackgroundCopyManager_CreateJob(manager, NAME, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJob_AddFile(job, url, path);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    IBackgroundCopyJob_Release(job);
    return hr;
}

static BOOL is_ours(IBackgroundCopyJob *job)
{
    WCHAR *name;
    BOOL ours;

    if (FAILED(IBackgroundCopyJob_GetDisplayName(job, &name)))
        return FALSE;
    ours = !wcscmp(name, NAME);
    CoTaskMemFree(name);
    return ours;
}

/* Registered late, a callback still hears of a job that is TRANSFERRED or in ERROR. */
static HRESULT finish(IBackgroundCopyJob *job)
{
    DOSVC_EVENT event = {0};
    IDosvcCallback *callback;
    HRESULT hr;

    hr = DosvcCreateInstance(&CLSID_DosvcCallback, &IID_IDosvcCallback, (void **)&callback);
    if (FAILED(hr))
        return hr;
    hr = IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_TRANSFERRED | DOSVC_EVENT_ERROR);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)callback);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_WaitForEvent(callback, 60000, &event);
    if (SUCCEEDED(hr))
        hr = event.Kind == DOSVC_EVENT_TRANSFERRED ? IBackgroundCopyJob_Complete(job)
                                                   : IBackgroundCopyJob_Cancel(job);
    IDosvcCallback_ClearEvent(callback, &event);
    IDosvcCallback_Release(callback);
    return hr;
}

static HRESULT adopt(IBackgroundCopyManager *manager, unsigned int *adopted)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    HRESULT hr;

    hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
    if (FAILED(hr))
        return hr;
    while (SUCCEEDED(hr) && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        if (is_ours(job) && SUCCEEDED(hr = finish(job)))
            ++*adopted;
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    IBackgroundCopyManager *manager;
    unsigned int adopted = 0;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = DosvcCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return 1;
    hr = argc == 3 ? start(manager, argv[1], argv[2]) : adopt(manager, &adopted);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    printf("0x%08lx, %u adopted\n", (unsigned long)hr, adopted);
    return FAILED(hr) ? 1 : argc != 3 && !adopted ? 3 : 0;
}
