#include "com/download_property.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "com/client_certificate.h"
#include "com/client_text.h"
#include "com/dialect.h"
#include "com/status_dispatcher.h"
#include "com/stream_target.h"
#include "core/download.h"
#include "model/header_block.h"
#include "model/http_head.h"

#include <assert.h>

#define READ 0x1u
#define WRITE 0x2u
#define DEFAULT 0x4u /* there is a value although nobody set one */

/* The states in which a property may be set. */
#define WHEN(state) (1u << DOWNLOAD_##state)
#define IDLE (WHEN(CREATED) | WHEN(PAUSED))
#define ANY (IDLE | WHEN(TRANSFERRING) | WHEN(TRANSFERRED))

#define TEXT_MAX 0x100000       /* characters of a text that we only keep */
#define PROGRESS_TIMEOUT_MIN 60 /* s */

struct property
{
    VARTYPE type;
    unsigned int access;
    unsigned int states;
    /* The value is of the type. */
    HRESULT (*get)(struct job *job, const struct property *property, VARIANT *value);
    HRESULT (*set)(struct job *job, const struct property *property, const VARIANT *value);
    int place;   /* enum job_number, job_text or file_text: what get and set say */
    UINT64 most; /* of a number that set_number takes */
};

static struct file *file_of(struct job *job)
{
    return engine_file(job, 0);
}

/* ---- text ---- */

static HRESULT give_text(const WCHAR *text, VARIANT *value)
{
    if (!text)
        return E_NOT_SET;
    if (!(V_BSTR(value) = SysAllocString(text)))
        return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

/* A NULL BSTR is an empty one; characters after a NUL would be lost. */
static HRESULT take_text(const VARIANT *value, const WCHAR **text)
{
    *text = V_BSTR(value) ? V_BSTR(value) : L"";
    return wcslen(*text) == SysStringLen(V_BSTR(value)) ? S_OK : E_INVALIDARG;
}

static HRESULT get_text(struct job *job, const struct property *property, VARIANT *value)
{
    WCHAR *text;
    HRESULT hr = engine_job_text(job, (enum job_text)property->place, &text);

    if (SUCCEEDED(hr))
    {
        hr = give_text(text, value);
        mem_free(text);
    }
    return hr;
}

static HRESULT set_text(struct job *job, const struct property *property, const VARIANT *value)
{
    const WCHAR *text;
    HRESULT hr = take_text(value, &text);

    if (SUCCEEDED(hr) && text_exceeds(text, TEXT_MAX))
        hr = E_INVALIDARG;
    return FAILED(hr) ? hr : engine_set_job_text(job, (enum job_text)property->place, text);
}

static HRESULT set_headers(struct job *job, const struct property *property, const VARIANT *value)
{
    const WCHAR *text;
    char *utf8;
    bool good;
    HRESULT hr = take_text(value, &text);

    if (FAILED(hr))
        return hr;
    if (!(utf8 = str_utf8_from_wide(text)))
        return GetLastError() == ERROR_OUTOFMEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
    good = header_block_is_valid(utf8);
    mem_free(utf8);
    return good ? set_text(job, property, value) : E_INVALIDARG;
}

static HRESULT get_file_text(struct job *job, const struct property *property, VARIANT *value)
{
    WCHAR *text;
    HRESULT hr = engine_file_text(file_of(job), (enum file_text)property->place, &text);

    if (SUCCEEDED(hr))
    {
        hr = give_text(text, value);
        mem_free(text);
    }
    return hr;
}

static HRESULT get_id(struct job *job, const struct property *property, VARIANT *value)
{
    WCHAR text[STR_GUID_SIZE];

    (void)property;
    str_wide_from_guid(job_id(job), text);
    return give_text(text, value);
}

static HRESULT set_uri(struct job *job, const struct property *property, const VARIANT *value)
{
    const WCHAR *text;
    HRESULT hr = take_text(value, &text);

    (void)property;
    if (SUCCEEDED(hr) && (!*text || text_exceeds(text, job_limits(job)->url_length)))
        hr = E_INVALIDARG;
    return FAILED(hr) ? hr : download_set_uri(job, text);
}

static HRESULT set_path(struct job *job, const struct property *property, const VARIANT *value)
{
    const WCHAR *text;
    HRESULT hr = take_text(value, &text);

    (void)property;
    return FAILED(hr) ? hr : download_set_path(job, text);
}

/* ---- numbers ---- */

static HRESULT give_uint(ULONG number, VARIANT *value)
{
    V_VT(value) = VT_UI4;
    V_UI4(value) = number;
    return S_OK;
}

static HRESULT give_bool(bool yes, VARIANT *value)
{
    V_VT(value) = VT_BOOL;
    V_BOOL(value) = yes ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT get_number(struct job *job, const struct property *property, VARIANT *value)
{
    enum job_number place = (enum job_number)property->place;

    if (!(property->access & DEFAULT) && !engine_job_number_is_set(job, place))
        return E_NOT_SET;
    return give_uint((ULONG)engine_job_number(job, place), value);
}

static HRESULT set_number(struct job *job, const struct property *property, const VARIANT *value)
{
    if (V_UI4(value) > property->most)
        return E_INVALIDARG;
    return engine_set_job_number(job, (enum job_number)property->place, V_UI4(value));
}

static HRESULT get_flag(struct job *job, const struct property *property, VARIANT *value)
{
    return give_bool(engine_job_number(job, (enum job_number)property->place) != 0, value);
}

static HRESULT set_flag(struct job *job, const struct property *property, const VARIANT *value)
{
    return engine_set_job_number(job, (enum job_number)property->place, V_BOOL(value) != 0);
}

static bool is_foreground(struct job *job)
{
    return engine_job_number(job, JOB_PRIORITY) == BG_JOB_PRIORITY_FOREGROUND;
}

static HRESULT get_foreground(struct job *job, const struct property *property, VARIANT *value)
{
    (void)property;
    return give_bool(is_foreground(job), value);
}

static HRESULT set_foreground(struct job *job, const struct property *property,
                              const VARIANT *value)
{
    (void)property;
    return engine_set_job_number(
        job, JOB_PRIORITY, V_BOOL(value) ? BG_JOB_PRIORITY_FOREGROUND : BG_JOB_PRIORITY_NORMAL);
}

static HRESULT get_cost_policy(struct job *job, const struct property *property, VARIANT *value)
{
    if (engine_job_number_is_set(job, JOB_COST_FLAGS))
        return get_number(job, property, value);
    return give_uint(
        is_foreground(job) ? DODownloadCostPolicy_Always : DODownloadCostPolicy_Standard, value);
}

/* 0 stands for the default, whichever priority that follows from. */
static HRESULT set_progress_timeout(struct job *job, const struct property *property,
                                    const VARIANT *value)
{
    ULONG seconds = V_UI4(value);

    (void)property;
    if (!seconds)
        seconds = is_foreground(job) ? job_limits(job)->no_progress_foreground
                                     : job_limits(job)->no_progress_background;
    if (seconds < PROGRESS_TIMEOUT_MIN)
        return E_INVALIDARG;
    return engine_set_job_number(job, JOB_NO_PROGRESS_TIMEOUT, seconds);
}

static HRESULT get_total_size(struct job *job, const struct property *property, VARIANT *value)
{
    UINT64 size;

    (void)property;
    if ((size = download_size(job)) == UINT64_MAX)
        return E_NOT_SET;
    V_VT(value) = VT_UI8;
    V_UI8(value) = size;
    return S_OK;
}

static HRESULT set_total_size(struct job *job, const struct property *property,
                              const VARIANT *value)
{
    (void)property;
    return download_set_size(job, V_UI8(value));
}

/* Of the error it stopped with, else of the last answer that was taken. */
static HRESULT get_http_status(struct job *job, const struct property *property, VARIANT *value)
{
    struct http_head head;
    struct job_error error;
    WCHAR *text;
    char *utf8 = NULL;
    bool good;
    HRESULT hr;

    (void)property;
    if (SUCCEEDED(engine_job_error(job, &error)) && error.failure.kind == FAILURE_HTTP_STATUS)
        return give_uint(error.failure.http_status, value);
    if (FAILED(hr = engine_file_text(file_of(job), FILE_RESPONSE_HEADERS, &text)))
        return hr;
    if (!text)
        return E_NOT_SET;
    if (!(utf8 = str_utf8_from_wide(text)))
        hr = HRESULT_FROM_WIN32(GetLastError());
    mem_free(text);
    if (FAILED(hr))
        return hr;
    good = http_head_parse(&head, utf8, strlen(utf8));
    mem_free(utf8);
    return good ? give_uint((ULONG)head.status, value) : E_NOT_SET;
}

/* ---- objects ---- */

static HRESULT give_object(IUnknown *object, VARIANT *value)
{
    if (!object)
        return E_NOT_SET;
    V_VT(value) = VT_UNKNOWN;
    V_UNKNOWN(value) = object;
    return S_OK;
}

static IUnknown *object_in(const VARIANT *value)
{
    return V_VT(value) == VT_UNKNOWN ? V_UNKNOWN(value) : NULL;
}

static HRESULT get_callback(struct job *job, const struct property *property, VARIANT *value)
{
    struct status_dispatcher *dispatcher;
    IUnknown *object = NULL;
    HRESULT hr;

    (void)property;
    if (SUCCEEDED(hr = status_dispatcher_of(job, &dispatcher)))
        hr = status_dispatcher_get(dispatcher, &object);
    return FAILED(hr) ? hr : give_object(object, value);
}

static HRESULT set_callback(struct job *job, const struct property *property, const VARIANT *value)
{
    struct status_dispatcher *dispatcher;
    HRESULT hr;

    (void)property;
    if (FAILED(hr = status_dispatcher_of(job, &dispatcher)))
        return hr;
    return status_dispatcher_set(dispatcher, object_in(value));
}

static HRESULT get_stream(struct job *job, const struct property *property, VARIANT *value)
{
    struct stream_sink *sink = download_stream(job);
    IUnknown *object = NULL;
    HRESULT hr = S_OK;

    (void)property;
    if (sink)
    {
        hr = stream_target_get(sink, &object);
        sink->release(sink);
    }
    return FAILED(hr) ? hr : give_object(object, value);
}

static HRESULT set_stream(struct job *job, const struct property *property, const VARIANT *value)
{
    struct stream_sink *sink = NULL;
    IUnknown *object = object_in(value);
    HRESULT hr;

    (void)property;
    if (object && FAILED(hr = stream_target_create(object, &sink)))
        return hr;
    hr = download_set_stream(job, sink);
    if (FAILED(hr) && sink)
        sink->release(sink);
    return hr;
}

static HRESULT set_certificate(struct job *job, const struct property *property,
                               const VARIANT *value)
{
    WCHAR *text;
    HRESULT hr = client_certificate_from_array(V_ARRAY(value), &text);

    (void)property;
    if (SUCCEEDED(hr))
    {
        hr = engine_set_job_text(job, JOB_CLIENT_CERTIFICATE, text);
        mem_free(text);
    }
    return hr;
}

/* ---- the table ---- */

#define RO READ, 0
#define RW(states) READ | WRITE, states
#define RW_DEFAULT(states) READ | WRITE | DEFAULT, states
#define WO(states) WRITE, states
#define P(name) [DODownloadProperty_##name]

static const struct property properties[] = {
    P(Id) = {VT_BSTR, RO, get_id, NULL, 0, 0},
    P(Uri) = {VT_BSTR, RW(IDLE), get_file_text, set_uri, FILE_REMOTE_NAME, 0},
    P(ContentId) = {VT_BSTR, RW(ANY), get_text, set_text, JOB_CONTENT_ID, 0},
    P(DisplayName) = {VT_BSTR, RW(ANY), get_text, set_text, JOB_NAME, 0},
    P(LocalPath) = {VT_BSTR, RW(WHEN(CREATED)), get_file_text, set_path, FILE_LOCAL_NAME, 0},
    P(HttpCustomHeaders) = {VT_BSTR, RW(IDLE), get_text, set_headers, JOB_CUSTOM_HEADERS, 0},
    P(CostPolicy) = {VT_UI4, RW_DEFAULT(ANY), get_cost_policy, set_number, JOB_COST_FLAGS,
                     DODownloadCostPolicy_NoCellular},
    P(SecurityFlags) = {VT_UI4, WO(IDLE), NULL, set_number, JOB_SECURITY_FLAGS, MAXDWORD},
    P(CallbackFreqPercent) = {VT_UI4, RW(ANY), get_number, set_number, JOB_CALLBACK_PERCENT, 100},
    P(CallbackFreqSeconds) = {VT_UI4, RW_DEFAULT(ANY), get_number, set_number, JOB_CALLBACK_SECONDS,
                              MAXDWORD},
    P(NoProgressTimeoutSeconds) = {VT_UI4, RW_DEFAULT(ANY), get_number, set_progress_timeout,
                                   JOB_NO_PROGRESS_TIMEOUT, 0},
    P(ForegroundPriority) = {VT_BOOL, RW_DEFAULT(ANY), get_foreground, set_foreground, 0, 0},
    P(BlockingMode) = {VT_BOOL, RW_DEFAULT(ANY), get_flag, set_flag, JOB_BLOCKING, 0},
    P(CallbackInterface) = {VT_UNKNOWN, RW(ANY), get_callback, set_callback, 0, 0},
    P(StreamInterface) = {VT_UNKNOWN, RW(WHEN(CREATED)), get_stream, set_stream, 0, 0},
    P(SecurityContext) = {VT_ARRAY | VT_UI1, WO(IDLE), NULL, set_certificate, 0, 0},
    P(NetworkToken) = {VT_BOOL, WO(ANY), NULL, set_flag, JOB_NETWORK_TOKEN, 0},
    P(CorrelationVector) = {VT_BSTR, RW(ANY), get_text, set_text, JOB_CORRELATION_VECTOR, 0},
    P(DecryptionInfo) = {VT_BSTR, WO(IDLE), NULL, set_text, JOB_DECRYPTION_INFO, 0},
    P(IntegrityCheckInfo) = {VT_BSTR, WO(IDLE), NULL, set_text, JOB_INTEGRITY_INFO, 0},
    P(IntegrityCheckMandatory) = {VT_BOOL, RW_DEFAULT(IDLE), get_flag, set_flag,
                                  JOB_INTEGRITY_MANDATORY, 0},
    P(TotalSizeBytes) = {VT_UI8, RW(WHEN(CREATED)), get_total_size, set_total_size, 0, 0},
    P(DisallowOnCellular) = {VT_BOOL, RW_DEFAULT(ANY), get_flag, set_flag, JOB_NO_CELLULAR, 0},
    P(HttpCustomAuthHeaders) = {VT_BSTR, WO(IDLE), NULL, set_headers, JOB_AUTH_HEADERS, 0},
    P(HttpAllowSecureToNonSecureRedirect) = {VT_BOOL, RW_DEFAULT(IDLE), get_flag, set_flag,
                                             JOB_INSECURE_REDIRECT, 0},
    P(NonVolatile) = {VT_BOOL, RW_DEFAULT(ANY), get_flag, set_flag, JOB_NON_VOLATILE, 0},
    P(HttpRedirectionTarget) = {VT_BSTR, RO, get_file_text, NULL, FILE_EFFECTIVE_URL, 0},
    P(HttpResponseHeaders) = {VT_BSTR, RO, get_file_text, NULL, FILE_RESPONSE_HEADERS, 0},
    P(HttpServerIPAddress) = {VT_BSTR, RO, get_file_text, NULL, FILE_SERVER_IP, 0},
    P(HttpStatusCode) = {VT_UI4, RO, get_http_status, NULL, 0, 0},
};
static_assert(ARRAY_SIZE(properties) == 30, "every property has its row");

static const struct property *find(DODownloadProperty id)
{
    return (unsigned int)id < ARRAY_SIZE(properties) ? &properties[id] : NULL;
}

HRESULT download_property_get(struct job *job, DODownloadProperty id, VARIANT *value)
{
    const struct property *property = find(id);
    HRESULT hr;

    if (!property)
        return job_failure(job, FAILURE_UNKNOWN_PROPERTY);
    if (!(property->access & READ))
        return job_failure(job, FAILURE_WRITE_ONLY_PROPERTY);
    if (FAILED(hr = property->get(job, property, value)))
        VariantInit(value);
    return hr;
}

/* An interface may be taken away by VT_EMPTY. */
static bool has_type(const struct property *property, const VARIANT *value)
{
    return V_VT(value) == property->type ||
           (property->type == VT_UNKNOWN && V_VT(value) == VT_EMPTY);
}

HRESULT download_property_set(struct job *job, DODownloadProperty id, const VARIANT *value)
{
    const struct property *property = find(id);
    struct download_status status;

    if (!property)
        return job_failure(job, FAILURE_UNKNOWN_PROPERTY);
    if (!(property->access & WRITE))
        return job_failure(job, FAILURE_READ_ONLY_PROPERTY);
    if (!has_type(property, value))
        return E_INVALIDARG;
    download_status(job, &status);
    if (!(property->states >> status.state & 1))
        return job_failure(job, FAILURE_INVALID_STATE);
    return property->set(job, property, value);
}
