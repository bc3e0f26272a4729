#include "com/file_methods.h"
#include "base/log.h"

/* ---- IDeliveryOptimizationFile ---- */

static SwarmStatus status_of(struct job *job, const struct file_progress *now)
{
    if (now->completed || now->bytes_transferred == now->bytes_total)
        return SwarmStatus_Complete;
    switch (engine_job_state(job))
    {
    case JOB_QUEUED:
    case JOB_TRANSFERRING:
        return SwarmStatus_Downloading;
    default:
        return SwarmStatus_Paused;
    }
}

/* Everything comes by HTTP from the origin or a cache: the peers' counters stay 0. */
static HRESULT get_stats(struct file *file, DOSwarmStats *stats)
{
    struct job *job = file_job(file);
    struct file_progress now;
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
    engine_file_progress(file, &now);
    stats->fileSize = now.bytes_total == UINT64_MAX ? 0 : now.bytes_total;
    stats->totalBytesDownloaded = now.bytes_transferred;
    stats->bytesFromHttp = now.bytes_transferred;
    stats->downloadMode = DownloadMode_Simple;
    stats->status = status_of(job, &now);
    stats->httpConnectionCount = stats->status == SwarmStatus_Downloading;
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

static HRESULT STDMETHODCALLTYPE file_delivery2_GetProperty(IDeliveryOptimizationFile2 *iface,
                                                            DOFilePropertyId id, VARIANT *value)
{
    struct file *file = file_from(iface);
    struct file_progress now;

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
        V_BOOL(value) = VARIANT_FALSE;
        return S_OK;
    case DOFilePropertyId_DownloadSinkInterface:
        return E_NOT_SET;
    case DOFilePropertyId_DownloadSinkFilePath:
        return text_property(file, FILE_LOCAL_NAME, value);
    case DOFilePropertyId_DownloadSinkMemoryStream:
        return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
    case DOFilePropertyId_TotalSizeBytes:
        engine_file_progress(file, &now);
        if (now.bytes_total == UINT64_MAX)
            return E_NOT_SET;
        V_VT(value) = VT_UI8;
        V_UI8(value) = now.bytes_total;
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
    if (engine_job_state(file_job(file)) != JOB_SUSPENDED)
        return file_failure(file, FAILURE_INVALID_STATE);
    return E_NOTIMPL;
}

const IDeliveryOptimizationFile2Vtbl file_delivery2_vtbl = {
    COM_UNKNOWN(file_object, IDeliveryOptimizationFile2),
    file_delivery2_GetProperty,
    file_delivery2_SetProperty,
};
