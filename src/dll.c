/*
 * What the DLL exports. There is no DllMain: nothing runs at load or unload.
 */
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/thread.h"
#include "com/factory.h"
#include "com/register.h"
#include "com/serve.h"
#include "com/stubs.h"
#include "core/engine.h"
#include "dosvc.h"

#include <wchar.h>

/* The SDK declares these as exported, regsvr32 and COM find them by name (dosvc.def). */
STDAPI DllRegisterServer(void);
STDAPI DllUnregisterServer(void);
STDAPI DllInstall(BOOL install, LPCWSTR options);

STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    TRACE("%s %s %p", LOG_GUID(clsid), LOG_GUID(iid), (void *)out);
    if (out && IsEqualCLSID(clsid, &CLSID_DosvcStubs))
        return stubs_get_class_object(clsid, iid, out);
    return factory_create(clsid, iid, out);
}

/* A thread of ours keeps the module by itself, but leaving it out would unload at some later
 * moment that nobody can wait for. */
STDAPI DllCanUnloadNow(void)
{
    if (module_objects_live() || module_server_locks() || engine_is_open() || thread_live() ||
        stubs_in_use())
        return S_FALSE;
    return S_OK;
}

STDAPI DllRegisterServer(void)
{
    return register_classes(REGISTER_MACHINE);
}

STDAPI DllUnregisterServer(void)
{
    return unregister_classes(REGISTER_MACHINE);
}

/* One of: nothing (as DllRegisterServer), "user", "bits" (the class ids of BITS, and only these).
 */
STDAPI DllInstall(BOOL install, LPCWSTR options)
{
    enum register_scope scope = REGISTER_MACHINE;
    bool bits = false;

    INFO("%d %s", install, LOG_WIDE(options));
    if (options && !_wcsicmp(options, L"user"))
        scope = REGISTER_USER;
    else if (options && !_wcsicmp(options, L"bits"))
        bits = true;
    else if (options && *options)
        return E_INVALIDARG;
    if (!install)
        return bits ? unregister_bits_classes(scope) : unregister_classes(scope);
    return bits ? register_bits_classes(scope) : register_classes(scope);
}

HRESULT STDAPICALLTYPE DosvcCreateInstance(REFCLSID clsid, REFIID iid, void **object)
{
    TRACE("%s %s %p", LOG_GUID(clsid), LOG_GUID(iid), (void *)object);
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!clsid || !iid)
        return E_INVALIDARG;
    return factory_create_instance(clsid, iid, object);
}

void STDAPICALLTYPE DosvcGetLiveCounts(struct dosvc_live_counts *counts)
{
    counts->objects = module_objects_live();
    counts->blocks = mem_live_blocks();
    counts->threads = thread_live();
    counts->handles = handle_live();
    counts->locks = module_server_locks();
}

HRESULT STDAPICALLTYPE DosvcServe(void)
{
    TRACE(" ");
    return serve();
}
