/* Downloads files into the current folder and shows progress, with no callback of its own and no
 * message loop: wait.exe URL... */
#define COBJMACROS
#include <stdio.h>
#include <wchar.h>
#include "dosvc.h"

static HRESULT add_file(IBackgroundCopyJob *job, const WCHAR *url)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    const WCHAR *name = wcsrchr(url, L'/');

    if (!name || !name[1] || !GetCurrentDirectoryW(MAX_PATH, folder))
        return E_INVALIDARG;
    swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name + 1);
    return IBackgroundCopyJob_AddFile(job, url, path);
}

/* One event of the job, until it is transferred or has failed: then S_FALSE or the error. */
static HRESULT next(IDosvcCallback *callback)
{
    BG_JOB_PROGRESS progress;
    BG_ERROR_CONTEXT context;
    DOSVC_EVENT event;
    HRESULT hr, code;

    hr = IDosvcCallback_WaitForEvent(callback, 60000, &event); /* a limit: never wait for ever */
    if (FAILED(hr))
        return hr;
    if (event.Kind == DOSVC_EVENT_ERROR)
        hr = SUCCEEDED(IBackgroundCopyError_GetError(event.Error, &context, &code)) ? code : E_FAIL;
    else if (event.Kind == DOSVC_EVENT_TRANSFERRED)
        hr = FAILED(hr = IBackgroundCopyJob_Complete(event.Job)) ? hr : S_FALSE;
    else if (SUCCEEDED(IBackgroundCopyJob_GetProgress(event.Job, &progress)))
        printf("%lu of %lu files, %lu KiB\n", progress.FilesTransferred, progress.FilesTotal,
               (ULONG)(progress.BytesTransferred / 1024));
    IDosvcCallback_ClearEvent(callback, &event);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    IBackgroundCopyManager *manager = NULL;
    IDosvcCallback *callback = NULL;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;
    int i;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED); /* the wait lets calls through by itself */
    hr = DosvcCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (SUCCEEDED(hr))
        hr = DosvcCreateInstance(&CLSID_DosvcCallback, &IID_IDosvcCallback, (void **)&callback);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_ALL);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyManager_CreateJob(manager, L"wait", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    for (i = 1; i < argc && SUCCEEDED(hr); i++)
        hr = add_file(job, argv[i]);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyFlags(
            job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION |
                     BG_NOTIFY_FILE_TRANSFERRED);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)callback);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    while (hr == S_OK)
        hr = next(callback);
    if (hr == S_FALSE)
        hr = S_OK; /* every file is in place */
    if (job)
    {
        IBackgroundCopyJob_Cancel(job); /* unless it is complete */
        IBackgroundCopyJob_Release(job);
    }
    if (callback)
        IDosvcCallback_Release(callback);
    if (manager)
        IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    printf("0x%08lx\n", (unsigned long)hr);
    return FAILED(hr);
}
