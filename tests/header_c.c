/* Compiled, never run: the public header alone is enough for a C program. */
#define COBJMACROS
#define CONST_VTABLE

#include "dosvc.h"

HRESULT header_in_c(IUnknown *callback);

static HRESULT STDMETHODCALLTYPE on_event(void *context, const DOSVC_EVENT *event)
{
    *(DWORD *)context |= event->Kind;
    return IBackgroundCopyJob_Complete(event->Job);
}

HRESULT header_in_c(IUnknown *callback)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    DWORD seen = 0;
    ULONG cookie;
    GUID id;
    HRESULT hr;

    hr = DosvcCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, callback);
    if (SUCCEEDED(hr))
        hr = IDosvcCallback_Subscribe((IDosvcCallback *)callback, DOSVC_EVENT_ALL, on_event, &seen,
                                      &cookie);
    return hr == DO_E_JOB_EMPTY || hr == BG_E_EMPTY ? S_FALSE : hr;
}
