#include "listener.h"

static HRESULT STDMETHODCALLTYPE listener_QueryInterface(IBackgroundCopyCallback2 *iface,
                                                         REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback) &&
        !IsEqualIID(iid, &IID_IBackgroundCopyCallback2))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE listener_AddRef(IBackgroundCopyCallback2 *iface)
{
    (void)iface;
    return 2;
}

static HRESULT STDMETHODCALLTYPE listener_JobTransferred(IBackgroundCopyCallback2 *iface,
                                                         IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_JobError(IBackgroundCopyCallback2 *iface,
                                                   IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_JobModification(IBackgroundCopyCallback2 *iface,
                                                          IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_FileTransferred(IBackgroundCopyCallback2 *iface,
                                                          IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    struct listener *listener = CONTAINER_OF(iface, struct listener, callback);

    (void)job;
    (void)file;
    listener->told(listener);
    return S_OK;
}

static const IBackgroundCopyCallback2Vtbl listener_vtbl = {
    listener_QueryInterface, listener_AddRef,   listener_AddRef,
    listener_JobTransferred, listener_JobError, listener_JobModification,
    listener_FileTransferred};

void listener_init(struct listener *listener, void (*told)(struct listener *listener))
{
    listener->callback.lpVtbl = &listener_vtbl;
    listener->told = told;
}
