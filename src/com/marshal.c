#include "com/marshal.h"

#include "base/log.h"
#include "com/com_object.h"
#include "com/delivery.h"
#include "com/reference.h"

static struct com_object *object_from(IMarshal *iface)
{
    return CONTAINER_OF(iface, struct com_object, IMarshal_iface);
}

static HRESULT STDMETHODCALLTYPE marshal_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    return com_object_query(object_from(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE marshal_AddRef(IMarshal *iface)
{
    return com_object_addref(object_from(iface));
}

static ULONG STDMETHODCALLTYPE marshal_Release(IMarshal *iface)
{
    return com_object_release(object_from(iface));
}

/* COM's own marshaler that carries the pointer itself. It keeps nothing of an object between two
 * calls, so each call may use a new one. */
static HRESULT free_threaded(IMarshal **marshaler)
{
    IUnknown *inner;
    HRESULT hr;

    if (FAILED(hr = CoCreateFreeThreadedMarshaler(NULL, &inner)))
        return hr;
    hr = IUnknown_QueryInterface(inner, &IID_IMarshal, (void **)marshaler);
    IUnknown_Release(inner);
    return hr;
}

/* How the object goes to a destination. S_OK: *marshaler carries the pointer itself. S_FALSE: as
 * *reference. A call through a proxy says "another process on this machine" even if the callback is
 * next door, so on a thread that makes such a call the word is not taken. */
static HRESULT choose(const struct com_object *object, DWORD *context, IMarshal **marshaler,
                      struct reference *reference)
{
    if (*context != MSHCTX_INPROC && *context != MSHCTX_CROSSCTX)
    {
        if (!delivery_is_calling())
        {
            if (object->class->refer && *context != MSHCTX_DIFFERENTMACHINE)
            {
                object->class->refer(object, reference);
                return S_FALSE;
            }
            WARN("a %s does not leave the process, context %lu", object->class->name, *context);
            return E_NOINTERFACE;
        }
        *context = MSHCTX_INPROC;
    }
    return free_threaded(marshaler);
}

static HRESULT STDMETHODCALLTYPE marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid,
                                                           void *object, DWORD context,
                                                           void *context_data, DWORD flags,
                                                           CLSID *clsid)
{
    struct reference reference;
    IMarshal *marshaler;
    HRESULT hr;

    TRACE("%p %s %lu", (void *)iface, LOG_GUID(iid), context);
    hr = choose(object_from(iface), &context, &marshaler, &reference);
    if (hr == S_FALSE)
    {
        *clsid = CLSID_DosvcUnmarshaler;
        return S_OK;
    }
    if (FAILED(hr))
        return hr;
    hr = IMarshal_GetUnmarshalClass(marshaler, iid, object, context, context_data, flags, clsid);
    IMarshal_Release(marshaler);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
                                                           void *object, DWORD context,
                                                           void *context_data, DWORD flags,
                                                           DWORD *size)
{
    struct reference reference;
    IMarshal *marshaler;
    HRESULT hr;

    TRACE("%p %s %lu", (void *)iface, LOG_GUID(iid), context);
    hr = choose(object_from(iface), &context, &marshaler, &reference);
    if (hr == S_FALSE)
    {
        *size = reference_bytes(&reference);
        return S_OK;
    }
    if (FAILED(hr))
        return hr;
    hr = IMarshal_GetMarshalSizeMax(marshaler, iid, object, context, context_data, flags, size);
    IMarshal_Release(marshaler);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_MarshalInterface(IMarshal *iface, IStream *stream,
                                                          REFIID iid, void *object, DWORD context,
                                                          void *context_data, DWORD flags)
{
    struct reference reference;
    IMarshal *marshaler;
    HRESULT hr;

    TRACE("%p %s %lu", (void *)iface, LOG_GUID(iid), context);
    hr = choose(object_from(iface), &context, &marshaler, &reference);
    if (hr == S_FALSE)
        return reference_write(&reference, stream);
    if (FAILED(hr))
        return hr;
    hr = IMarshal_MarshalInterface(marshaler, stream, iid, object, context, context_data, flags);
    IMarshal_Release(marshaler);
    return hr;
}

/* The rest is called on the marshaler that reads, which is COM's own; here for completeness. */

static HRESULT STDMETHODCALLTYPE marshal_UnmarshalInterface(IMarshal *iface, IStream *stream,
                                                            REFIID iid, void **out)
{
    IMarshal *marshaler;
    HRESULT hr;

    TRACE("%p %s", (void *)iface, LOG_GUID(iid));
    if (FAILED(hr = free_threaded(&marshaler)))
        return hr;
    hr = IMarshal_UnmarshalInterface(marshaler, stream, iid, out);
    IMarshal_Release(marshaler);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    IMarshal *marshaler;
    HRESULT hr;

    TRACE("%p", (void *)iface);
    if (FAILED(hr = free_threaded(&marshaler)))
        return hr;
    hr = IMarshal_ReleaseMarshalData(marshaler, stream);
    IMarshal_Release(marshaler);
    return hr;
}

static HRESULT STDMETHODCALLTYPE marshal_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    TRACE("%p %lu", (void *)iface, reserved);
    return S_OK; /* nothing is connected: everybody has the pointer itself */
}

const IMarshalVtbl marshal_vtbl = {
    marshal_QueryInterface,
    marshal_AddRef,
    marshal_Release,
    marshal_GetUnmarshalClass,
    marshal_GetMarshalSizeMax,
    marshal_MarshalInterface,
    marshal_UnmarshalInterface,
    marshal_ReleaseMarshalData,
    marshal_DisconnectObject,
};
