/* A client that judges its servers' certificates, and notes what it was asked. */
#ifndef TESTS_JUDGE_KIT_H
#define TESTS_JUDGE_KIT_H

#include "testkit/kit.h"

#include <wincrypt.h>

struct judge /* a client's IBackgroundCopyServerCertificateValidationCallback, on the stack */
{
    IBackgroundCopyServerCertificateValidationCallback iface;
    LONG references;
    LONG asked;
    HRESULT answer;
    DWORD thread;
    BOOL readable; /* certificate and store could be decoded */
    BOOL named;    /* job and file were what they should be */
};

static struct judge *judge_from(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return CONTAINING_RECORD(iface, struct judge, iface);
}

static inline HRESULT STDMETHODCALLTYPE judge_QueryInterface(
    IBackgroundCopyServerCertificateValidationCallback *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) &&
        !IsEqualIID(iid, &IID_IBackgroundCopyServerCertificateValidationCallback))
        return E_NOINTERFACE;
    *out = iface;
    InterlockedIncrement(&judge_from(iface)->references);
    return S_OK;
}

static inline ULONG STDMETHODCALLTYPE
judge_AddRef(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return (ULONG)InterlockedIncrement(&judge_from(iface)->references);
}

static inline ULONG STDMETHODCALLTYPE
judge_Release(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return (ULONG)InterlockedDecrement(&judge_from(iface)->references);
}

static inline HRESULT STDMETHODCALLTYPE judge_ValidateServerCertificate(
    IBackgroundCopyServerCertificateValidationCallback *iface, IBackgroundCopyJob *job,
    IBackgroundCopyFile *file, DWORD size, const BYTE *bytes, DWORD encoding, DWORD store_size,
    const BYTE *store_bytes)
{
    struct judge *judge = judge_from(iface);
    CRYPT_DATA_BLOB blob = {store_size, (BYTE *)store_bytes};
    const CERT_CONTEXT *certificate = CertCreateCertificateContext(encoding, bytes, size);
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SERIALIZED, encoding, 0, 0, &blob);
    WCHAR *name = NULL;
    GUID id;

    judge->readable = certificate && store;
    judge->named = SUCCEEDED(IBackgroundCopyJob_GetId(job, &id)) &&
                   SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &name)) &&
                   !wcsncmp(name, L"https:", 6);
    CoTaskMemFree(name);
    if (certificate)
        CertFreeCertificateContext(certificate);
    if (store)
        CertCloseStore(store, 0);
    judge->thread = GetCurrentThreadId();
    InterlockedIncrement(&judge->asked);
    return judge->answer;
}

static IBackgroundCopyServerCertificateValidationCallbackVtbl judge_vtbl = {
    judge_QueryInterface, judge_AddRef, judge_Release, judge_ValidateServerCertificate};

static inline HRESULT set_judge_of(IBackgroundCopyJob *job, IUnknown *object)
{
    IBackgroundCopyJobHttpOptions3 *options;
    HRESULT hr;

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions3,
                                                      (void **)&options));
    hr = IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(options, object);
    IBackgroundCopyJobHttpOptions3_Release(options);
    return hr;
}

/* Released on a thread of ours, perhaps. */
static inline void assert_released(struct judge *judge)
{
    int i;

    for (i = 0; i < 200 && InterlockedCompareExchange(&judge->references, 1, 1) != 1; i++)
        kit_pass(10);
    assert_int_equal(1, judge->references);
}

#endif
