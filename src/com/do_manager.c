#include "com/manager_methods.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "com/download_object.h"
#include "com/download_property.h"
#include "com/enum_object.h"
#include "core/download.h"

static HRESULT STDMETHODCALLTYPE manager_CreateDownload(IDOManager *iface, IDODownload **out)
{
    struct job *job;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = download_create(&job)))
        return hr;
    if (FAILED(hr = download_object_create(job, out)))
        download_abort(job); /* nobody could ever find out about it */
    job_release(job);
    return hr;
}

/* ---- which downloads ---- */

static HRESULT judge_category(const DO_DOWNLOAD_ENUM_CATEGORY *category)
{
    if (!category)
        return S_OK;
    switch (category->Property)
    {
    case DODownloadProperty_Id:
    case DODownloadProperty_Uri:
    case DODownloadProperty_ContentId:
    case DODownloadProperty_DisplayName:
    case DODownloadProperty_LocalPath:
        return category->Value ? S_OK : E_INVALIDARG;
    default:
        return E_INVALIDARG;
    }
}

static bool fits_id(struct job *job, const WCHAR *text)
{
    GUID id;

    return str_wide_to_guid(text, &id) && IsEqualGUID(&id, job_id(job));
}

/* S_FALSE: not one of them. */
static HRESULT fits(struct job *job, const DO_DOWNLOAD_ENUM_CATEGORY *category)
{
    VARIANT value;
    bool same;
    HRESULT hr;

    if (!category)
        return S_OK;
    if (category->Property == DODownloadProperty_Id)
        return fits_id(job, category->Value) ? S_OK : S_FALSE;
    VariantInit(&value);
    if (FAILED(hr = download_property_get(job, category->Property, &value)))
        return hr == E_NOT_SET ? S_FALSE : hr;
    if (category->Property == DODownloadProperty_LocalPath)
        same = !_wcsicmp(V_BSTR(&value), category->Value);
    else
        same = !wcscmp(V_BSTR(&value), category->Value);
    VariantClear(&value);
    return same ? S_OK : S_FALSE;
}

/* Takes the jobs' references; gives objects for those that fit. */
static HRESULT collect(struct job **jobs, size_t count, const DO_DOWNLOAD_ENUM_CATEGORY *category,
                       IUnknown **items, size_t *made)
{
    IDODownload *object;
    HRESULT hr = S_OK;
    size_t i;

    *made = 0;
    for (i = 0; i < count; i++)
    {
        if (SUCCEEDED(hr) && SUCCEEDED(hr = fits(jobs[i], category)) && hr == S_OK &&
            SUCCEEDED(hr = download_object_create(jobs[i], &object)))
            items[(*made)++] = (IUnknown *)object;
        job_release(jobs[i]);
    }
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT STDMETHODCALLTYPE manager_EnumDownloads(IDOManager *iface,
                                                       const DO_DOWNLOAD_ENUM_CATEGORY *category,
                                                       IEnumUnknown **out)
{
    struct job **jobs;
    IUnknown **items;
    size_t count, made;
    HRESULT hr;

    TRACE("%p %d %p", (void *)iface, category ? (int)category->Property : -1, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = judge_category(category)) ||
        FAILED(hr = engine_list_jobs(JOB_FACE_DOWNLOAD, &jobs, &count)))
        return hr;
    items = mem_array_alloc(count, sizeof(*items));
    hr = collect(jobs, items ? count : 0, category, items, &made);
    if (!items)
    {
        while (count--)
            job_release(jobs[count]);
        hr = E_OUTOFMEMORY;
    }
    mem_free(jobs);
    if (SUCCEEDED(hr) && made)
        return enum_object_create(&IID_IEnumUnknown, items, made, (void **)out);
    while (made--)
        IUnknown_Release(items[made]);
    mem_free(items);
    return FAILED(hr) ? hr : DO_E_NO_DOWNLOADS;
}

const IDOManagerVtbl do_manager_vtbl = {
    COM_UNKNOWN(manager, IDOManager),
    manager_CreateDownload,
    manager_EnumDownloads,
};
