#include "io/certificate.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/http.h"

#include <string.h>

#define SECURITY_WIN32
#include <security.h>
#include <schannel.h>
#include <wincrypt.h>

/* SSL_EXTRA_CERT_CHAIN_POLICY_PARA.fdwChecks: WinINet's numbers, whose header quarrels with
 * WinHTTP's */
#define CHECK_IGNORE_REVOCATION 0x00000080u
#define CHECK_IGNORE_UNKNOWN_CA 0x00000100u
#define CHECK_IGNORE_WRONG_USAGE 0x00000200u
#define CHECK_IGNORE_CN_INVALID 0x00001000u
#define CHECK_IGNORE_DATE_INVALID 0x00002000u

#define FETCH_LIMIT 5000 /* ms */

static DWORD checks_from_flags(DWORD flags)
{
    DWORD checks = 0;

    if (flags & HTTP_TLS_IGNORE_UNKNOWN_CA)
        checks |= CHECK_IGNORE_UNKNOWN_CA;
    if (flags & HTTP_TLS_IGNORE_WRONG_NAME)
        checks |= CHECK_IGNORE_CN_INVALID;
    if (flags & HTTP_TLS_IGNORE_DATE)
        checks |= CHECK_IGNORE_DATE_INVALID;
    if (flags & HTTP_TLS_IGNORE_WRONG_USAGE)
        checks |= CHECK_IGNORE_WRONG_USAGE;
    if (!(flags & HTTP_TLS_CHECK_REVOCATION))
        checks |= CHECK_IGNORE_REVOCATION;
    return checks;
}

static HRESULT build_chain(const CERT_CONTEXT *certificate, DWORD flags,
                           const CERT_CHAIN_CONTEXT **chain)
{
    char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
    char *usages[] = {server_auth};
    CERT_CHAIN_PARA para;
    DWORD how = 0;

    memset(&para, 0, sizeof(para));
    para.cbSize = sizeof(para);
    if (!(flags & HTTP_TLS_IGNORE_WRONG_USAGE))
    {
        para.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
        para.RequestedUsage.Usage.cUsageIdentifier = ARRAY_SIZE(usages);
        para.RequestedUsage.Usage.rgpszUsageIdentifier = usages;
    }
#ifdef CERT_CHAIN_PARA_HAS_EXTRA_FIELDS
    para.dwUrlRetrievalTimeout = FETCH_LIMIT;
#endif
    if (flags & HTTP_TLS_CHECK_REVOCATION)
        how |= CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT;
    /* hCertStore carries the intermediate certificates the server sent along */
    if (!CertGetCertificateChain(NULL, certificate, NULL, certificate->hCertStore, &para, how, NULL,
                                 chain))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* The policy below judges most of this too, but not every edition of Windows' API does: Wine's lets
 * a chain pass whose issuer it did not find. */
static HRESULT check_chain(const CERT_CHAIN_CONTEXT *chain, DWORD flags)
{
    static const struct
    {
        DWORD status;
        DWORD unless; /* HTTP_TLS_IGNORE_* */
        HRESULT hr;
    } rows[] = {
        {CERT_TRUST_IS_NOT_SIGNATURE_VALID, 0, TRUST_E_CERT_SIGNATURE},
        {CERT_TRUST_IS_REVOKED, 0, CRYPT_E_REVOKED},
        {CERT_TRUST_INVALID_BASIC_CONSTRAINTS, 0, TRUST_E_BASIC_CONSTRAINTS},
        {CERT_TRUST_IS_NOT_TIME_VALID, HTTP_TLS_IGNORE_DATE, CERT_E_EXPIRED},
        {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, HTTP_TLS_IGNORE_WRONG_USAGE, CERT_E_WRONG_USAGE},
        {CERT_TRUST_IS_UNTRUSTED_ROOT, HTTP_TLS_IGNORE_UNKNOWN_CA, CERT_E_UNTRUSTEDROOT},
        {CERT_TRUST_IS_PARTIAL_CHAIN, HTTP_TLS_IGNORE_UNKNOWN_CA, CERT_E_CHAINING},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
        if ((chain->TrustStatus.dwErrorStatus & rows[i].status) && !(flags & rows[i].unless))
            return rows[i].hr;
    return S_OK;
}

static HRESULT check_policy(const CERT_CHAIN_CONTEXT *chain, WCHAR *host, DWORD flags)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA extra;
    CERT_CHAIN_POLICY_PARA para;
    CERT_CHAIN_POLICY_STATUS status;

    memset(&extra, 0, sizeof(extra));
    extra.cbSize = sizeof(extra);
    extra.dwAuthType = AUTHTYPE_SERVER;
    extra.fdwChecks = checks_from_flags(flags);
    extra.pwszServerName = host;
    memset(&para, 0, sizeof(para));
    para.cbSize = sizeof(para);
    para.pvExtraPolicyPara = &extra;
    memset(&status, 0, sizeof(status));
    status.cbSize = sizeof(status);
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &para, &status))
        return HRESULT_FROM_WIN32(GetLastError());
    return HRESULT_FROM_WIN32(status.dwError); /* an HRESULT already, mostly; stays as it is */
}

HRESULT certificate_check(void *context, const char *host, DWORD flags)
{
    const CERT_CHAIN_CONTEXT *chain = NULL;
    const CERT_CONTEXT *certificate = NULL;
    WCHAR *wide;
    HRESULT hr;

    wide = str_wide_from_utf8(host);
    if (!wide)
        return HRESULT_FROM_WIN32(GetLastError());
    hr = QueryContextAttributesW(context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);
    if (SUCCEEDED(hr))
        hr = build_chain(certificate, flags, &chain);
    if (SUCCEEDED(hr))
        hr = check_chain(chain, flags);
    if (SUCCEEDED(hr))
        hr = check_policy(chain, wide, flags);
    if (chain)
        CertFreeCertificateChain(chain);
    if (certificate)
        CertFreeCertificateContext(certificate);
    mem_free(wide);
    return hr;
}

static HRESULT copy_from(const CERT_CONTEXT *context, struct certificate **out)
{
    DWORD hash_size = CERTIFICATE_HASH_SIZE;
    CRYPT_DATA_BLOB store = {0};
    struct certificate *made;
    BYTE *bytes;

    if (!CertSaveStore(context->hCertStore, context->dwCertEncodingType, CERT_STORE_SAVE_AS_STORE,
                       CERT_STORE_SAVE_TO_MEMORY, &store, 0))
        return HRESULT_FROM_WIN32(GetLastError());
    if (!(made = mem_zalloc(sizeof(*made) + context->cbCertEncoded + store.cbData)))
        return E_OUTOFMEMORY;
    bytes = (BYTE *)(made + 1);
    memcpy(bytes, context->pbCertEncoded, context->cbCertEncoded);
    made->encoding = context->dwCertEncodingType;
    made->encoded = bytes;
    made->size = context->cbCertEncoded;
    made->store = store.pbData = bytes + context->cbCertEncoded;
    made->store_size = store.cbData;
    if (CertSaveStore(context->hCertStore, context->dwCertEncodingType, CERT_STORE_SAVE_AS_STORE,
                      CERT_STORE_SAVE_TO_MEMORY, &store, 0) &&
        CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, made->hash, &hash_size))
    {
        *out = made;
        return S_OK;
    }
    mem_free(made);
    return HRESULT_FROM_WIN32(GetLastError());
}

HRESULT certificate_copy(void *context, struct certificate **out)
{
    const CERT_CONTEXT *certificate = NULL;
    HRESULT hr = QueryContextAttributesW(context, SECPKG_ATTR_REMOTE_CERT_CONTEXT, &certificate);

    if (SUCCEEDED(hr))
        hr = copy_from(certificate, out);
    if (certificate)
        CertFreeCertificateContext(certificate);
    return hr;
}
