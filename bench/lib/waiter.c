#include "waiter.h"

#include <stdlib.h>

struct waiter
{
    IBackgroundCopyCallback callback;
    LONG refs;
    HANDLE event;
    HRESULT result;
};

static struct waiter *from_callback(IBackgroundCopyCallback *iface)
{
    return CONTAINER_OF(iface, struct waiter, callback);
}

static HRESULT STDMETHODCALLTYPE waiter_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid,
                                                       void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *object = iface;
    InterlockedIncrement(&from_callback(iface)->refs);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE waiter_AddRef(IBackgroundCopyCallback *iface)
{
    return (ULONG)InterlockedIncrement(&from_callback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE waiter_Release(IBackgroundCopyCallback *iface)
{
    struct waiter *waiter = from_callback(iface);
    LONG left = InterlockedDecrement(&waiter->refs);

    if (!left)
    {
        CloseHandle(waiter->event);
        free(waiter);
    }
    return (ULONG)left;
}

static HRESULT STDMETHODCALLTYPE waiter_JobTransferred(IBackgroundCopyCallback *iface,
                                                       IBackgroundCopyJob *job)
{
    struct waiter *waiter = from_callback(iface);

    (void)job;
    waiter->result = S_OK;
    SetEvent(waiter->event);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE waiter_JobError(IBackgroundCopyCallback *iface,
                                                 IBackgroundCopyJob *job,
                                                 IBackgroundCopyError *error)
{
    struct waiter *waiter = from_callback(iface);
    BG_ERROR_CONTEXT context;

    (void)job;
    if (FAILED(IBackgroundCopyError_GetError(error, &context, &waiter->result)))
        waiter->result = E_FAIL;
    SetEvent(waiter->event);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE waiter_JobModification(IBackgroundCopyCallback *iface,
                                                        IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl waiter_vtbl = {
    waiter_QueryInterface, waiter_AddRef,   waiter_Release,
    waiter_JobTransferred, waiter_JobError, waiter_JobModification};

HRESULT waiter_create(struct waiter **waiter)
{
    struct waiter *made = calloc(1, sizeof(*made));

    if (!made)
        return E_OUTOFMEMORY;
    made->callback.lpVtbl = &waiter_vtbl;
    made->refs = 1;
    made->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    made->result = E_FAIL;
    *waiter = made;
    return S_OK;
}

IUnknown *waiter_unknown(struct waiter *waiter)
{
    return (IUnknown *)&waiter->callback;
}

HRESULT waiter_wait(struct waiter *waiter, IBackgroundCopyJob *job, DWORD ms)
{
    HRESULT hr = WaitForSingleObject(waiter->event, ms) == WAIT_OBJECT_0
                     ? waiter->result
                     : HRESULT_FROM_WIN32(WAIT_TIMEOUT);

    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    return hr;
}

void waiter_release(struct waiter *waiter)
{
    waiter_Release(&waiter->callback);
}
