#include "com/apartment.h"

bool apartment_is_mta(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;

    return FAILED(CoGetApartmentType(&type, &qualifier)) || type == APTTYPE_MTA;
}

bool apartment_is_sta(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;

    return SUCCEEDED(CoGetApartmentType(&type, &qualifier)) &&
           (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

bool object_is_agile(IUnknown *object)
{
    IUnknown *agile;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IAgileObject, (void **)&agile)) || !agile)
        return false;
    IUnknown_Release(agile);
    return true;
}

bool apartment_wait(HANDLE event, DWORD ms)
{
    HRESULT hr = E_FAIL;
    DWORD index;

    if (apartment_is_sta())
        hr = CoWaitForMultipleHandles(0, ms, 1, &event, &index);
    if (hr == S_OK || hr == RPC_S_CALLPENDING)
        return hr == S_OK;
    return WaitForSingleObject(event, ms) == WAIT_OBJECT_0;
}
