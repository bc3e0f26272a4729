#include "com/factory.h"
#include "com/classes.h"
#include "com/com_object.h"
#include "com/reference.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"

struct factory
{
    struct com_object com;
    IClassFactory IClassFactory_iface;
    const struct class_entry *entry;
};
COM_IMPLEMENTS(factory, IClassFactory)

static HRESULT create_instance(const struct class_entry *entry, REFIID iid, void **out)
{
    IUnknown *unknown;
    HRESULT hr = entry->create(&unknown);

    if (FAILED(hr))
        return hr;
    hr = IUnknown_QueryInterface(unknown, iid, out);
    IUnknown_Release(unknown);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                        REFIID iid, void **out)
{
    struct factory *factory = factory_from_IClassFactory(iface);

    TRACE("%p %p %s %p", (void *)iface, (void *)outer, LOG_GUID(iid), (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return create_instance(factory->entry, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    TRACE("%p %d", (void *)iface, lock);
    if (lock)
        module_lock_server();
    else
        module_unlock_server();
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    COM_UNKNOWN(factory, IClassFactory),
    factory_CreateInstance,
    factory_LockServer,
};

static void factory_free(struct com_object *com)
{
    mem_free(CONTAINER_OF(com, struct factory, com));
}

static const struct com_interface factory_interfaces[] = {
    {&IID_IClassFactory, offsetof(struct factory, IClassFactory_iface)},
};

static void factory_refer(const struct com_object *com, struct reference *reference)
{
    const struct factory *factory = CONTAINER_OF(com, struct factory, com);

    *reference = (struct reference){.kind = REFERENCE_FACTORY, .id = *factory->entry->clsid};
}

static const struct com_class factory_class = {
    "class factory", factory_interfaces, ARRAY_SIZE(factory_interfaces), factory_free, NULL,
    factory_refer,
};

HRESULT factory_create(REFCLSID clsid, REFIID iid, void **out)
{
    const struct class_entry *entry;
    struct factory *factory;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    entry = class_find(clsid);
    if (!entry)
        return CLASS_E_CLASSNOTAVAILABLE;
    factory = mem_zalloc(sizeof(*factory));
    if (!factory)
        return E_OUTOFMEMORY;
    com_object_init(&factory->com, &factory_class);
    factory->IClassFactory_iface.lpVtbl = &factory_vtbl;
    factory->entry = entry;
    hr = com_object_query(&factory->com, iid, out);
    com_object_release(&factory->com);
    return hr;
}

HRESULT factory_create_instance(REFCLSID clsid, REFIID iid, void **out)
{
    const struct class_entry *entry;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    entry = class_find(clsid);
    return entry ? create_instance(entry, iid, out) : CLASS_E_CLASSNOTAVAILABLE;
}
