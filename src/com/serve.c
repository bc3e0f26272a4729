#include "com/serve.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "com/classes.h"
#include "com/factory.h"
#include "com/reference.h"
#include "com/register.h"
#include "core/engine.h"
#include "core/served.h"

#define LOOK_MS 500   /* between two looks whether anybody needs us */
#define QUIET_MS 4000 /* without a call or a job before we leave */

/* An id that is not ours alone is served only where it is registered as ours: a class object also
 * takes other programs' activations. */
static bool is_served(const struct class_entry *entry)
{
    return entry->served && (entry->owner == CLASS_OURS || class_is_registered(entry));
}

static HRESULT offer(const struct class_entry *entry, DWORD *cookie)
{
    IUnknown *factory;
    HRESULT hr = factory_create(entry->clsid, &IID_IUnknown, (void **)&factory);

    if (FAILED(hr))
        return hr;
    hr = CoRegisterClassObject(entry->clsid, factory, CLSCTX_LOCAL_SERVER,
                               REGCLS_MULTIPLEUSE | REGCLS_SUSPENDED, cookie);
    IUnknown_Release(factory);
    return hr;
}

static void withdraw(DWORD *cookies)
{
    size_t i;

    for (i = 0; i < class_count; i++)
        if (cookies[i])
            CoRevokeClassObject(cookies[i]);
    mem_free(cookies);
}

static HRESULT offer_all(DWORD **out)
{
    DWORD *cookies = mem_zalloc(class_count * sizeof(*cookies));
    HRESULT hr = cookies ? S_OK : E_OUTOFMEMORY;
    size_t i;

    for (i = 0; SUCCEEDED(hr) && i < class_count; i++)
        if (is_served(&class_table[i]))
            hr = offer(&class_table[i], &cookies[i]);
    if (SUCCEEDED(hr))
        hr = CoResumeClassObjects();
    if (FAILED(hr) && cookies)
        withdraw(cookies);
    else
        *out = cookies;
    return hr;
}

/* Returns once nobody has asked for anything for a while, and nobody needs us. */
static void wait_for_the_end(void)
{
    ULONGLONG quiet_since = GetTickCount64();
    LONG calls = reference_count();

    for (;;)
    {
        Sleep(LOOK_MS);
        if (calls != reference_count() || module_server_locks())
        {
            calls = reference_count();
            quiet_since = GetTickCount64();
        }
        else if (GetTickCount64() - quiet_since >= QUIET_MS && served_is_over())
            return;
    }
}

static HRESULT serve_in_apartment(void)
{
    DWORD *cookies;
    HRESULT hr = engine_open();

    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(hr = offer_all(&cookies)))
    {
        INFO("the local server is there");
        wait_for_the_end();
        INFO("nobody needs the local server any more");
        withdraw(cookies);
    }
    engine_close();
    return hr;
}

HRESULT serve(void)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    if (FAILED(hr))
        return hr;
    hr = serve_in_apartment();
    CoUninitialize();
    return hr;
}
