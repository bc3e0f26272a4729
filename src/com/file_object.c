#include "com/file_object.h"
#include "com/file_methods.h"
#include "com/job_methods.h"
#include "com/own_property.h"
#include "com/reference.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/limits.h"

static struct file *file_of(IBackgroundCopyFile6 *iface)
{
    return file_object_from_IBackgroundCopyFile6(iface)->file;
}

HRESULT file_failure(struct file *file, enum failure kind)
{
    return job_failure(file_job(file), kind);
}

/* ---- IBackgroundCopyFile ---- */

static HRESULT STDMETHODCALLTYPE file_object_GetRemoteName(IBackgroundCopyFile6 *iface,
                                                           LPWSTR *name)
{
    TRACE("%p %p", (void *)iface, (void *)name);
    return file_text_to_client(file_of(iface), FILE_REMOTE_NAME, L"", name);
}

static HRESULT STDMETHODCALLTYPE file_object_GetLocalName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    TRACE("%p %p", (void *)iface, (void *)name);
    return file_text_to_client(file_of(iface), FILE_LOCAL_NAME, L"", name);
}

static HRESULT STDMETHODCALLTYPE file_object_GetProgress(IBackgroundCopyFile6 *iface,
                                                         BG_FILE_PROGRESS *progress)
{
    struct file_progress now;

    TRACE("%p %p", (void *)iface, (void *)progress);
    if (!progress)
        return E_INVALIDARG;
    engine_file_progress(file_of(iface), &now);
    progress->BytesTotal = now.bytes_total;
    progress->BytesTransferred = now.bytes_transferred;
    progress->Completed = now.completed;
    return S_OK;
}

/* ---- IBackgroundCopyFile2 ---- */

static HRESULT ranges_to_client(const struct range *ranges, size_t count, DWORD *out_count,
                                BG_FILE_RANGE **out)
{
    size_t i;

    *out = CoTaskMemAlloc(count * sizeof(**out));
    if (!*out)
        return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        (*out)[i].InitialOffset = ranges[i].offset;
        (*out)[i].Length = ranges[i].length;
    }
    *out_count = (DWORD)count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_object_GetFileRanges(IBackgroundCopyFile6 *iface,
                                                           DWORD *count, BG_FILE_RANGE **ranges)
{
    struct range *copy = NULL;
    size_t length = 0;
    HRESULT hr;

    TRACE("%p %p %p", (void *)iface, (void *)count, (void *)ranges);
    if (!count || !ranges)
        return E_INVALIDARG;
    *count = 0;
    *ranges = NULL;
    hr = engine_file_ranges(file_of(iface), &copy, &length);
    if (SUCCEEDED(hr))
        hr = length ? ranges_to_client(copy, length, count, ranges) : S_FALSE;
    mem_free(copy);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_object_SetRemoteName(IBackgroundCopyFile6 *iface,
                                                           LPCWSTR name)
{
    struct file *file = file_of(iface);

    TRACE("%p %p", (void *)iface, (const void *)name);
    if (!name || !*name || text_exceeds(name, job_limits(file_job(file))->url_length))
        return E_INVALIDARG;
    return engine_set_remote_name(file, name);
}

/* ---- IBackgroundCopyFile3 ---- */

static HRESULT STDMETHODCALLTYPE file_object_GetTemporaryName(IBackgroundCopyFile6 *iface,
                                                              LPWSTR *name)
{
    TRACE("%p %p", (void *)iface, (void *)name);
    return file_text_to_client(file_of(iface), FILE_TEMPORARY_NAME, L"", name);
}

static HRESULT STDMETHODCALLTYPE file_object_SetValidationState(IBackgroundCopyFile6 *iface,
                                                                BOOL valid)
{
    TRACE("%p %d", (void *)iface, valid);
    return engine_set_file_valid(file_of(iface), valid != FALSE);
}

static HRESULT STDMETHODCALLTYPE file_object_GetValidationState(IBackgroundCopyFile6 *iface,
                                                                BOOL *valid)
{
    bool said;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)valid);
    if (!valid)
        return E_INVALIDARG;
    hr = engine_file_valid(file_of(iface), &said);
    *valid = said;
    return hr;
}

/* Nothing ever comes from peers: a fleet shares through an HTTP cache. */
static HRESULT STDMETHODCALLTYPE file_object_IsDownloadedFromPeer(IBackgroundCopyFile6 *iface,
                                                                  BOOL *from_peer)
{
    TRACE("%p %p", (void *)iface, (void *)from_peer);
    if (!from_peer)
        return E_INVALIDARG;
    *from_peer = FALSE;
    return S_OK;
}

/* ---- IBackgroundCopyFile4 ---- */

/* Either pointer may be NULL, but not both. */
static HRESULT STDMETHODCALLTYPE file_object_GetPeerDownloadStats(IBackgroundCopyFile6 *iface,
                                                                  UINT64 *from_origin,
                                                                  UINT64 *from_peers)
{
    struct file_progress now;

    TRACE("%p %p %p", (void *)iface, (void *)from_origin, (void *)from_peers);
    if (!from_origin && !from_peers)
        return E_INVALIDARG;
    engine_file_progress(file_of(iface), &now);
    if (from_origin)
        *from_origin = now.bytes_transferred;
    if (from_peers)
        *from_peers = 0;
    return S_OK;
}

/* ---- IBackgroundCopyFile5 ---- */

static HRESULT STDMETHODCALLTYPE file_object_SetProperty(IBackgroundCopyFile6 *iface,
                                                         BITS_FILE_PROPERTY_ID id,
                                                         BITS_FILE_PROPERTY_VALUE value)
{
    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value.String);
    return file_failure(file_of(iface), id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS
                                            ? FAILURE_READ_ONLY_PROPERTY
                                            : FAILURE_UNKNOWN_PROPERTY);
}

static HRESULT STDMETHODCALLTYPE file_object_GetProperty(IBackgroundCopyFile6 *iface,
                                                         BITS_FILE_PROPERTY_ID id,
                                                         BITS_FILE_PROPERTY_VALUE *value)
{
    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);
    if (!value)
        return E_INVALIDARG;
    value->String = NULL;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS)
        return file_failure(file_of(iface), FAILURE_UNKNOWN_PROPERTY);
    return file_text_to_client(file_of(iface), FILE_RESPONSE_HEADERS, L"", &value->String);
}

/* ---- IBackgroundCopyFile6 ---- */

/* A hint only: bytes come in the order in which they stand. */
static HRESULT STDMETHODCALLTYPE file_object_UpdateDownloadPosition(IBackgroundCopyFile6 *iface,
                                                                    UINT64 offset)
{
    struct file *file = file_of(iface);
    UINT64 size = engine_file_size(file);

    TRACE("%p %llu", (void *)iface, (unsigned long long)offset);
    if (job_state_is_final(engine_job_state(file_job(file))))
        return file_failure(file, FAILURE_INVALID_STATE);
    return offset < size || (!offset && !size) ? S_OK : file_failure(file, FAILURE_INVALID_RANGE);
}

static HRESULT STDMETHODCALLTYPE file_object_RequestFileRanges(IBackgroundCopyFile6 *iface,
                                                               DWORD count,
                                                               const BG_FILE_RANGE *ranges)
{
    struct range *copy;
    HRESULT hr;

    TRACE("%p %lu %p", (void *)iface, count, (const void *)ranges);
    if (!count || !ranges)
        return E_INVALIDARG;
    hr = job_ranges_from_client(ranges, count, &copy);
    if (FAILED(hr))
        return hr;
    hr = engine_request_ranges(file_of(iface), copy, count);
    mem_free(copy);
    return hr;
}

/* What is there is the beginning of what was asked for: whole ranges, and a part of one more. */
static size_t filled(struct range *ranges, size_t count, UINT64 bytes)
{
    size_t i;

    for (i = 0; i < count && bytes; i++)
    {
        if (ranges[i].length > bytes)
            ranges[i].length = bytes;
        bytes -= ranges[i].length;
    }
    return i;
}

static HRESULT STDMETHODCALLTYPE file_object_GetFilledFileRanges(IBackgroundCopyFile6 *iface,
                                                                 DWORD *count,
                                                                 BG_FILE_RANGE **ranges)
{
    struct range whole = {0, UINT64_MAX}, *asked = NULL;
    struct file_progress now;
    size_t length = 0;
    HRESULT hr;

    TRACE("%p %p %p", (void *)iface, (void *)count, (void *)ranges);
    if (!count || !ranges)
        return E_INVALIDARG;
    *count = 0;
    *ranges = NULL;
    hr = engine_file_ranges(file_of(iface), &asked, &length);
    if (FAILED(hr))
        return hr;
    engine_file_progress(file_of(iface), &now);
    length = length ? filled(asked, length, now.front) : filled(&whole, 1, now.front);
    if (length)
        hr = ranges_to_client(asked ? asked : &whole, length, count, ranges);
    mem_free(asked);
    return hr;
}

static const IBackgroundCopyFile6Vtbl file_vtbl = {
    COM_UNKNOWN(file_object, IBackgroundCopyFile6),
    file_object_GetRemoteName,
    file_object_GetLocalName,
    file_object_GetProgress,
    file_object_GetFileRanges,
    file_object_SetRemoteName,
    file_object_GetTemporaryName,
    file_object_SetValidationState,
    file_object_GetValidationState,
    file_object_IsDownloadedFromPeer,
    file_object_GetPeerDownloadStats,
    file_object_SetProperty,
    file_object_GetProperty,
    file_object_UpdateDownloadPosition,
    file_object_RequestFileRanges,
    file_object_GetFilledFileRanges,
};

static struct own_target own_target_of(const struct file_object *object)
{
    return (struct own_target){.file = object->file};
}
OWN_PROPERTIES(file_object, own_target_of);

static void file_object_free(struct com_object *com)
{
    struct file_object *object = CONTAINER_OF(com, struct file_object, com);

    job_release(object->job);
    mem_free(object);
}

#define FILE_FACE_AT(interface_, member)                                                           \
    {                                                                                              \
        &IID_##interface_, offsetof(struct file_object, member##_iface)                            \
    }

static const struct com_interface interfaces[] = {
    FILE_FACE_AT(IBackgroundCopyFile, IBackgroundCopyFile6),
    FILE_FACE_AT(IBackgroundCopyFile2, IBackgroundCopyFile6),
    FILE_FACE_AT(IBackgroundCopyFile3, IBackgroundCopyFile6),
    FILE_FACE_AT(IBackgroundCopyFile4, IBackgroundCopyFile6),
    FILE_FACE_AT(IBackgroundCopyFile5, IBackgroundCopyFile6),
    FILE_FACE_AT(IBackgroundCopyFile6, IBackgroundCopyFile6),
    FILE_FACE_AT(IDosvcProperties, IDosvcProperties),
    /* the last two are for Delivery Optimization only */
    FILE_FACE_AT(IDeliveryOptimizationFile, IDeliveryOptimizationFile),
    FILE_FACE_AT(IDeliveryOptimizationFile2, IDeliveryOptimizationFile2),
};

static void file_object_refer(const struct com_object *com, struct reference *reference)
{
    const struct file *file = CONTAINER_OF(com, struct file_object, com)->file;
    const struct job *job = file_job(file);

    *reference = (struct reference){.kind = REFERENCE_FILE,
                                    .face = job_face(job),
                                    .id = *job_id(job),
                                    .file = (UINT32)file_index(file)};
}

static const struct com_class do_class = {
    "file", interfaces, ARRAY_SIZE(interfaces), file_object_free, NULL, file_object_refer,
};

static const struct com_class bits_class = {
    "BITS file", interfaces, ARRAY_SIZE(interfaces) - 2, file_object_free, NULL, file_object_refer,
};

HRESULT file_object_reserve(struct job *job, IBackgroundCopyFile6 **out)
{
    struct file_object *object = mem_zalloc(sizeof(*object));

    *out = NULL;
    if (!object)
        return E_OUTOFMEMORY;
    com_object_init(&object->com, job_face(job) == JOB_FACE_BITS ? &bits_class : &do_class);
    object->IBackgroundCopyFile6_iface.lpVtbl = &file_vtbl;
    object->IDeliveryOptimizationFile_iface.lpVtbl = &file_delivery_vtbl;
    object->IDeliveryOptimizationFile2_iface.lpVtbl = &file_delivery2_vtbl;
    object->IDosvcProperties_iface.lpVtbl = &file_object_own_vtbl;
    object->job = job;
    job_addref(job);
    *out = &object->IBackgroundCopyFile6_iface;
    return S_OK;
}

void file_object_set(IBackgroundCopyFile6 *reserved, struct file *file)
{
    file_object_from_IBackgroundCopyFile6(reserved)->file = file;
}

HRESULT file_object_create(struct file *file, IBackgroundCopyFile6 **out)
{
    HRESULT hr = file_object_reserve(file_job(file), out);

    if (SUCCEEDED(hr))
        file_object_set(*out, file);
    return hr;
}
