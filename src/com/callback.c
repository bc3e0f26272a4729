#include "com/callback.h"

#include "base/log.h"
#include "base/mem.h"
#include "com/com_object.h"
#include "com/kept_events.h"
#include "com/subscribers.h"

struct callback
{
    struct com_object com;
    IDosvcCallback IDosvcCallback_iface;
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    IUnknown *marshaler; /* COM's free-threaded one, aggregated */
    struct subscribers subscribers;
    struct kept_events kept;
};
COM_IMPLEMENTS(callback, IDosvcCallback)
COM_IMPLEMENTS(callback, IBackgroundCopyCallback3)
COM_IMPLEMENTS(callback, IDODownloadStatusCallback)

/* Functions first: what one of them refuses is told again, and is to be kept once only. */
static HRESULT tell(struct callback *callback, const DOSVC_EVENT *event)
{
    HRESULT hr;

    hr = subscribers_tell(&callback->subscribers, event);
    if (SUCCEEDED(hr))
        hr = kept_events_push(&callback->kept, event);
    return hr;
}

/* ---- what a service calls ---- */

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback3 *iface,
                                                         IBackgroundCopyJob *job)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_TRANSFERRED, .Job = job};

    TRACE("%p %p", (void *)iface, (void *)job);
    if (!job)
        return E_INVALIDARG;
    return tell(callback_from_IBackgroundCopyCallback3(iface), &event);
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback3 *iface,
                                                   IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_ERROR, .Job = job, .Error = error};

    TRACE("%p %p %p", (void *)iface, (void *)job, (void *)error);
    if (!job || !error)
        return E_INVALIDARG;
    return tell(callback_from_IBackgroundCopyCallback3(iface), &event);
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback3 *iface,
                                                          IBackgroundCopyJob *job, DWORD reserved)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_MODIFICATION, .Job = job};

    TRACE("%p %p %lu", (void *)iface, (void *)job, reserved);
    if (!job)
        return E_INVALIDARG;
    return tell(callback_from_IBackgroundCopyCallback3(iface), &event);
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback3 *iface,
                                                          IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_FILE_TRANSFERRED, .Job = job, .File = file};

    TRACE("%p %p %p", (void *)iface, (void *)job, (void *)file);
    if (!job || !file)
        return E_INVALIDARG;
    return tell(callback_from_IBackgroundCopyCallback3(iface), &event);
}

static HRESULT STDMETHODCALLTYPE callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
                                                                IBackgroundCopyJob *job,
                                                                IBackgroundCopyFile *file,
                                                                DWORD count,
                                                                const BG_FILE_RANGE *ranges)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_FILE_RANGES_TRANSFERRED,
                         .Job = job,
                         .File = file,
                         .RangeCount = count,
                         .Ranges = (BG_FILE_RANGE *)ranges};

    TRACE("%p %p %p %lu", (void *)iface, (void *)job, (void *)file, count);
    if (!job || !file || (count && !ranges))
        return E_INVALIDARG;
    return tell(callback_from_IBackgroundCopyCallback3(iface), &event);
}

static HRESULT STDMETHODCALLTYPE callback_OnStatusChange(IDODownloadStatusCallback *iface,
                                                         IDODownload *download,
                                                         const DO_DOWNLOAD_STATUS *status)
{
    DOSVC_EVENT event = {.Kind = DOSVC_EVENT_STATUS, .Download = download};

    TRACE("%p %p %p", (void *)iface, (void *)download, (const void *)status);
    if (!download || !status)
        return E_INVALIDARG;
    event.Status = *status;
    return tell(callback_from_IDODownloadStatusCallback(iface), &event);
}

/* ---- what its owner calls ---- */

static bool are_kinds(ULONG kinds)
{
    return !(kinds & ~(ULONG)DOSVC_EVENT_ALL);
}

static HRESULT STDMETHODCALLTYPE callback_Subscribe(IDosvcCallback *iface, ULONG kinds,
                                                    DOSVC_EVENT_FUNCTION function, void *context,
                                                    ULONG *cookie)
{
    struct callback *callback = callback_from_IDosvcCallback(iface);

    TRACE("%p 0x%lx", (void *)iface, kinds);
    if (!cookie)
        return E_INVALIDARG;
    *cookie = 0;
    if (!kinds || !are_kinds(kinds) || !function)
        return E_INVALIDARG;
    return subscribers_add(&callback->subscribers, kinds, function, context, cookie);
}

static HRESULT STDMETHODCALLTYPE callback_Unsubscribe(IDosvcCallback *iface, ULONG cookie)
{
    TRACE("%p %lu", (void *)iface, cookie);
    return subscribers_remove(&callback_from_IDosvcCallback(iface)->subscribers, cookie);
}

static HRESULT STDMETHODCALLTYPE callback_KeepEvents(IDosvcCallback *iface, ULONG kinds)
{
    TRACE("%p 0x%lx", (void *)iface, kinds);
    if (!are_kinds(kinds))
        return E_INVALIDARG;
    kept_events_select(&callback_from_IDosvcCallback(iface)->kept, kinds);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_WaitForEvent(IDosvcCallback *iface, DWORD milliseconds,
                                                       DOSVC_EVENT *event)
{
    TRACE("%p %lu %p", (void *)iface, milliseconds, (void *)event);
    if (!event)
        return E_INVALIDARG;
    memset(event, 0, sizeof(*event));
    return kept_events_pop(&callback_from_IDosvcCallback(iface)->kept, milliseconds, event);
}

static HRESULT STDMETHODCALLTYPE callback_ClearEvent(IDosvcCallback *iface, DOSVC_EVENT *event)
{
    TRACE("%p %p", (void *)iface, (void *)event);
    if (!event)
        return E_INVALIDARG;
    kept_event_clear(event);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_Close(IDosvcCallback *iface)
{
    struct callback *callback = callback_from_IDosvcCallback(iface);

    TRACE("%p", (void *)iface);
    kept_events_close(&callback->kept);
    subscribers_close(&callback->subscribers);
    return S_OK;
}

static const IDosvcCallbackVtbl callback_vtbl = {
    COM_UNKNOWN(callback, IDosvcCallback),
    callback_Subscribe,
    callback_Unsubscribe,
    callback_KeepEvents,
    callback_WaitForEvent,
    callback_ClearEvent,
    callback_Close,
};

static const IBackgroundCopyCallback3Vtbl callback3_vtbl = {
    COM_UNKNOWN(callback, IBackgroundCopyCallback3),
    callback_JobTransferred,
    callback_JobError,
    callback_JobModification,
    callback_FileTransferred,
    callback_FileRangesTransferred,
};

static const IDODownloadStatusCallbackVtbl callback_status_vtbl = {
    COM_UNKNOWN(callback, IDODownloadStatusCallback),
    callback_OnStatusChange,
};

/* ---- life ---- */

static const struct com_interface callback_interfaces[] = {
    {&IID_IDosvcCallback, offsetof(struct callback, IDosvcCallback_iface)},
    {&IID_IBackgroundCopyCallback, offsetof(struct callback, IBackgroundCopyCallback3_iface)},
    {&IID_IBackgroundCopyCallback2, offsetof(struct callback, IBackgroundCopyCallback3_iface)},
    {&IID_IBackgroundCopyCallback3, offsetof(struct callback, IBackgroundCopyCallback3_iface)},
    {&IID_IDODownloadStatusCallback, offsetof(struct callback, IDODownloadStatusCallback_iface)},
};

static struct callback *from_object(struct com_object *object)
{
    return CONTAINER_OF(object, struct callback, com);
}

static void callback_free(struct com_object *object)
{
    struct callback *callback = from_object(object);

    if (callback->marshaler)
        IUnknown_Release(callback->marshaler);
    subscribers_close(&callback->subscribers);
    kept_events_cleanup(&callback->kept);
    mem_free(callback);
}

static HRESULT callback_query(struct com_object *object, REFIID iid, void **out)
{
    struct callback *callback = from_object(object);

    if (IsEqualIID(iid, &IID_IMarshal) && callback->marshaler)
        return IUnknown_QueryInterface(callback->marshaler, iid, out);
    if (!IsEqualIID(iid, &IID_IAgileObject))
        return E_NOINTERFACE;
    com_object_addref(object);
    *out = com_object_identity(object);
    return S_OK;
}

static const struct com_class callback_class = {
    "callback",    callback_interfaces, ARRAY_SIZE(callback_interfaces),
    callback_free, callback_query,      NULL};

HRESULT callback_create(IUnknown **out)
{
    struct callback *callback;
    IUnknown *identity;
    HRESULT hr;

    *out = NULL;
    if (!(callback = mem_zalloc(sizeof(*callback))))
        return E_OUTOFMEMORY;
    com_object_init(&callback->com, &callback_class);
    callback->IDosvcCallback_iface.lpVtbl = &callback_vtbl;
    callback->IBackgroundCopyCallback3_iface.lpVtbl = &callback3_vtbl;
    callback->IDODownloadStatusCallback_iface.lpVtbl = &callback_status_vtbl;
    subscribers_init(&callback->subscribers);
    identity = com_object_identity(&callback->com);
    hr = kept_events_init(&callback->kept);
    if (SUCCEEDED(hr))
        hr = CoCreateFreeThreadedMarshaler(identity, &callback->marshaler);
    if (FAILED(hr))
    {
        com_object_release(&callback->com);
        return hr;
    }
    *out = identity;
    return S_OK;
}
