#include "com/file_methods.h"
#include "base/log.h"
#include "com/stream_target.h"

/* ---- IDeliveryOptimizationFile ---- */

static SwarmStatus status_of(struct job *job, const struct file_stats *now)
{
    if (now->transferred)
        return SwarmStatus_Complete;
    switch (engine_job_state(job))
    {
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING:
        return SwarmStatus_Downloading;
    default:
        return SwarmStatus_Paused;
    }
}

/* Everything comes by HTTP, from the file's servers or a cache: the peers' counters stay 0. */
static HRESULT get_stats(struct file *file, DOSwarmStats *stats)
{
    struct job *job = file_job(file);
    struct file_progress progress;
    struct file_stats now;
    HRESULT hr;

    if (!stats)
        return E_INVALIDARG;
    memset(stats, 0, sizeof(*stats));
    hr = file_text_to_client(file, FILE_ID, L"", &stats->fileId);
    if (FAILED(hr))
        return hr;
    hr = file_text_to_client(file, FILE_REMOTE_NAME, L"", &stats->sourceURL);
    if (FAILED(hr))
    {
        CoTaskMemFree(stats->fileId);
        stats->fileId = NULL;
        return hr;
    }
    engine_file_progress(file, &progress);
    engine_file_stats(file, &now);
    stats->fileSize = engine_file_size(file);
    if (stats->fileSize == UINT64_MAX)
        stats->fileSize = 0;
    stats->totalBytesDownloaded = progress.bytes_transferred;
    stats->bytesFromHttp = now.bytes - now.cache_bytes;
    stats->bytesFromDoinc = now.cache_bytes;
    stats->httpConnectionCount = now.connections - now.cache_connections;
    stats->doincConnectionCount = now.cache_connections;
    stats->downloadDuration = (UINT)MIN(now.duration_ms, UINT_MAX);
    stats->downloadMode = DownloadMode_CdnOnly;
    stats->status = status_of(job, &now);
    stats->isBackground = engine_job_number(job, JOB_PRIORITY) != BG_JOB_PRIORITY_FOREGROUND;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_delivery_GetStats(IDeliveryOptimizationFile *iface,
                                                        DOSwarmStats *stats)
{
    TRACE("%p %p", (void *)iface, (void *)stats);
    return get_stats(file_object_from_IDeliveryOptimizationFile(iface)->file, stats);
}

/* Clients are known that call the second slot, and the first is documented: both are the same. */
const IDeliveryOptimizationFileVtbl file_delivery_vtbl = {
    COM_UNKNOWN(file_object, IDeliveryOptimizationFile),
    file_delivery_GetStats,
    file_delivery_GetStats,
};

/* ---- IDeliveryOptimizationFile2 ---- */

static struct file *file_from(IDeliveryOptimizationFile2 *iface)
{
    return file_object_from_IDeliveryOptimizationFile2(iface)->file;
}

static HRESULT text_property(struct file *file, enum file_text which, VARIANT *value)
{
    WCHAR *text;
    HRESULT hr;

    hr = file_text_to_client(file, which, NULL, &text);
    if (FAILED(hr))
        return hr;
    if (!text)
        return E_NOT_SET;
    V_BSTR(value) = SysAllocString(text);
    CoTaskMemFree(text);
    if (!V_BSTR(value))
        return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT get_stream(struct file *file, VARIANT *value)
{
    struct stream_sink *sink = engine_file_stream(file);
    IUnknown *object = NULL;
    HRESULT hr;

    if (!sink)
        return E_NOT_SET;
    hr = stream_target_get(sink, &object);
    sink->release(sink);
    if (FAILED(hr))
        return hr;
    V_VT(value) = VT_UNKNOWN;
    V_UNKNOWN(value) = object;
    return S_OK;
}

static HRESULT set_stream(struct file *file, IUnknown *object)
{
    struct stream_sink *sink;
    HRESULT hr;

    if (!object)
        return E_INVALIDARG;
    hr = stream_target_create(object, &sink);
    if (FAILED(hr))
        return hr;
    hr = engine_set_file_stream(file, sink);
    if (FAILED(hr))
        sink->release(sink);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_delivery2_GetProperty(IDeliveryOptimizationFile2 *iface,
                                                            DOFilePropertyId id, VARIANT *value)
{
    struct file *file = file_from(iface);
    UINT64 size;

    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);
    if (!value)
        return E_INVALIDARG;
    VariantInit(value);
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo:
    case DOFilePropertyId_IntegrityCheckInfo:
        return file_failure(file, FAILURE_WRITE_ONLY_PROPERTY);
    case DOFilePropertyId_IntegrityCheckMandatory:
        V_VT(value) = VT_BOOL;
        V_BOOL(value) = engine_file_mandatory(file) ? VARIANT_TRUE : VARIANT_FALSE;
        return S_OK;
    case DOFilePropertyId_DownloadSinkInterface:
        return get_stream(file, value);
    case DOFilePropertyId_DownloadSinkFilePath:
        return text_property(file, FILE_LOCAL_NAME, value);
    case DOFilePropertyId_DownloadSinkMemoryStream:
        return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
    case DOFilePropertyId_TotalSizeBytes:
        size = engine_file_size(file);
        if (size == UINT64_MAX)
            return E_NOT_SET;
        V_VT(value) = VT_UI8;
        V_UI8(value) = size;
        return S_OK;
    default:
        return file_failure(file, FAILURE_UNKNOWN_PROPERTY);
    }
}

/* VARIANT types of the properties, by id; VT_EMPTY where none can be set. */
static const VARTYPE property_types[] = {
    [DOFilePropertyId_DecryptionInfo] = VT_BSTR,
    [DOFilePropertyId_IntegrityCheckInfo] = VT_BSTR,
    [DOFilePropertyId_IntegrityCheckMandatory] = VT_BOOL,
    [DOFilePropertyId_DownloadSinkInterface] = VT_UNKNOWN,
    [DOFilePropertyId_DownloadSinkFilePath] = VT_BSTR,
    [DOFilePropertyId_DownloadSinkMemoryStream] = VT_EMPTY,
    [DOFilePropertyId_TotalSizeBytes] = VT_UI8,
};

/* A NULL BSTR is an empty string. */
static const WCHAR *text_of(const VARIANT *value)
{
    return V_BSTR(value) ? V_BSTR(value) : L"";
}

static HRESULT STDMETHODCALLTYPE file_delivery2_SetProperty(IDeliveryOptimizationFile2 *iface,
                                                            DOFilePropertyId id,
                                                            const VARIANT *value)
{
    struct file *file = file_from(iface);

    TRACE("%p %d %p", (void *)iface, (int)id, (const void *)value);
    if ((unsigned int)id >= ARRAY_SIZE(property_types))
        return file_failure(file, FAILURE_UNKNOWN_PROPERTY);
    if (id == DOFilePropertyId_DownloadSinkMemoryStream)
        return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
    if (!value || V_VT(value) != property_types[id])
        return E_INVALIDARG;
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo:
        return engine_set_file_info(file, FILE_DECRYPTION_INFO, text_of(value));
    case DOFilePropertyId_IntegrityCheckInfo:
        return engine_set_file_info(file, FILE_INTEGRITY_INFO, text_of(value));
    case DOFilePropertyId_IntegrityCheckMandatory:
        return engine_set_file_mandatory(file, V_BOOL(value) != VARIANT_FALSE);
    case DOFilePropertyId_DownloadSinkInterface:
        return set_stream(file, V_UNKNOWN(value));
    case DOFilePropertyId_DownloadSinkFilePath:
        return engine_set_file_path(file, text_of(value));
    default:
        return engine_set_file_size(file, V_UI8(value));
    }
}

const IDeliveryOptimizationFile2Vtbl file_delivery2_vtbl = {
    COM_UNKNOWN(file_object, IDeliveryOptimizationFile2),
    file_delivery2_GetProperty,
    file_delivery2_SetProperty,
};
