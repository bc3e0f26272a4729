#include "io/network_cost.h"

#include "base/log.h"

#include <netlistmgr.h>

UINT32 network_cost(void)
{
    INetworkCostManager *manager;
    DWORD cost = 0;
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_NetworkListManager, NULL, CLSCTX_ALL, &IID_INetworkCostManager,
                          (void **)&manager);
    if (SUCCEEDED(hr))
    {
        hr = INetworkCostManager_GetCost(manager, &cost, NULL);
        INetworkCostManager_Release(manager);
    }
    if (FAILED(hr))
        INFO("the system does not tell what the network costs, 0x%08lx", hr);
    return FAILED(hr) ? 0 : cost;
}
