#include "com/portable.h"

#include "com/apartment.h"

/* MinGW's headers lack it. */
static const CLSID global_interface_table = {0x323, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static HRESULT open_table(IGlobalInterfaceTable **table)
{
    return CoCreateInstance(&global_interface_table, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IGlobalInterfaceTable, (void **)table);
}

HRESULT portable_keep(struct portable *kept, const IID *iid, void *pointer)
{
    IGlobalInterfaceTable *table;
    IUnknown *object = pointer;
    HRESULT hr;

    memset(kept, 0, sizeof(*kept));
    if (!object)
        return S_OK;
    kept->iid = iid;
    if (object_is_agile(object))
    {
        kept->agile = object;
        IUnknown_AddRef(object);
        return S_OK;
    }
    if (FAILED(hr = open_table(&table)))
        return hr;
    hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, object, iid, &kept->cookie);
    IGlobalInterfaceTable_Release(table);
    if (FAILED(hr))
        kept->cookie = 0;
    return hr;
}

HRESULT portable_get(const struct portable *kept, void **out)
{
    IGlobalInterfaceTable *table;
    HRESULT hr;

    *out = kept->agile;
    if (kept->agile)
        IUnknown_AddRef(kept->agile);
    if (!kept->cookie)
        return S_OK;
    if (FAILED(hr = open_table(&table)))
        return hr;
    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(table, kept->cookie, kept->iid, out);
    IGlobalInterfaceTable_Release(table);
    if (FAILED(hr))
        *out = NULL;
    return hr;
}

void portable_drop(struct portable *kept)
{
    IGlobalInterfaceTable *table;

    if (kept->agile)
        IUnknown_Release(kept->agile);
    if (kept->cookie && SUCCEEDED(open_table(&table)))
    {
        IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, kept->cookie);
        IGlobalInterfaceTable_Release(table);
    }
    memset(kept, 0, sizeof(*kept));
}
