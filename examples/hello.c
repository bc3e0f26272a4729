/* Downloads one file and is told when it has come: hello.exe URL FULL-PATH */
#define COBJMACROS
#include <initguid.h>
#include <stdio.h>
#include "dosvc.h"

static HRESULT download(const WCHAR *url, const WCHAR *path)
{
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    IDosvcCallback *callback = NULL;
    DOSVC_EVENT event = {0};
    GUID id;
    HRESULT hr;

    /* After regsvr32; without it, DosvcCreateInstance does the same. */
    hr = CoCreateInstance(&CLSID_DosvcManager, NULL, CLSCTX_INPROC_SERVER,
                          &IID_IBackgroundCopyManager, (void **)&manager);
    if (SUCCEEDED(hr))
        hr = CoCreateInstance(&CLSID_DosvcCallback, NULL, CLSCTX_INPROC_SERVER, &IID_IDosvcCallback,
                              (void **)&callback);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_TRANSFERRED | DOSVC_EVENT_ERROR);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyManager_CreateJob(manager, L"hello", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFile(job, url, path);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)callback);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_WaitForEvent(callback, INFINITE, &event);
    if (SUCCEEDED(hr) && event.Kind == DOSVC_EVENT_TRANSFERRED)
        hr = IBackgroundCopyJob_Complete(job); /* puts the file in place */
    else if (SUCCEEDED(hr))
        IBackgroundCopyError_GetError(event.Error, &(BG_ERROR_CONTEXT){0}, &hr);
    if (callback)
    {
        IDosvcCallback_ClearEvent(callback, &event);
        IDosvcCallback_Release(callback);
    }
    if (job)
    {
        IBackgroundCopyJob_Cancel(job); /* unless it is complete */
        IBackgroundCopyJob_Release(job);
    }
    if (manager)
        IBackgroundCopyManager_Release(manager);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (SUCCEEDED(hr))
    {
        hr = argc == 3 ? download(argv[1], argv[2]) : E_INVALIDARG;
        CoUninitialize();
    }
    printf("0x%08lx\n", (unsigned long)hr);
    return FAILED(hr);
}
