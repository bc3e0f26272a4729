#include "com/stubs.h"

#include "base/lock.h"
#include "base/log.h"
#include "com/apartment.h"
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

/* The MTA is one apartment with many threads, and COM may answer a second registration with no
 * cookie of its own: so they share one, which lasts as long as any of them needs it. */
static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects the next four */
static CONDITION_VARIABLE settled = CONDITION_VARIABLE_INIT;
static unsigned int mta_users;
static bool mta_changing; /* one thread registers or revokes, without the lock */
static DWORD mta_cookie;

#define MTA_USER ((DWORD)-1) /* stands for a share in mta_cookie */

static DWORD register_class(void)
{
    IUnknown *class_object;
    DWORD cookie = 0;
    HRESULT hr;

    hr = stubs_get_class_object(&CLSID_DosvcStubs, &IID_IUnknown, (void **)&class_object);
    if (SUCCEEDED(hr))
    {
        hr = CoRegisterClassObject(&CLSID_DosvcStubs, class_object, CLSCTX_INPROC_SERVER,
                                   REGCLS_MULTIPLEUSE, &cookie);
        IUnknown_Release(class_object);
    }
    if (FAILED(hr))
        WARN("cannot provide stubs, 0x%08lx", hr);
    return FAILED(hr) ? 0 : cookie;
}

static void wait_settled_locked(void)
{
    while (mta_changing)
        lock_wait(&lock, &settled, INFINITE);
}

static void settle_locked(DWORD cookie)
{
    mta_cookie = cookie;
    mta_changing = false;
    WakeAllConditionVariable(&settled);
}

static void mta_enter(void)
{
    DWORD cookie;

    lock_take(&lock);
    wait_settled_locked();
    if (!mta_users++)
    {
        mta_changing = true;
        lock_drop(&lock);
        cookie = register_class();
        lock_take(&lock);
        settle_locked(cookie);
    }
    lock_drop(&lock);
}

static void mta_leave(void)
{
    DWORD cookie;

    lock_take(&lock);
    wait_settled_locked();
    if (!--mta_users && (cookie = mta_cookie))
    {
        mta_changing = true;
        lock_drop(&lock);
        CoRevokeClassObject(cookie);
        lock_take(&lock);
        settle_locked(0);
    }
    lock_drop(&lock);
}

DWORD stubs_enter(void)
{
    bool ours = false;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(stubbed); i++)
        if (are_ours(stubbed[i]))
            ours = true;
    if (!ours)
        return 0;
    if (!apartment_is_mta())
        return register_class();
    mta_enter();
    return MTA_USER;
}

void stubs_leave(DWORD cookie)
{
    if (cookie == MTA_USER)
        mta_leave();
    else if (cookie)
        CoRevokeClassObject(cookie);
}
