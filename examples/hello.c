/* Downloads one file: hello.exe URL FULL-PATH, with dosvc.dll beside it. */
#define COBJMACROS
#include <initguid.h>

#include "dosvc.h"

#include <stdio.h>

int wmain(int argc, WCHAR **argv)
{
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    GUID id;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (SUCCEEDED(hr)) /* after regsvr32; without it, DosvcCreateInstance does the same */
        hr = CoCreateInstance(&CLSID_DosvcManager, NULL, CLSCTX_INPROC_SERVER,
                              &IID_IBackgroundCopyManager, (void **)&manager);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyManager_CreateJob(manager, L"hello", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
        hr = argc == 3 ? IBackgroundCopyJob_AddFile(job, argv[1], argv[2]) : E_INVALIDARG;
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    /* Kept short; a real program registers a callback: IBackgroundCopyJob_SetNotifyInterface. */
    while (SUCCEEDED(hr) && state != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR)
    {
        Sleep(100);
        hr = IBackgroundCopyJob_GetState(job, &state);
    }
    if (SUCCEEDED(hr))
        hr = state == BG_JOB_STATE_TRANSFERRED ? IBackgroundCopyJob_Complete(job) : E_FAIL;
    printf("0x%08lx\n", (unsigned long)hr);
    if (job)
        IBackgroundCopyJob_Release(job);
    if (manager)
        IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return FAILED(hr);
}
