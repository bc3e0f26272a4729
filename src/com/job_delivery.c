#include "com/job_methods.h"
#include "com/file_object.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/range.h"
#include "model/url.h"

#define JSON_LIMIT 65536 /* bytes of an error description */

static struct job *job_from(IDeliveryOptimizationJob2 *iface)
{
    return job_object_from_IDeliveryOptimizationJob2(iface)->job;
}

static HRESULT STDMETHODCALLTYPE job_delivery_AddFileWithRanges(IDeliveryOptimizationJob *iface,
                                                                LPCWSTR file_id, LPCWSTR remote,
                                                                LPCWSTR local, DWORD count,
                                                                BG_FILE_RANGE *ranges, UINT64 size)
{
    struct file_spec spec = {
        .file_id = file_id, .remote_name = remote, .local_name = local, .size = size};
    struct job *job = job_object_from_IDeliveryOptimizationJob(iface)->job;

    TRACE("%p %s %s %lu %llu", (void *)iface, LOG_WIDE(file_id), LOG_WIDE(local), count,
          (unsigned long long)size);
    if (!remote || !local || !*local)
        return E_INVALIDARG;
    return job_add_file(job, &spec, ranges, count, NULL);
}

const IDeliveryOptimizationJobVtbl job_delivery_vtbl = {
    COM_UNKNOWN(job_object, IDeliveryOptimizationJob),
    job_delivery_AddFileWithRanges,
};

static HRESULT STDMETHODCALLTYPE job_delivery2_AddFile(IDeliveryOptimizationJob2 *iface,
                                                       LPCWSTR file_id, LPCWSTR remote, DWORD count,
                                                       BG_FILE_RANGE *ranges, REFIID iid,
                                                       void **out)
{
    struct file_spec spec = {.file_id = file_id, .remote_name = remote, .size = UINT64_MAX};
    IBackgroundCopyFile6 *object;
    struct file *file;
    HRESULT hr;

    TRACE("%p %s %lu %s %p", (void *)iface, LOG_WIDE(file_id), count, LOG_GUID(iid), (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!remote || !iid)
        return E_INVALIDARG;
    /* What can fail does so before the file is added, since it could not be taken away again. */
    if (!IsEqualIID(iid, &IID_IDeliveryOptimizationFile))
        return E_NOINTERFACE;
    if (FAILED(hr = file_object_reserve(job_from(iface), &object)))
        return hr;
    if (SUCCEEDED(hr = job_add_file(job_from(iface), &spec, ranges, count, &file)))
    {
        file_object_set(object, file);
        hr = IBackgroundCopyFile6_QueryInterface(object, iid, out);
    }
    IBackgroundCopyFile6_Release(object);
    return hr;
}

/* A JSON string of UTF-8 text. */
static void append_quoted(struct str_buf *buf, const char *text)
{
    str_buf_append(buf, "\"");
    for (; *text; text++)
    {
        if (*text == '"' || *text == '\\')
            str_buf_appendf(buf, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            str_buf_appendf(buf, "\\u%04x", (unsigned int)*text);
        else
            str_buf_append_n(buf, text, 1);
    }
    str_buf_append(buf, "\"");
}

static void append_file_text(struct str_buf *buf, const char *key, struct file *file,
                             enum file_text which)
{
    char redacted[URL_SIZE];
    WCHAR *wide = NULL;
    char *text = NULL;

    if (SUCCEEDED(engine_file_text(file, which, &wide)) && wide)
        text = str_utf8_from_wide(wide);
    if (text)
    {
        str_buf_appendf(buf, ",\"%s\":", key);
        if (which == FILE_REMOTE_NAME)
            url_redact(text, redacted, sizeof(redacted));
        append_quoted(buf, which == FILE_REMOTE_NAME ? redacted : text);
    }
    mem_free(text);
    mem_free(wide);
}

/* {"HResult":"0x80190194","HttpStatus":404,"Url":"http://host/path","File":"C:\\file"}, of which
 * the first is always there; "ExtendedHResult" is the cause behind it where there is one. */
static HRESULT error_as_json(struct job *job, VARIANT *value)
{
    struct job_error error;
    struct str_buf buf;
    WCHAR *wide;
    char *text;
    HRESULT hr;

    if (FAILED(engine_job_error(job, &error)))
        return E_NOT_SET;
    str_buf_init(&buf, JSON_LIMIT);
    str_buf_appendf(&buf, "{\"HResult\":\"0x%08lx\"", (unsigned long)error.code);
    if (FAILED(error.extended))
        str_buf_appendf(&buf, ",\"ExtendedHResult\":\"0x%08lx\"", (unsigned long)error.extended);
    if (error.failure.kind == FAILURE_HTTP_STATUS)
        str_buf_appendf(&buf, ",\"HttpStatus\":%lu", (unsigned long)error.failure.http_status);
    if (error.file)
    {
        append_file_text(&buf, "Url", error.file, FILE_REMOTE_NAME);
        append_file_text(&buf, "File", error.file, FILE_LOCAL_NAME);
    }
    str_buf_append(&buf, "}");
    hr = str_buf_detach(&buf, &text);
    if (FAILED(hr))
        return hr;
    wide = str_wide_from_utf8(text);
    V_BSTR(value) = wide ? SysAllocString(wide) : NULL;
    mem_free(wide);
    mem_free(text);
    if (!V_BSTR(value))
        return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_delivery2_GetProperty(IDeliveryOptimizationJob2 *iface,
                                                           DOJobPropertyId id, VARIANT *value)
{
    struct job *job = job_from(iface);

    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);
    if (!value)
        return E_INVALIDARG;
    VariantInit(value);
    if (id != DOJobPropertyId_ExtendedErrorInfo)
        return job_failure(job, FAILURE_UNKNOWN_PROPERTY);
    return error_as_json(job, value);
}

static HRESULT STDMETHODCALLTYPE job_delivery2_SetProperty(IDeliveryOptimizationJob2 *iface,
                                                           DOJobPropertyId id, const VARIANT *value)
{
    struct job *job = job_from(iface);

    TRACE("%p %d %p", (void *)iface, (int)id, (const void *)value);
    return job_failure(job, id == DOJobPropertyId_ExtendedErrorInfo ? FAILURE_READ_ONLY_PROPERTY
                                                                    : FAILURE_UNKNOWN_PROPERTY);
}

const IDeliveryOptimizationJob2Vtbl job_delivery2_vtbl = {
    COM_UNKNOWN(job_object, IDeliveryOptimizationJob2),
    job_delivery2_AddFile,
    job_delivery2_GetProperty,
    job_delivery2_SetProperty,
};
