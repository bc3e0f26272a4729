#include "download.h"

#include "waiter.h"

#include <wchar.h>

#define LIMIT_MS 600000

static HRESULT accept_any_certificate(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions,
                                           (void **)&options);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, BG_SSL_IGNORE_UNKNOWN_CA |
                                                                     BG_SSL_IGNORE_CERT_CN_INVALID);
    IBackgroundCopyJobHttpOptions_Release(options);
    return hr;
}

/* Of each file that is in the job. */
static HRESULT set_digest(IBackgroundCopyJob *job, const char *digest)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IDeliveryOptimizationFile2 *properties = NULL;
    VARIANT value;
    WCHAR text[160];
    HRESULT hr;

    swprintf(text, ARRAY_SIZE(text), L"{\"FileDigest\": \"%hs\"}", digest);
    VariantInit(&value);
    if (!(V_BSTR(&value) = SysAllocString(text)))
        return E_OUTOFMEMORY;
    V_VT(&value) = VT_BSTR;
    hr = IBackgroundCopyJob_EnumFiles(job, &files);
    while (SUCCEEDED(hr) && IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        hr = IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2,
                                                (void **)&properties);
        IBackgroundCopyFile_Release(file);
        if (FAILED(hr))
            break;
        hr = IDeliveryOptimizationFile2_SetProperty(properties, DOFilePropertyId_IntegrityCheckInfo,
                                                    &value);
        IDeliveryOptimizationFile2_Release(properties);
    }
    if (files)
        IEnumBackgroundCopyFiles_Release(files);
    VariantClear(&value);
    return hr;
}

static HRESULT run(const struct download *download, IBackgroundCopyJob *job,
                   const BG_FILE_INFO *files, ULONG count)
{
    struct waiter *waiter;
    HRESULT hr;

    if (FAILED(hr = waiter_create(&waiter)))
        return hr;
    hr = IBackgroundCopyJob_AddFileSet(job, count, (BG_FILE_INFO *)files);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetPriority(job, download->priority);
    if (SUCCEEDED(hr) && download->any_certificate)
        hr = accept_any_certificate(job);
    if (SUCCEEDED(hr) && download->digest)
        hr = set_digest(job, download->digest);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(job, waiter_unknown(waiter));
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Resume(job);
    if (SUCCEEDED(hr) && download->running)
        download->running(download->running_context, job);
    if (SUCCEEDED(hr))
        hr = waiter_wait(waiter, job, LIMIT_MS);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Complete(job);
    else
        IBackgroundCopyJob_Cancel(job);
    waiter_release(waiter);
    return hr;
}

HRESULT download_files(const struct download *download, const BG_FILE_INFO *files, ULONG count)
{
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    hr = CoCreateInstance(download->clsid, NULL, download->context, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (SUCCEEDED(hr))
    {
        hr = run(download, job, files, count);
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    return hr;
}

HRESULT download_target(const struct download *download, const struct target *target)
{
    const BG_FILE_INFO file = {(WCHAR *)target->wide_url, (WCHAR *)target->path};

    return download_files(download, &file, 1);
}
