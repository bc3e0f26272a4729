#include "com/unmarshaler.h"

#include "base/log.h"
#include "base/mem.h"
#include "com/com_object.h"
#include "com/download_object.h"
#include "com/error_object.h"
#include "com/factory.h"
#include "com/file_object.h"
#include "com/job_object.h"
#include "com/manager.h"
#include "com/reference.h"
#include "core/engine.h"
#include "core/served.h"

/* ---- the object ---- */

static HRESULT make_job(struct job *job, IUnknown **out)
{
    return job_face(job) == JOB_FACE_DOWNLOAD ? download_object_create(job, (IDODownload **)out)
                                              : job_object_create(job, (IBackgroundCopyJob5 **)out);
}

/* One that another process has just added may not have been heard of yet. */
static struct file *find_file(struct job *job, UINT32 index)
{
    struct file *file = engine_file(job, index);

    if (file)
        return file;
    engine_refresh_job(job);
    return engine_file(job, index);
}

static HRESULT make_file(struct job *job, UINT32 index, IUnknown **out)
{
    struct file *file = find_file(job, index);

    return file ? file_object_create(file, (IBackgroundCopyFile6 **)out) : E_UNEXPECTED;
}

static HRESULT make_error(struct job *job, const struct reference *reference, IUnknown **out)
{
    struct job_error error = {.context = reference->error.context,
                              .code = reference->error.code,
                              .extended = reference->error.extended};

    memcpy(error.detail, reference->error.detail, sizeof(error.detail));
    if (reference->file != REFERENCE_NO_FILE && !(error.file = find_file(job, reference->file)))
        return E_UNEXPECTED;
    return error_object_create(job, &error, (IBackgroundCopyError **)out);
}

static HRESULT make_of_job(struct job *job, const struct reference *reference, IUnknown **out)
{
    if (reference->kind == REFERENCE_FILE)
        return make_file(job, reference->file, out);
    return reference->kind == REFERENCE_ERROR ? make_error(job, reference, out)
                                              : make_job(job, out);
}

static HRESULT make(const struct reference *reference, IUnknown **out)
{
    enum job_face face = (enum job_face)reference->face;
    struct job *job;
    HRESULT hr;

    if (reference->kind == REFERENCE_MANAGER)
        return face == JOB_FACE_BITS ? manager_create_bits(out) : manager_create_do(out);
    if (FAILED(hr = engine_find_job(face, &reference->id, &job)))
        return hr;
    hr = make_of_job(job, reference, out);
    job_release(job);
    return hr;
}

static HRESULT open_reference(const struct reference *reference, REFIID iid, void **out)
{
    IUnknown *object = NULL;
    HRESULT hr;

    *out = NULL;
    served_begin();
    if (reference->kind == REFERENCE_FACTORY)
        return factory_create(&reference->id, iid, out);
    if (FAILED(hr = engine_open()))
        return hr;
    served_take_part();
    hr = make(reference, &object);
    engine_close();
    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(object, iid, out);
    IUnknown_Release(object);
    return hr;
}

/* ---- its own IMarshal ---- */

static struct com_object *object_from(IMarshal *iface)
{
    return CONTAINER_OF(iface, struct com_object, IMarshal_iface);
}

static HRESULT STDMETHODCALLTYPE unmarshaler_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    return com_object_query(object_from(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE unmarshaler_AddRef(IMarshal *iface)
{
    return com_object_addref(object_from(iface));
}

static ULONG STDMETHODCALLTYPE unmarshaler_Release(IMarshal *iface)
{
    return com_object_release(object_from(iface));
}

/* It only reads: the objects themselves write (com/marshal). */

static HRESULT STDMETHODCALLTYPE unmarshaler_GetUnmarshalClass(IMarshal *iface, REFIID iid,
                                                               void *object, DWORD context,
                                                               void *context_data, DWORD flags,
                                                               CLSID *clsid)
{
    TRACE("%p %s %p %lu %p %lu %p", (void *)iface, LOG_GUID(iid), object, context, context_data,
          flags, (void *)clsid);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unmarshaler_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
                                                               void *object, DWORD context,
                                                               void *context_data, DWORD flags,
                                                               DWORD *size)
{
    TRACE("%p %s %p %lu %p %lu %p", (void *)iface, LOG_GUID(iid), object, context, context_data,
          flags, (void *)size);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unmarshaler_MarshalInterface(IMarshal *iface, IStream *stream,
                                                              REFIID iid, void *object,
                                                              DWORD context, void *context_data,
                                                              DWORD flags)
{
    TRACE("%p %p %s %p %lu %p %lu", (void *)iface, (void *)stream, LOG_GUID(iid), object, context,
          context_data, flags);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE unmarshaler_UnmarshalInterface(IMarshal *iface, IStream *stream,
                                                                REFIID iid, void **out)
{
    struct reference reference;
    HRESULT hr;

    TRACE("%p %p %s %p", (void *)iface, (void *)stream, LOG_GUID(iid), (void *)out);
    *out = NULL;
    hr = reference_read(stream, &reference);
    return FAILED(hr) ? hr : open_reference(&reference, iid, out);
}

/* Nothing is kept for a packet. */
static HRESULT STDMETHODCALLTYPE unmarshaler_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    struct reference reference;

    TRACE("%p %p", (void *)iface, (void *)stream);
    return reference_read(stream, &reference);
}

static HRESULT STDMETHODCALLTYPE unmarshaler_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    TRACE("%p %lu", (void *)iface, reserved);
    return S_OK;
}

static const IMarshalVtbl unmarshaler_vtbl = {
    unmarshaler_QueryInterface,
    unmarshaler_AddRef,
    unmarshaler_Release,
    unmarshaler_GetUnmarshalClass,
    unmarshaler_GetMarshalSizeMax,
    unmarshaler_MarshalInterface,
    unmarshaler_UnmarshalInterface,
    unmarshaler_ReleaseMarshalData,
    unmarshaler_DisconnectObject,
};

/* ---- the class ---- */

static void unmarshaler_free(struct com_object *com)
{
    mem_free(com);
}

static const struct com_interface interfaces[] = {
    {&IID_IMarshal, offsetof(struct com_object, IMarshal_iface)},
};

static const struct com_class unmarshaler_class = {
    "unmarshaler", interfaces, ARRAY_SIZE(interfaces), unmarshaler_free, NULL, NULL,
};

HRESULT unmarshaler_create(IUnknown **out)
{
    struct com_object *object = mem_zalloc(sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(object, &unmarshaler_class);
    object->IMarshal_iface.lpVtbl = (IMarshalVtbl *)&unmarshaler_vtbl;
    *out = com_object_identity(object);
    return S_OK;
}
