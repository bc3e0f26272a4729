#include "core/security.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/http.h"

#include <string.h>

/* BG_SSL_* and BG_HTTP_REDIRECT_POLICY_*: core does not know the interfaces' header */
#define BITS_CRL_CHECK 0x1u
#define BITS_IGNORE_NAME 0x2u
#define BITS_IGNORE_DATE 0x4u
#define BITS_IGNORE_CA 0x8u
#define BITS_IGNORE_USAGE 0x10u
#define BITS_REDIRECT_MASK 0x700u
#define BITS_REDIRECT_REPORT 0x100u
#define BITS_REDIRECT_DISALLOW 0x200u
#define BITS_REDIRECT_TO_HTTP 0x800u

/* A download's are WinHTTP's: SECURITY_FLAG_IGNORE_*, and WINHTTP_ENABLE_SSL_REVOCATION, beside
 * which nothing is ignored. */
#define WINHTTP_REVOCATION 0x1u
#define WINHTTP_IGNORE_CA 0x100u
#define WINHTTP_IGNORE_USAGE 0x200u
#define WINHTTP_IGNORE_NAME 0x1000u
#define WINHTTP_IGNORE_DATE 0x2000u

struct bit
{
    DWORD from, to;
};

static const struct bit bits_ssl[] = {
    {BITS_CRL_CHECK, HTTP_TLS_CHECK_REVOCATION},
    {BITS_IGNORE_NAME, HTTP_TLS_IGNORE_WRONG_NAME},
    {BITS_IGNORE_DATE, HTTP_TLS_IGNORE_DATE},
    {BITS_IGNORE_CA, HTTP_TLS_IGNORE_UNKNOWN_CA},
    {BITS_IGNORE_USAGE, HTTP_TLS_IGNORE_WRONG_USAGE},
};
static const struct bit winhttp_ssl[] = {
    {WINHTTP_IGNORE_CA, HTTP_TLS_IGNORE_UNKNOWN_CA},
    {WINHTTP_IGNORE_USAGE, HTTP_TLS_IGNORE_WRONG_USAGE},
    {WINHTTP_IGNORE_NAME, HTTP_TLS_IGNORE_WRONG_NAME},
    {WINHTTP_IGNORE_DATE, HTTP_TLS_IGNORE_DATE},
};

static DWORD translate(const struct bit *bits, size_t count, UINT64 flags)
{
    DWORD tls = 0;
    size_t i;

    for (i = 0; i < count; i++)
        if (flags & bits[i].from)
            tls |= bits[i].to;
    return tls;
}

static void read_flags(struct security *security, const struct job *job)
{
    UINT64 flags = job->numbers[JOB_SECURITY_FLAGS];

    if (job->face == JOB_FACE_DOWNLOAD)
    {
        security->tls = flags & WINHTTP_REVOCATION
                            ? HTTP_TLS_CHECK_REVOCATION
                            : translate(winhttp_ssl, ARRAY_SIZE(winhttp_ssl), flags);
        security->insecure_redirect = job->numbers[JOB_INSECURE_REDIRECT] != 0;
        return;
    }
    security->tls = translate(bits_ssl, ARRAY_SIZE(bits_ssl), flags);
    security->insecure_redirect = flags & BITS_REDIRECT_TO_HTTP;
    security->refuse_redirect = (flags & BITS_REDIRECT_MASK) == BITS_REDIRECT_DISALLOW;
    security->report_redirect = (flags & BITS_REDIRECT_MASK) == BITS_REDIRECT_REPORT;
}

static HRESULT copy(const WCHAR *text, char **utf8)
{
    if (text && !(*utf8 = str_utf8_from_wide(text)))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* JOB_CLIENT_CERTIFICATE has the subject behind the third backslash, for clients to read. */
static void cut_subject(char *certificate)
{
    char *end = certificate;
    int i;

    for (i = 0; end && i < 3; i++)
        end = strchr(end + (i != 0), '\\');
    if (end)
        *end = 0;
}

HRESULT security_init_locked(struct security *security, const struct job *job)
{
    HRESULT hr;

    read_flags(security, job);
    security->judged = job->numbers[JOB_JUDGED] != 0;
    memcpy(security->approved, job->approved, sizeof(security->approved));
    if ((security->judge = job->judge))
        security->judge->addref(security->judge);
    if (FAILED(hr = copy(job->texts[JOB_HTTP_METHOD], &security->method)) ||
        FAILED(hr = copy(job->texts[JOB_CLIENT_CERTIFICATE], &security->certificate)))
        return hr;
    cut_subject(security->certificate);
    return S_OK;
}

void security_cleanup(struct security *security)
{
    if (security->judge)
        security->judge->release(security->judge); /* under engine_lock never the last one */
    mem_free(security->method);
    mem_free(security->certificate);
}

void security_redirected(struct security *security, int status)
{
    if (!security->method || security_is_head(security))
        return;
    if (status == 303 || ((status == 301 || status == 302) && !strcmp(security->method, "POST")))
    {
        mem_free(security->method);
        security->method = NULL;
    }
}

bool security_is_head(const struct security *security)
{
    return security->method && !strcmp(security->method, "HEAD");
}
