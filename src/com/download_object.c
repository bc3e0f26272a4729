#include "com/download_object.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/apartment.h"
#include "com/com_object.h"
#include "com/dialect.h"
#include "com/download_property.h"
#include "com/own_property.h"
#include "com/reference.h"
#include "com/status_dispatcher.h"

struct download_object
{
    struct com_object com;
    IDODownload IDODownload_iface;
    IDosvcProperties IDosvcProperties_iface;
    struct job *job; /* counted; outlives this object */
};
COM_IMPLEMENTS(download_object, IDODownload)
COM_IMPLEMENTS(download_object, IDosvcProperties)

static struct job *job_from(IDODownload *iface)
{
    return download_object_from_IDODownload(iface)->job;
}

void download_status_to_client(const struct download_status *status, DO_DOWNLOAD_STATUS *out)
{
    out->BytesTotal = status->bytes_total;
    out->BytesTransferred = status->bytes_transferred;
    out->State = (DODownloadState)status->state;
    out->Error = status->error;
    out->ExtendedError = status->extended;
}

/* ---- orders that wait ---- */

struct order
{
    HRESULT (*give)(struct job *job);
    struct job *job;
    HRESULT hr;
    HANDLE done;
};

static void order_main(void *context)
{
    struct order *order = context;

    order->hr = order->give(order->job);
    SetEvent(order->done);
}

static bool has_stream(struct job *job)
{
    struct stream_sink *stream = download_stream(job);

    if (stream)
        stream->release(stream);
    return stream;
}

/* What is waited for may need a call into this very apartment: the stream's last Write. So an STA
 * has another thread wait, and goes on answering. */
static HRESULT give_order(struct job *job, HRESULT (*give)(struct job *job))
{
    struct order order = {.give = give, .job = job};

    if (!apartment_is_sta() || !has_stream(job))
        return give(job);
    if (!(order.done = handle_event(true, false)))
        return HRESULT_FROM_WIN32(GetLastError());
    order.hr = thread_start("download order", order_main, &order, NULL);
    if (SUCCEEDED(order.hr))
        while (!apartment_wait(order.done, 1000))
            ;
    handle_close(order.done);
    return order.hr;
}

/* ---- Start ---- */

static HRESULT copy_ranges(const DO_DOWNLOAD_RANGES_INFO *info, struct range **ranges)
{
    UINT i;

    *ranges = NULL;
    if (!info || !info->RangeCount)
        return S_OK;
    if (!(*ranges = mem_array_alloc(info->RangeCount, sizeof(**ranges))))
        return E_OUTOFMEMORY;
    for (i = 0; i < info->RangeCount; i++)
    {
        (*ranges)[i].offset = info->Ranges[i].Offset;
        (*ranges)[i].length = info->Ranges[i].Length;
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE download_object_Start(IDODownload *iface,
                                                       const DO_DOWNLOAD_RANGES_INFO *info)
{
    struct job *job = job_from(iface);
    struct status_dispatcher *dispatcher;
    struct range *ranges;
    HRESULT hr;

    TRACE("%p %u", (void *)iface, info ? info->RangeCount : 0);
    if (info && info->RangeCount > job_limits(job)->ranges_per_file)
        return job_failure(job, FAILURE_TOO_MANY_RANGES);
    if (FAILED(hr = status_dispatcher_of(job, &dispatcher)) ||
        FAILED(hr = copy_ranges(info, &ranges)))
        return hr;
    status_dispatcher_hold(dispatcher);
    hr = download_start(job, ranges, info ? info->RangeCount : 0);
    status_dispatcher_resume(dispatcher);
    mem_free(ranges);
    if (SUCCEEDED(hr) && engine_job_number(job, JOB_BLOCKING))
        hr = status_dispatcher_wait(dispatcher);
    return hr;
}

/* ---- the rest, in vtable order ---- */

static HRESULT STDMETHODCALLTYPE download_object_Pause(IDODownload *iface)
{
    TRACE("%p", (void *)iface);
    return download_pause(job_from(iface));
}

static HRESULT STDMETHODCALLTYPE download_object_Abort(IDODownload *iface)
{
    TRACE("%p", (void *)iface);
    return give_order(job_from(iface), download_abort);
}

static HRESULT STDMETHODCALLTYPE download_object_Finalize(IDODownload *iface)
{
    TRACE("%p", (void *)iface);
    return give_order(job_from(iface), download_finalize);
}

static HRESULT STDMETHODCALLTYPE download_object_GetStatus(IDODownload *iface,
                                                           DO_DOWNLOAD_STATUS *out)
{
    struct download_status status;

    TRACE("%p %p", (void *)iface, (void *)out);
    if (!out)
        return E_INVALIDARG;
    download_status(job_from(iface), &status);
    memset(out, 0, sizeof(*out));
    download_status_to_client(&status, out);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE download_object_GetProperty(IDODownload *iface,
                                                             DODownloadProperty id, VARIANT *value)
{
    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);
    if (!value)
        return E_INVALIDARG;
    VariantInit(value);
    return download_property_get(job_from(iface), id, value);
}

static HRESULT STDMETHODCALLTYPE download_object_SetProperty(IDODownload *iface,
                                                             DODownloadProperty id,
                                                             const VARIANT *value)
{
    TRACE("%p %d %p vt %#x", (void *)iface, (int)id, (const void *)value, value ? V_VT(value) : 0);
    if (!value)
        return E_INVALIDARG;
    return download_property_set(job_from(iface), id, value);
}

static const IDODownloadVtbl download_vtbl = {
    COM_UNKNOWN(download_object, IDODownload),
    download_object_Start,
    download_object_Pause,
    download_object_Abort,
    download_object_Finalize,
    download_object_GetStatus,
    download_object_GetProperty,
    download_object_SetProperty,
};

static struct own_target own_target_of(const struct download_object *object)
{
    return (struct own_target){.job = object->job, .file = engine_file(object->job, 0)};
}
OWN_PROPERTIES(download_object, own_target_of);

static void download_object_free(struct com_object *com)
{
    struct download_object *object = CONTAINER_OF(com, struct download_object, com);

    job_release(object->job);
    mem_free(object);
}

static const struct com_interface interfaces[] = {
    {&IID_IDODownload, offsetof(struct download_object, IDODownload_iface)},
    {&IID_IDosvcProperties, offsetof(struct download_object, IDosvcProperties_iface)},
};

static void download_object_refer(const struct com_object *com, struct reference *reference)
{
    const struct download_object *object = CONTAINER_OF(com, struct download_object, com);

    *reference = (struct reference){
        .kind = REFERENCE_JOB, .face = job_face(object->job), .id = *job_id(object->job)};
}

static const struct com_class download_class = {
    "download",           interfaces, ARRAY_SIZE(interfaces),
    download_object_free, NULL,       download_object_refer,
};

HRESULT download_object_create(struct job *job, IDODownload **out)
{
    struct download_object *object = mem_zalloc(sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->com, &download_class);
    object->IDODownload_iface.lpVtbl = &download_vtbl;
    object->IDosvcProperties_iface.lpVtbl = &download_object_own_vtbl;
    job_addref(job);
    object->job = job;
    *out = &object->IDODownload_iface;
    return S_OK;
}
