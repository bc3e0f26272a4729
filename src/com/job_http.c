#include "com/job_methods.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "com/certificate_target.h"
#include "com/client_certificate.h"
#include "model/header_block.h"
#include <wchar.h>

#define HEADERS_LENGTH 16383 /* characters */
#define METHOD_LENGTH 64
#define CERTIFICATE_NAME_LENGTH 255 /* of a store and of a subject */

#define HTTP_METHOD(name, ...)                                                                     \
    static HRESULT STDMETHODCALLTYPE job_object_##name(IBackgroundCopyJobHttpOptions3 *iface,      \
                                                       ##__VA_ARGS__)

static struct job *job_from(IBackgroundCopyJobHttpOptions3 *iface)
{
    return job_object_from_IBackgroundCopyJobHttpOptions3(iface)->job;
}

static HRESULT use_certificate(struct job *job, BG_CERT_STORE_LOCATION location, const WCHAR *store,
                               const BYTE *hash, const WCHAR *subject)
{
    WCHAR *text;
    HRESULT hr;

    if (text_exceeds(store, CERTIFICATE_NAME_LENGTH))
        return BG_E_STRING_TOO_LONG;
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    if (FAILED(hr = client_certificate_find(location, store, hash, subject, &text)))
        return hr;
    hr = engine_set_job_text(job, JOB_CLIENT_CERTIFICATE, text);
    mem_free(text);
    return hr;
}

HTTP_METHOD(SetClientCertificateByID, BG_CERT_STORE_LOCATION location, LPCWSTR store, BYTE *hash)
{
    TRACE("%p %d %s %p", (void *)iface, (int)location, LOG_WIDE(store), (void *)hash);
    if (!store || !hash)
        return E_INVALIDARG;
    return use_certificate(job_from(iface), location, store, hash, NULL);
}

HTTP_METHOD(SetClientCertificateByName, BG_CERT_STORE_LOCATION location, LPCWSTR store,
            LPCWSTR subject)
{
    TRACE("%p %d %s %s", (void *)iface, (int)location, LOG_WIDE(store), LOG_WIDE(subject));
    if (!store || !subject || !*subject)
        return E_INVALIDARG;
    if (text_exceeds(subject, CERTIFICATE_NAME_LENGTH))
        return BG_E_STRING_TOO_LONG;
    return use_certificate(job_from(iface), location, store, NULL, subject);
}

HTTP_METHOD(RemoveClientCertificate)
{
    struct job *job = job_from(iface);
    WCHAR *old;
    HRESULT hr;

    TRACE("%p", (void *)iface);
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    if (FAILED(hr = engine_job_text(job, JOB_CLIENT_CERTIFICATE, &old)))
        return hr;
    if (!old)
        return S_FALSE;
    mem_free(old);
    return engine_set_job_text(job, JOB_CLIENT_CERTIFICATE, NULL);
}

HTTP_METHOD(GetClientCertificate, BG_CERT_STORE_LOCATION *location, LPWSTR *store, BYTE **hash,
            LPWSTR *subject)
{
    WCHAR *text;
    HRESULT hr;

    TRACE("%p %p %p %p %p", (void *)iface, (void *)location, (void *)store, (void *)hash,
          (void *)subject);
    if (!location || !store || !hash || !subject)
        return E_INVALIDARG;
    *location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    *store = *subject = NULL;
    *hash = NULL;
    if (FAILED(hr = engine_job_text(job_from(iface), JOB_CLIENT_CERTIFICATE, &text)))
        return hr;
    if (!text)
        return RPC_E_NO_CONTEXT;
    hr = client_certificate_to_client(text, location, store, hash, subject);
    mem_free(text);
    return hr;
}

static HRESULT judge_headers(const WCHAR *headers)
{
    char *utf8;
    bool good;

    if (text_exceeds(headers, HEADERS_LENGTH))
        return BG_E_STRING_TOO_LONG;
    utf8 = str_utf8_from_wide(headers);
    if (!utf8)
        return GetLastError() == ERROR_OUTOFMEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
    good = header_block_is_valid(utf8);
    mem_free(utf8);
    return good ? S_OK : E_INVALIDARG;
}

HTTP_METHOD(SetCustomHeaders, LPCWSTR headers)
{
    HRESULT hr = S_OK;

    TRACE("%p %p", (void *)iface, (const void *)headers);
    if (headers)
        hr = judge_headers(headers);
    if (FAILED(hr))
        return hr;
    return engine_set_job_text(job_from(iface), JOB_CUSTOM_HEADERS, headers);
}

HTTP_METHOD(GetCustomHeaders, LPWSTR *headers)
{
    struct job *job = job_from(iface);

    TRACE("%p %p", (void *)iface, (void *)headers);
    if (!headers)
        return E_INVALIDARG;
    *headers = NULL;
    if (engine_job_number(job, JOB_HEADERS_WRITE_ONLY))
        return E_ACCESSDENIED;
    return job_text_to_client(job, JOB_CUSTOM_HEADERS, NULL, headers);
}

HTTP_METHOD(SetSecurityFlags, ULONG flags)
{
    const ULONG ssl = BG_SSL_ENABLE_CRL_CHECK | BG_SSL_IGNORE_CERT_CN_INVALID |
                      BG_SSL_IGNORE_CERT_DATE_INVALID | BG_SSL_IGNORE_UNKNOWN_CA |
                      BG_SSL_IGNORE_CERT_WRONG_USAGE;
    ULONG policy = flags & BG_HTTP_REDIRECT_POLICY_MASK;

    TRACE("%p %#lx", (void *)iface, flags);
    if (flags & ~(ssl | BG_HTTP_REDIRECT_POLICY_MASK | BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP))
        return E_NOTIMPL;
    if (policy != BG_HTTP_REDIRECT_POLICY_ALLOW_SILENT &&
        policy != BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT &&
        policy != BG_HTTP_REDIRECT_POLICY_DISALLOW)
        return E_NOTIMPL;
    return engine_set_job_number(job_from(iface), JOB_SECURITY_FLAGS, flags);
}

HTTP_METHOD(GetSecurityFlags, ULONG *flags)
{
    TRACE("%p %p", (void *)iface, (void *)flags);
    return job_number_to_client(job_from(iface), JOB_SECURITY_FLAGS, flags);
}

/* RFC 9110 5.6.2: what a method's name may consist of. */
static bool is_token(const WCHAR *text)
{
    static const WCHAR others[] = L"!#$%&'*+-.^_`|~";
    size_t i;

    for (i = 0; text[i]; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9') || wcschr(others, text[i])))
            return false;
    return i != 0;
}

HTTP_METHOD(SetHttpMethod, LPCWSTR method)
{
    /* What another method fetches cannot be resumed, so it does not wait in the background. */
    const struct job_setting settings[] = {
        {.is_text = true, .text = JOB_HTTP_METHOD, .content = method},
        {.number = JOB_PRIORITY, .value = BG_JOB_PRIORITY_FOREGROUND},
    };
    struct job *job = job_from(iface);

    TRACE("%p %s", (void *)iface, LOG_WIDE(method));
    if (!method || text_exceeds(method, METHOD_LENGTH) || !is_token(method))
        return E_INVALIDARG;
    if (engine_job_was_resumed(job))
        return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
    if (!wcscmp(method, L"GET"))
        return engine_set_job_text(job, JOB_HTTP_METHOD, NULL);
    return engine_set_job(job, settings, ARRAY_SIZE(settings));
}

HTTP_METHOD(GetHttpMethod, LPWSTR *method)
{
    TRACE("%p %p", (void *)iface, (void *)method);
    return job_text_to_client(job_from(iface), JOB_HTTP_METHOD, L"GET", method);
}

static bool job_is_active(struct job *job)
{
    enum job_state state = engine_job_state(job);

    return state == JOB_QUEUED || state == JOB_CONNECTING || state == JOB_TRANSFERRING ||
           state == JOB_TRANSIENT_ERROR;
}

HTTP_METHOD(SetServerCertificateValidationInterface, IUnknown *callback)
{
    struct job *job = job_from(iface);

    struct certificate_judge *judge;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)callback);
    engine_refresh_job(job);
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    if (job_is_active(job))
        return BG_E_READ_ONLY_WHEN_JOB_ACTIVE;
    if (!callback)
        return engine_set_judge(job, NULL);
    if (FAILED(hr = certificate_target_create(callback, &judge)))
        return hr;
    hr = engine_set_judge(job, judge);
    judge->release(judge);
    return hr;
}

HTTP_METHOD(MakeCustomHeadersWriteOnly)
{
    TRACE("%p", (void *)iface);
    return engine_set_job_number(job_from(iface), JOB_HEADERS_WRITE_ONLY, TRUE);
}

const IBackgroundCopyJobHttpOptions3Vtbl job_http_vtbl = {
    COM_UNKNOWN(job_object, IBackgroundCopyJobHttpOptions3),
    job_object_SetClientCertificateByID,
    job_object_SetClientCertificateByName,
    job_object_RemoveClientCertificate,
    job_object_GetClientCertificate,
    job_object_SetCustomHeaders,
    job_object_GetCustomHeaders,
    job_object_SetSecurityFlags,
    job_object_GetSecurityFlags,
    job_object_SetHttpMethod,
    job_object_GetHttpMethod,
    job_object_SetServerCertificateValidationInterface,
    job_object_MakeCustomHeadersWriteOnly,
};
