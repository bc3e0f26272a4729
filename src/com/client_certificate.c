#include "com/client_certificate.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <wchar.h>
#include <wincrypt.h>

#define CERTIFICATE_MAX ((ULONG)1 << 20) /* bytes */
#define SHA1_SIZE 20
#define ENCODINGS (X509_ASN_ENCODING | PKCS_7_ASN_ENCODING)
#define SUBJECT_FORMAT CERT_SIMPLE_NAME_STR

static const struct
{
    const WCHAR *name; /* as libcurl calls it */
    DWORD flag;
} locations[] = {
    [BG_CERT_STORE_LOCATION_CURRENT_USER] = {L"CurrentUser", CERT_SYSTEM_STORE_CURRENT_USER},
    [BG_CERT_STORE_LOCATION_LOCAL_MACHINE] = {L"LocalMachine", CERT_SYSTEM_STORE_LOCAL_MACHINE},
    [BG_CERT_STORE_LOCATION_CURRENT_SERVICE] = {L"CurrentService",
                                                CERT_SYSTEM_STORE_CURRENT_SERVICE},
    [BG_CERT_STORE_LOCATION_SERVICES] = {L"Services", CERT_SYSTEM_STORE_SERVICES},
    [BG_CERT_STORE_LOCATION_USERS] = {L"Users", CERT_SYSTEM_STORE_USERS},
    [BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY] =
        {L"CurrentUserGroupPolicy", CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY},
    [BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY] =
        {L"LocalMachineGroupPolicy", CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY},
    [BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE] =
        {L"LocalMachineEnterprise", CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE},
};

/* ---- the text ---- */

static HRESULT get_hash(const CERT_CONTEXT *certificate, BYTE *hash)
{
    DWORD size = SHA1_SIZE;

    if (!CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, hash, &size))
        return HRESULT_FROM_WIN32(GetLastError());
    return size == SHA1_SIZE ? S_OK : E_UNEXPECTED;
}

/* The certificate's name in one line. */
static HRESULT make_text(BG_CERT_STORE_LOCATION location, const WCHAR *store,
                         const CERT_CONTEXT *certificate, WCHAR **text)
{
    CERT_NAME_BLOB *name = &certificate->pCertInfo->Subject;
    DWORD length = CertNameToStrW(X509_ASN_ENCODING, name, SUBJECT_FORMAT, NULL, 0);
    size_t room = wcslen(locations[location].name) + wcslen(store) + 2 * SHA1_SIZE + length + 4;
    BYTE hash[SHA1_SIZE];
    WCHAR *made, *end;
    HRESULT hr;
    size_t i;

    if (FAILED(hr = get_hash(certificate, hash)))
        return hr;
    if (!(made = mem_array_alloc(room, sizeof(*made))))
        return E_OUTOFMEMORY;
    end = made + swprintf(made, room, L"%ls\\%ls\\", locations[location].name, store);
    for (i = 0; i < SHA1_SIZE; i++)
        end += swprintf(end, room - (size_t)(end - made), L"%02X", hash[i]);
    *end++ = '\\';
    *end = 0;
    CertNameToStrW(X509_ASN_ENCODING, name, SUBJECT_FORMAT, end, length);
    *text = made;
    return S_OK;
}

/* ---- looking one up ---- */

static HRESULT open_store(BG_CERT_STORE_LOCATION location, const WCHAR *name, HCERTSTORE *store)
{
    const DWORD flags = CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG;

    /* libcurl reads the store's name up to the next backslash: none of another machine's */
    if (!*name || wcschr(name, '\\'))
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    *store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags | locations[location].flag, name);
    return *store ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

HRESULT client_certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store_name,
                                const BYTE *hash, const WCHAR *subject, WCHAR **text)
{
    CRYPT_HASH_BLOB blob = {SHA1_SIZE, (BYTE *)hash};
    const CERT_CONTEXT *certificate;
    HCERTSTORE store;
    HRESULT hr;

    if ((size_t)location >= ARRAY_SIZE(locations))
        return E_NOTIMPL;
    if (FAILED(hr = open_store(location, store_name, &store)))
        return hr;
    if (hash)
        certificate =
            CertFindCertificateInStore(store, ENCODINGS, 0, CERT_FIND_SHA1_HASH, &blob, NULL);
    else
        certificate =
            CertFindCertificateInStore(store, ENCODINGS, 0, CERT_FIND_SUBJECT_STR_W, subject, NULL);
    hr = CRYPT_E_NOT_FOUND;
    if (certificate)
    {
        hr = make_text(location, store_name, certificate, text);
        CertFreeCertificateContext(certificate);
    }
    CertCloseStore(store, 0);
    return hr;
}

/* ---- one that is handed over ---- */

static const CERT_CONTEXT *decode(const BYTE *bytes, DWORD size)
{
    const CERT_CONTEXT *certificate;
    const void *added = NULL;
    DWORD type = 0;

    certificate = CertCreateCertificateContext(X509_ASN_ENCODING, bytes, size);
    if (!certificate &&
        CertAddSerializedElementToStore(NULL, bytes, size, CERT_STORE_ADD_ALWAYS, 0,
                                        CERT_STORE_CERTIFICATE_CONTEXT_FLAG, &type, &added))
        certificate = added;
    return certificate;
}

static HRESULT find_equal(const CERT_CONTEXT *certificate, WCHAR **text)
{
    BYTE hash[SHA1_SIZE];
    HRESULT hr = get_hash(certificate, hash);

    if (FAILED(hr))
        return hr;
    if (SUCCEEDED(
            client_certificate_find(BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", hash, NULL, text)))
        return S_OK;
    if (SUCCEEDED(
            client_certificate_find(BG_CERT_STORE_LOCATION_LOCAL_MACHINE, L"MY", hash, NULL, text)))
        return S_OK;
    return make_text(BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", certificate, text);
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

HRESULT client_certificate_from_array(SAFEARRAY *bytes, WCHAR **text)
{
    const CERT_CONTEXT *certificate;
    void *data;
    ULONG size;
    HRESULT hr;

    *text = NULL;
    if (FAILED(hr = size_of(bytes, &size)) || !size)
        return hr;
    if (FAILED(hr = SafeArrayAccessData(bytes, &data)))
        return hr;
    certificate = decode(data, size);
    SafeArrayUnaccessData(bytes);
    if (!certificate)
        return CRYPT_E_FILE_ERROR;
    hr = find_equal(certificate, text);
    CertFreeCertificateContext(certificate);
    return hr;
}

/* ---- handing it out ---- */

static LPWSTR client_copy(const WCHAR *text, size_t length)
{
    LPWSTR copy = CoTaskMemAlloc((length + 1) * sizeof(*copy));

    if (copy)
    {
        wmemcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

static BYTE hex_value(WCHAR digit)
{
    return (BYTE)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

HRESULT client_certificate_to_client(const WCHAR *text, BG_CERT_STORE_LOCATION *location,
                                     LPWSTR *store, BYTE **hash, LPWSTR *subject)
{
    const WCHAR *store_at = text + wcscspn(text, L"\\") + 1;
    const WCHAR *hash_at = store_at + wcscspn(store_at, L"\\") + 1;
    const WCHAR *subject_at = hash_at + 2 * SHA1_SIZE + 1;
    LPWSTR store_copy = client_copy(store_at, (size_t)(hash_at - store_at) - 1);
    LPWSTR subject_copy = client_copy(subject_at, wcslen(subject_at));
    BYTE *hash_copy = CoTaskMemAlloc(SHA1_SIZE);
    size_t i;

    if (!store_copy || !subject_copy || !hash_copy)
    {
        CoTaskMemFree(store_copy);
        CoTaskMemFree(subject_copy);
        CoTaskMemFree(hash_copy);
        return E_OUTOFMEMORY;
    }
    for (i = 0; i < SHA1_SIZE; i++)
        hash_copy[i] = (BYTE)(hex_value(hash_at[2 * i]) << 4 | hex_value(hash_at[2 * i + 1]));
    for (i = 0; i < ARRAY_SIZE(locations); i++)
        if (!wcsncmp(text, locations[i].name, (size_t)(store_at - text) - 1) &&
            !locations[i].name[store_at - text - 1])
            *location = (BG_CERT_STORE_LOCATION)i;
    *store = store_copy;
    *hash = hash_copy;
    *subject = subject_copy;
    return S_OK;
}
