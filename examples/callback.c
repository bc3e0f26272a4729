/* Downloads one file with a callback of its own: callback.exe URL FULL-PATH */
#define COBJMACROS
#define CONST_VTABLE
#include <stdio.h>
#include "dosvc.h"

struct client /* outlives the job's interest in it: main ends the registration first */
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    HANDLE done;
    HRESULT result;
};

static HRESULT STDMETHODCALLTYPE QueryInterface(IBackgroundCopyCallback *self, REFIID iid,
                                                void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Count(IBackgroundCopyCallback *self)
{
    (void)self;
    return 1; /* it lives on main's stack */
}

static HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyCallback *self,
                                                IBackgroundCopyJob *job)
{
    struct client *client = (struct client *)self; /* its first member */

    client->result = IBackgroundCopyJob_Complete(job); /* puts the file in place */
    SetEvent(client->done);
    return S_OK; /* anything else: called again in 5 s */
}

static HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyCallback *self, IBackgroundCopyJob *job,
                                          IBackgroundCopyError *error)
{
    struct client *client = (struct client *)self;
    BG_ERROR_CONTEXT context;

    IBackgroundCopyError_GetError(error, &context, &client->result);
    IBackgroundCopyJob_Cancel(job);
    SetEvent(client->done);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyCallback *self,
                                                 IBackgroundCopyJob *job, DWORD reserved)
{
    (void)self, (void)job, (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl methods = {QueryInterface, Count,    Count,
                                                    JobTransferred, JobError, JobModification};

int wmain(int argc, WCHAR **argv)
{
    struct client client = {{&methods}, CreateEventW(NULL, TRUE, FALSE, NULL), E_FAIL};
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;
    GUID id;

    if (argc != 3)
        return 2;
    CoInitializeEx(NULL, COINIT_MULTITHREADED); /* so callbacks come on a thread of the DLL */
    hr = DosvcCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return 1;
    hr = IBackgroundCopyManager_CreateJob(manager, L"callback", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob_AddFile(job, argv[1], argv[2]);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&client);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_Resume(job);
        if (SUCCEEDED(hr))
            WaitForSingleObject(client.done, INFINITE);
        if (SUCCEEDED(hr))
            hr = client.result;
        IBackgroundCopyJob_SetNotifyInterface(job, NULL);
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    printf("0x%08lx\n", (unsigned long)hr);
    return FAILED(hr);
}
