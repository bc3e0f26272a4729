#include "com/security.h"
#include "com/com_object.h"
#include "base/log.h"
#include <rpcdce.h>

static struct com_object *object_from(IClientSecurity *iface)
{
    return CONTAINING_RECORD(iface, struct com_object, IClientSecurity_iface);
}

static HRESULT STDMETHODCALLTYPE security_QueryInterface(IClientSecurity *iface, REFIID iid,
                                                         void **out)
{
    return com_object_query(object_from(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE security_AddRef(IClientSecurity *iface)
{
    return com_object_addref(object_from(iface));
}

static ULONG STDMETHODCALLTYPE security_Release(IClientSecurity *iface)
{
    return com_object_release(object_from(iface));
}

/* Every out pointer may be NULL: the caller is not interested. */
static HRESULT STDMETHODCALLTYPE security_QueryBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                       DWORD *authn_service, DWORD *authz_service,
                                                       OLECHAR **principal, DWORD *authn_level,
                                                       DWORD *imp_level, void **auth_info,
                                                       DWORD *capabilities)
{
    TRACE("%p %p", (void *)iface, (void *)proxy);
    if (principal)
        *principal = NULL;
    if (auth_info)
        *auth_info = NULL;
    if (authn_service)
        *authn_service = RPC_C_AUTHN_NONE;
    if (authz_service)
        *authz_service = RPC_C_AUTHZ_NONE;
    if (authn_level)
        *authn_level = RPC_C_AUTHN_LEVEL_NONE;
    if (imp_level)
        *imp_level = RPC_C_IMP_LEVEL_IMPERSONATE;
    if (capabilities)
        *capabilities = EOAC_NONE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE security_SetBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                     DWORD authn_service, DWORD authz_service,
                                                     OLECHAR *principal, DWORD authn_level,
                                                     DWORD imp_level, void *auth_info,
                                                     DWORD capabilities)
{
    TRACE("%p %p %lu %lu %p %lu %lu %p %#lx", (void *)iface, (void *)proxy, authn_service,
          authz_service, (void *)principal, authn_level, imp_level, auth_info, capabilities);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE security_CopyProxy(IClientSecurity *iface, IUnknown *proxy,
                                                    IUnknown **copy)
{
    TRACE("%p %p %p", (void *)iface, (void *)proxy, (void *)copy);
    if (!copy)
        return E_INVALIDARG;
    *copy = NULL;
    if (!proxy)
        return E_INVALIDARG;
    IUnknown_AddRef(proxy);
    *copy = proxy;
    return S_OK;
}

const IClientSecurityVtbl security_vtbl = {
    security_QueryInterface, security_AddRef,     security_Release,
    security_QueryBlanket,   security_SetBlanket, security_CopyProxy,
};
