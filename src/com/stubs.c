#include "com/stubs.h"

#include "base/log.h"
#include "dosvc.h"

#include <rpcproxy.h>

const CLSID CLSID_DosvcStubs = {
    0x3c0b2f8e, 0x54f1, 0x4d3a, {0x9c, 0x27, 0x6a, 0x0e, 0x91, 0xd5, 0x7b, 0x44}};

/* Made by widl; this list and the release function take dlldata.c's place. */
extern const ExtendedProxyFileInfo deliveryoptimization_ProxyFileInfo;

static const ProxyFileInfo *proxy_files[] = {
    (const ProxyFileInfo *)&deliveryoptimization_ProxyFileInfo, NULL};
static CStdPSFactoryBuffer factory;

/* The generated vtables name it. */
ULONG STDMETHODCALLTYPE CStdStubBuffer_Release(IRpcStubBuffer *stub);

ULONG STDMETHODCALLTYPE CStdStubBuffer_Release(IRpcStubBuffer *stub)
{
    return NdrCStdStubBuffer_Release(stub, (IPSFactoryBuffer *)&factory);
}

HRESULT stubs_get_class_object(REFCLSID clsid, REFIID iid, void **out)
{
    return NdrDllGetClassObject(clsid, iid, out, proxy_files, &CLSID_DosvcStubs, &factory);
}

bool stubs_in_use(void)
{
    return NdrDllCanUnloadNow(&factory) != S_OK;
}

static const IID *const stubbed[] = {
    &IID_IBackgroundCopyCallback,
    &IID_IBackgroundCopyCallback2,
    &IID_IBackgroundCopyCallback3,
    &IID_IDODownloadStatusCallback,
    &IID_IBackgroundCopyServerCertificateValidationCallback,
};

/* Whether COM would come to us for the interface's stubs; made so if it knows of nobody. */
static bool are_ours(const IID *iid)
{
    CLSID provider;
    HRESULT hr;

    if (SUCCEEDED(CoGetPSClsid(iid, &provider)))
        return IsEqualCLSID(&provider, &CLSID_DosvcStubs);
    if (FAILED(hr = CoRegisterPSClsid(iid, &CLSID_DosvcStubs)))
        WARN("cannot provide stubs, 0x%08lx", hr);
    return SUCCEEDED(hr);
}

DWORD stubs_enter(void)
{
    IUnknown *class_object;
    DWORD cookie = 0;
    bool ours = false;
    HRESULT hr;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(stubbed); i++)
        if (are_ours(stubbed[i]))
            ours = true;
    if (!ours)
        return 0;
    hr = stubs_get_class_object(&CLSID_DosvcStubs, &IID_IUnknown, (void **)&class_object);
    if (SUCCEEDED(hr))
    {
        hr = CoRegisterClassObject(&CLSID_DosvcStubs, class_object, CLSCTX_INPROC_SERVER,
                                   REGCLS_MULTIPLEUSE, &cookie);
        IUnknown_Release(class_object);
    }
    if (SUCCEEDED(hr))
        return cookie;
    WARN("cannot provide stubs, 0x%08lx", hr);
    return 0;
}

void stubs_leave(DWORD cookie)
{
    if (cookie)
        CoRevokeClassObject(cookie);
}
