/*
 * Uses the classes through COM with nothing registered: the program's manifest (regfree.manifest, a
 * resource of it) names the assembly "dosvc", and dosvc.dll, beside the program, carries that
 * assembly's own. Prints what each class gives.
 */
#define COBJMACROS
#include <stdio.h>
#include "dosvc.h"

static const struct
{
    const char *name;
    const CLSID *clsid;
    const IID *iid;
} classes[] = {
    {"DeliveryOptimization", &CLSID_DeliveryOptimization, &IID_IDOManager},
    {"DosvcManager", &CLSID_DosvcManager, &IID_IBackgroundCopyManager},
    {"DosvcBitsManager", &CLSID_DosvcBitsManager, &IID_IBackgroundCopyManager},
    {"DosvcCallback", &CLSID_DosvcCallback, &IID_IDosvcCallback},
};

int main(void)
{
    IUnknown *object;
    HRESULT hr, worst = S_OK;
    size_t i;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        hr = CoCreateInstance(classes[i].clsid, NULL, CLSCTX_INPROC_SERVER, classes[i].iid,
                              (void **)&object);
        printf("%s: 0x%08lx\n", classes[i].name, (unsigned long)hr);
        if (SUCCEEDED(hr))
            IUnknown_Release(object);
        else
            worst = hr;
    }
    CoUninitialize();
    return FAILED(worst);
}
