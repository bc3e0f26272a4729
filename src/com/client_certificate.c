#include "com/client_certificate.h"

#include "base/log.h"
#include "base/mem.h"
#include "dosvc.h"

#include <wincrypt.h>

#define CERTIFICATE_MAX ((ULONG)1 << 20) /* bytes */

static bool is_certificate(const BYTE *bytes, DWORD size)
{
    const CERT_CONTEXT *context;
    const void *added = NULL;
    DWORD type = 0;

    context = CertCreateCertificateContext(X509_ASN_ENCODING, bytes, size);
    if (!context &&
        CertAddSerializedElementToStore(NULL, bytes, size, CERT_STORE_ADD_ALWAYS, 0,
                                        CERT_STORE_CERTIFICATE_CONTEXT_FLAG, &type, &added))
        context = added;
    if (!context)
        return false;
    CertFreeCertificateContext(context);
    return true;
}

static HRESULT to_base64(const BYTE *bytes, DWORD size, WCHAR **text)
{
    const DWORD format = CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF;
    DWORD length = 0;

    if (!CryptBinaryToStringW(bytes, size, format, NULL, &length))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!(*text = mem_array_alloc(length, sizeof(**text))))
        return E_OUTOFMEMORY;
    if (CryptBinaryToStringW(bytes, size, format, *text, &length))
        return S_OK;
    mem_free(*text);
    *text = NULL;
    return HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT size_of(SAFEARRAY *bytes, ULONG *size)
{
    LONG first, last;

    *size = 0;
    if (!bytes)
        return S_OK;
    if (SafeArrayGetDim(bytes) != 1 || FAILED(SafeArrayGetLBound(bytes, 1, &first)) ||
        FAILED(SafeArrayGetUBound(bytes, 1, &last)))
        return E_INVALIDARG;
    *size = (ULONG)(last - first + 1);
    return *size > CERTIFICATE_MAX ? E_INVALIDARG : S_OK;
}

HRESULT client_certificate_text(SAFEARRAY *bytes, WCHAR **text)
{
    void *data;
    ULONG size;
    HRESULT hr;

    *text = NULL;
    if (FAILED(hr = size_of(bytes, &size)) || !size)
        return hr;
    if (FAILED(hr = SafeArrayAccessData(bytes, &data)))
        return hr;
    hr = is_certificate(data, size) ? to_base64(data, size, text) : CRYPT_E_FILE_ERROR;
    SafeArrayUnaccessData(bytes);
    return hr;
}
