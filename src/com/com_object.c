#include "com/com_object.h"
#include "base/log.h"
#include "base/module.h"
#include "com/marshal.h"
#include "com/security.h"
#include "core/engine.h"
#include <assert.h>

void com_object_init(struct com_object *object, const struct com_class *com_class)
{
    assert(com_class->interface_count);
    object->class = com_class;
    object->references = 1;
    object->IMarshal_iface.lpVtbl = &marshal_vtbl;
    object->IClientSecurity_iface.lpVtbl = &security_vtbl;
    module_object_born();
}

IUnknown *com_object_identity(struct com_object *object)
{
    return (IUnknown *)((char *)object + object->class->interfaces[0].offset);
}

static HRESULT query_common(struct com_object *object, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IAgileObject))
        *out = com_object_identity(object);
    else if (IsEqualIID(iid, &IID_IMarshal))
        *out = &object->IMarshal_iface;
    else if (IsEqualIID(iid, &IID_IClientSecurity))
        *out = &object->IClientSecurity_iface;
    else
        return E_NOINTERFACE;
    com_object_addref(object);
    return S_OK;
}

HRESULT com_object_query(struct com_object *object, REFIID iid, void **out)
{
    const struct com_class *class = object->class;
    size_t i;

    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = com_object_identity(object);
    for (i = 0; !*out && i < class->interface_count; i++)
        if (IsEqualIID(iid, class->interfaces[i].iid))
            *out = (char *)object + class->interfaces[i].offset;
    if (!*out)
        return class->query ? class->query(object, iid, out) : query_common(object, iid, out);
    com_object_addref(object);
    return S_OK;
}

ULONG com_object_addref(struct com_object *object)
{
    return InterlockedIncrement(&object->references);
}

ULONG com_object_release(struct com_object *object)
{
    ULONG references = InterlockedDecrement(&object->references);

    if (references)
        return references;
    TRACE("%s %p goes", object->class->name, (void *)object);
    object->class->free(object);
    module_object_died();
    if (!module_objects_live())
        engine_clients_gone();
    return 0;
}
