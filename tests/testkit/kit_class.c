/* A class of the test's own that other processes can ask for. */
#include "testkit/kit.h"

static IUnknown *given;

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
                                                        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                        REFIID iid, void **out)
{
    (void)iface;
    (void)outer;
    return IUnknown_QueryInterface(given, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {factory_QueryInterface, factory_AddRef,
                                               factory_Release, factory_CreateInstance,
                                               factory_LockServer};
static IClassFactory factory = {&factory_vtbl};

HRESULT kit_class_register(REFCLSID clsid, IUnknown *object, DWORD *cookie)
{
    given = object;
    return CoRegisterClassObject(clsid, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                                 REGCLS_MULTIPLEUSE, cookie);
}
