#include "com/error_object.h"
#include "com/com_object.h"
#include "com/dialect.h"
#include "com/file_object.h"
#include "com/reference.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/engine.h"
#include "model/code_text.h"

#define DESCRIPTION_LIMIT 8192 /* bytes */

struct error_object
{
    struct com_object com;
    IBackgroundCopyError IBackgroundCopyError_iface;
    struct job *job; /* counted: error.file lives as long as it does */
    struct job_error error;
};
COM_IMPLEMENTS(error_object, IBackgroundCopyError)

/* There is English only. The neutral languages stand for whatever there is. */
static HRESULT begin_text(DWORD language, WCHAR **text)
{
    if (!text)
        return E_INVALIDARG;
    *text = NULL;
    if (!language)
        return E_INVALIDARG;
    if (PRIMARYLANGID(language) == LANG_ENGLISH || PRIMARYLANGID(language) == LANG_NEUTRAL)
        return S_OK;
    return HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND);
}

/* Takes buf. */
static HRESULT buf_to_client(struct str_buf *buf, WCHAR **out)
{
    char *text;
    WCHAR *wide;
    HRESULT hr = str_buf_detach(buf, &text);

    if (FAILED(hr))
        return hr;
    wide = str_wide_from_utf8(text);
    hr = wide ? str_cotask_dup(wide, out) : HRESULT_FROM_WIN32(GetLastError());
    mem_free(wide);
    mem_free(text);
    return hr;
}

/* What Windows knows of a code that is none of ours. */
static bool append_system_text(struct str_buf *buf, HRESULT code)
{
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    WCHAR text[512];
    char *utf8;
    DWORD length;

    length = FormatMessageW(flags, NULL, (DWORD)code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
                            text, ARRAY_SIZE(text), NULL);
    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        text[--length] = 0;
    utf8 = length ? str_utf8_from_wide(text) : NULL;
    if (utf8)
        str_buf_append(buf, utf8);
    mem_free(utf8);
    return utf8 != NULL;
}

static void append_sentence(struct str_buf *buf, HRESULT code)
{
    const char *sentence = code_text((uint32_t)code);

    if (sentence)
        str_buf_append(buf, sentence);
    else if (!append_system_text(buf, code))
        str_buf_appendf(buf, "Error 0x%08lX.", (unsigned long)code);
}

HRESULT error_text_for_client(HRESULT code, DWORD language, WCHAR **text)
{
    struct str_buf buf;
    HRESULT hr;

    hr = begin_text(language, text);
    if (FAILED(hr))
        return hr;
    str_buf_init(&buf, DESCRIPTION_LIMIT);
    append_sentence(&buf, code);
    return buf_to_client(&buf, text);
}

static HRESULT STDMETHODCALLTYPE error_object_GetError(IBackgroundCopyError *iface,
                                                       BG_ERROR_CONTEXT *context, HRESULT *code)
{
    struct error_object *object = error_object_from_IBackgroundCopyError(iface);

    TRACE("%p %p %p", (void *)iface, (void *)context, (void *)code);
    if (!context || !code)
        return E_INVALIDARG;
    *context = (BG_ERROR_CONTEXT)object->error.context;
    *code = object->error.code;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_object_GetFile(IBackgroundCopyError *iface,
                                                      IBackgroundCopyFile **file)
{
    struct error_object *object = error_object_from_IBackgroundCopyError(iface);

    TRACE("%p %p", (void *)iface, (void *)file);
    if (!file)
        return E_INVALIDARG;
    *file = NULL;
    if (!object->error.file)
        return job_failure(object->job, FAILURE_FILE_NOT_AVAILABLE);
    return file_object_create(object->error.file, (IBackgroundCopyFile6 **)file);
}

/* A text of the file as UTF-8, or NULL. */
static char *file_utf8(struct file *file, enum file_text which)
{
    WCHAR *wide = NULL;
    char *utf8 = NULL;

    if (SUCCEEDED(engine_file_text(file, which, &wide)) && wide)
        utf8 = str_utf8_from_wide(wide);
    mem_free(wide);
    return utf8;
}

static void append_file(struct str_buf *buf, struct file *file)
{
    char *url = file_utf8(file, FILE_REMOTE_NAME), *path = file_utf8(file, FILE_LOCAL_NAME);

    if (url)
        str_buf_appendf(buf, " URL: %s", LOG_URL(url));
    if (path)
        str_buf_appendf(buf, "%s file: %s", url ? "," : "", path);
    mem_free(path);
    mem_free(url);
}

static HRESULT STDMETHODCALLTYPE error_object_GetErrorDescription(IBackgroundCopyError *iface,
                                                                  DWORD language, LPWSTR *text)
{
    struct error_object *object = error_object_from_IBackgroundCopyError(iface);
    const struct job_error *error = &object->error;
    struct str_buf buf;
    HRESULT hr;

    TRACE("%p %#lx %p", (void *)iface, language, (void *)text);
    hr = begin_text(language, text);
    if (FAILED(hr))
        return hr;
    str_buf_init(&buf, DESCRIPTION_LIMIT);
    append_sentence(&buf, error->code);
    if (error->detail[0])
        str_buf_appendf(&buf, " (%s)", error->detail);
    if (error->extended && error->extended != error->code)
    {
        str_buf_appendf(&buf, " The last cause, 0x%08lX: ", (unsigned long)error->extended);
        append_sentence(&buf, error->extended);
    }
    if (error->file)
        append_file(&buf, error->file);
    return buf_to_client(&buf, text);
}

/* Contexts in words, by BG_ERROR_CONTEXT. */
static const WCHAR *const context_texts[] = {
    [BG_ERROR_CONTEXT_NONE] = L"No error occurred.",
    [BG_ERROR_CONTEXT_UNKNOWN] = L"It is not known where the error occurred.",
    [BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER] = L"The error occurred in the job queue.",
    [BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION] =
        L"The error occurred while the client was being notified.",
    [BG_ERROR_CONTEXT_LOCAL_FILE] = L"The error occurred while the local file was being processed.",
    [BG_ERROR_CONTEXT_REMOTE_FILE] =
        L"The error occurred while the remote file was being processed.",
    [BG_ERROR_CONTEXT_GENERAL_TRANSPORT] = L"The error occurred in the transport layer.",
    [BG_ERROR_CONTEXT_REMOTE_APPLICATION] =
        L"The error occurred while the server application was processing the request.",
    [BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK] =
        L"The error occurred in the client's judgement of the server's certificate.",
};

static HRESULT STDMETHODCALLTYPE
error_object_GetErrorContextDescription(IBackgroundCopyError *iface, DWORD language, LPWSTR *text)
{
    struct error_object *object = error_object_from_IBackgroundCopyError(iface);
    unsigned int context = object->error.context;
    HRESULT hr;

    TRACE("%p %#lx %p", (void *)iface, language, (void *)text);
    hr = begin_text(language, text);
    if (FAILED(hr))
        return hr;
    if (context >= ARRAY_SIZE(context_texts))
        context = BG_ERROR_CONTEXT_UNKNOWN;
    return str_cotask_dup(context_texts[context], text);
}

static HRESULT STDMETHODCALLTYPE error_object_GetProtocol(IBackgroundCopyError *iface,
                                                          LPWSTR *protocol)
{
    struct error_object *object = error_object_from_IBackgroundCopyError(iface);

    TRACE("%p %p", (void *)iface, (void *)protocol);
    if (!protocol)
        return E_INVALIDARG;
    *protocol = NULL;
    /* BITS says "http" for https, too. */
    return object->error.file ? str_cotask_dup(L"http", protocol) : BG_E_PROTOCOL_NOT_AVAILABLE;
}

static const IBackgroundCopyErrorVtbl error_vtbl = {
    COM_UNKNOWN(error_object, IBackgroundCopyError),
    error_object_GetError,
    error_object_GetFile,
    error_object_GetErrorDescription,
    error_object_GetErrorContextDescription,
    error_object_GetProtocol,
};

static void error_object_free(struct com_object *com)
{
    struct error_object *object = CONTAINER_OF(com, struct error_object, com);

    job_release(object->job);
    mem_free(object);
}

static const struct com_interface interfaces[] = {
    {&IID_IBackgroundCopyError, offsetof(struct error_object, IBackgroundCopyError_iface)},
};

static void error_object_refer(const struct com_object *com, struct reference *reference)
{
    const struct error_object *object = CONTAINER_OF(com, struct error_object, com);
    const struct job_error *error = &object->error;

    *reference = (struct reference){
        .kind = REFERENCE_ERROR,
        .face = job_face(object->job),
        .id = *job_id(object->job),
        .file = error->file ? (UINT32)file_index(error->file) : REFERENCE_NO_FILE,
        .error = {.context = error->context, .code = error->code, .extended = error->extended}};
    memcpy(reference->error.detail, error->detail, sizeof(error->detail));
}

static const struct com_class error_class = {
    "error", interfaces, ARRAY_SIZE(interfaces), error_object_free, NULL, error_object_refer,
};

HRESULT error_object_create(struct job *job, const struct job_error *error,
                            IBackgroundCopyError **out)
{
    struct error_object *object = mem_zalloc(sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->com, &error_class);
    object->IBackgroundCopyError_iface.lpVtbl = &error_vtbl;
    object->error = *error;
    object->job = job;
    job_addref(job);
    *out = &object->IBackgroundCopyError_iface;
    return S_OK;
}
