#include "testkit/tls_front.h"

#include <stdlib.h>
#include <string.h>

#define KEYS L"dosvc test client"

static const CERT_CONTEXT *authority; /* as it is in the store of trusted roots */

/* ---- what the script has left ---- */

static FILE *open_file(const wchar_t *name, const wchar_t *mode)
{
    wchar_t folder[MAX_PATH], path[2 * MAX_PATH];

    if (!GetEnvironmentVariableW(L"DOSVC_TLS", folder, MAX_PATH))
        return NULL;
    swprintf(path, 2 * MAX_PATH, L"%ls\\%ls", folder, name);
    return _wfopen(path, mode);
}

static int port_of(const char *wanted)
{
    FILE *file = open_file(L"ports", L"r");
    char word[16];
    int port, found = 0;

    if (!file)
        return 0;
    while (!found && fscanf(file, "%15s %d", word, &port) == 2)
        if (!strcmp(word, wanted))
            found = port;
    fclose(file);
    return found;
}

bool tls_front_runs(void)
{
    return port_of(TLS_GOOD) != 0;
}

char *tls_url(const struct httpd *httpd, const char *port, const char *path, char *buffer)
{
    int number = port_of(port);

    assert_int_not_equal(0, number);
    if (httpd)
        snprintf(buffer, HTTPD_URL_MAX, "https://localhost:%d/%d%s", number, httpd_port(httpd),
                 path);
    else
        snprintf(buffer, HTTPD_URL_MAX, "https://localhost:%d%s", number, path);
    return buffer;
}

/* ---- the authority ---- */

static HCERTSTORE open_store(const wchar_t *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, name);
}

/* Under Wine a change is in the registry, where others find it, only when the last context of the
 * store is gone, or now. */
static void close_store(HCERTSTORE store)
{
    if (!store)
        return;
    CertControlStore(store, 0, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(store, 0);
}

/* Deletes and frees. */
static void delete_certificate(const CERT_CONTEXT *certificate)
{
    HCERTSTORE store = CertDuplicateStore(certificate->hCertStore);

    CertDeleteCertificateFromStore(certificate);
    close_store(store);
}

int tls_trust(void **state)
{
    FILE *file = open_file(L"ca.der", L"rb");
    HCERTSTORE store = open_store(L"Root");
    BYTE bytes[4096];
    size_t size = 0;

    (void)state;
    if (file)
    {
        size = fread(bytes, 1, sizeof(bytes), file);
        fclose(file);
    }
    if (store && size)
        CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, bytes, (DWORD)size,
                                         CERT_STORE_ADD_REPLACE_EXISTING, &authority);
    close_store(store);
    return size && !authority ? -1 : 0;
}

int tls_distrust(void **state)
{
    (void)state;
    if (authority)
        delete_certificate(authority);
    authority = NULL;
    return 0;
}

/* ---- a client's certificate ---- */

static void make_key(void)
{
    HCRYPTPROV provider;
    HCRYPTKEY key;

    CryptAcquireContextW(&provider, KEYS, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET);
    assert_true(CryptAcquireContextW(&provider, KEYS, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    assert_true(CryptGenKey(provider, AT_KEYEXCHANGE, (DWORD)2048 << 16 | CRYPT_EXPORTABLE, &key));
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
}

const CERT_CONTEXT *tls_make_client(const wchar_t *name, BYTE *hash)
{
    CRYPT_KEY_PROV_INFO keys = {.pwszContainerName = (wchar_t *)KEYS,
                                .pwszProvName = (wchar_t *)MS_ENH_RSA_AES_PROV_W,
                                .dwProvType = PROV_RSA_AES,
                                .dwKeySpec = AT_KEYEXCHANGE};
    CRYPT_ALGORITHM_IDENTIFIER sha256 = {.pszObjId = (char *)szOID_RSA_SHA256RSA};
    BYTE encoded[512];
    CERT_NAME_BLOB subject = {sizeof(encoded), encoded};
    const CERT_CONTEXT *made, *stored = NULL;
    HCERTSTORE store = open_store(L"MY");
    DWORD size = 20;

    make_key();
    assert_true(CertStrToNameW(X509_ASN_ENCODING, name, CERT_X500_NAME_STR, NULL, encoded,
                               &subject.cbData, NULL));
    made = CertCreateSelfSignCertificate(0, &subject, 0, &keys, &sha256, NULL, NULL, NULL);
    assert_non_null(made);
    assert_true(
        CertAddCertificateContextToStore(store, made, CERT_STORE_ADD_REPLACE_EXISTING, &stored));
    assert_true(CertGetCertificateContextProperty(stored, CERT_SHA1_HASH_PROP_ID, hash, &size));
    CertFreeCertificateContext(made);
    close_store(store);
    return stored;
}

void tls_forget_client(const CERT_CONTEXT *certificate)
{
    HCRYPTPROV provider;

    delete_certificate(certificate);
    CryptAcquireContextW(&provider, KEYS, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET);
}
