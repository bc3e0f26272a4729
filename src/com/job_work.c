#include "com/job_methods.h"
#include "com/enum_object.h"
#include "com/error_object.h"
#include "com/file_object.h"
#include "com/job_lane.h"
#include "base/log.h"
#include "base/mem.h"

JOB_METHOD(AddFileSet, ULONG count, BG_FILE_INFO *files)
{
    struct file_spec *specs;
    HRESULT hr = S_OK;
    ULONG i;

    TRACE("%p %lu %p", (void *)iface, count, (void *)files);
    if (!count || !files)
        return E_INVALIDARG;
    specs = mem_array_alloc(count, sizeof(*specs));
    if (!specs)
        return E_OUTOFMEMORY;
    for (i = 0; i < count && SUCCEEDED(hr); i++)
    {
        specs[i].remote_name = files[i].RemoteName;
        specs[i].local_name = files[i].LocalName;
        specs[i].size = UINT64_MAX;
        if (!specs[i].remote_name || !specs[i].local_name)
            hr = E_INVALIDARG;
    }
    if (SUCCEEDED(hr))
        hr = engine_add_files(job_of(iface), specs, count, NULL);
    mem_free(specs);
    return hr;
}

JOB_METHOD(AddFile, LPCWSTR remote, LPCWSTR local)
{
    struct file_spec spec = {.remote_name = remote, .local_name = local, .size = UINT64_MAX};

    TRACE("%p %s", (void *)iface, LOG_WIDE(local));
    if (!remote || !local)
        return E_INVALIDARG;
    return engine_add_files(job_of(iface), &spec, 1, NULL);
}

JOB_METHOD(EnumFiles, IEnumBackgroundCopyFiles **out)
{
    struct job *job = job_of(iface);
    IBackgroundCopyFile6 *file;
    IUnknown **items;
    size_t count, i;
    HRESULT hr = S_OK;

    TRACE("%p %p", (void *)iface, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    count = engine_file_count(job);
    items = mem_array_alloc(count, sizeof(*items));
    if (!items)
        return E_OUTOFMEMORY;
    for (i = 0; i < count && SUCCEEDED(hr); i++)
    {
        hr = file_object_create(engine_file(job, i), &file);
        items[i] = (IUnknown *)file;
    }
    if (SUCCEEDED(hr))
        return enum_object_create(&IID_IEnumBackgroundCopyFiles, items, count, (void **)out);
    while (i--)
        if (items[i])
            IUnknown_Release(items[i]);
    mem_free(items);
    return hr;
}

JOB_METHOD(Suspend)
{
    TRACE("%p", (void *)iface);
    return engine_suspend_job(job_of(iface));
}

JOB_METHOD(Resume)
{
    TRACE("%p", (void *)iface);
    return engine_resume_job(job_of(iface));
}

/* The job becomes final. Its callback is let go of by this thread or by a delivery thread that was
 * faster; if this is the callback's own apartment, it does not go on before that has been done. */
static HRESULT end_job(struct job *job, HRESULT (*end)(struct job *job))
{
    struct dispatcher *dispatcher = job_lane_find(job);
    struct parting parting = {NULL};
    HRESULT hr;

    if (dispatcher)
        dispatcher_part(dispatcher, &parting);
    hr = end(job);
    if (SUCCEEDED(hr) && (dispatcher = job_lane_find(job)))
    {
        dispatcher_close(dispatcher);
        parting_wait(&parting);
    }
    parting_cleanup(&parting);
    return hr;
}

JOB_METHOD(Cancel)
{
    TRACE("%p", (void *)iface);
    return end_job(job_of(iface), engine_cancel_job);
}

JOB_METHOD(Complete)
{
    TRACE("%p", (void *)iface);
    return end_job(job_of(iface), engine_complete_job);
}

JOB_METHOD(GetError, IBackgroundCopyError **out)
{
    struct job *job = job_of(iface);
    struct job_error error;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = engine_job_error(job, &error);
    if (FAILED(hr))
        return hr;
    return error_object_create(job, &error, out);
}

JOB_METHOD(SetNotifyInterface, IUnknown *callback)
{
    struct job *job = job_of(iface);
    struct dispatcher *dispatcher;
    struct parting parting;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)callback);
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    if (!callback && !job_lane_find(job))
        return S_OK;
    hr = job_lane_dispatcher(job, &dispatcher);
    if (SUCCEEDED(hr))
        hr = dispatcher_set_target(dispatcher, (IBackgroundCopyJob *)iface, callback);
    /* The job may have become final since it was asked, even before it had a dispatcher to tell. */
    if (SUCCEEDED(hr) && job_is_final(job))
    {
        dispatcher_part(dispatcher, &parting);
        dispatcher_close(dispatcher);
        parting_wait(&parting);
        parting_cleanup(&parting);
    }
    return hr == E_NOT_VALID_STATE ? job_failure(job, FAILURE_INVALID_STATE) : hr;
}

JOB_METHOD(GetNotifyInterface, IUnknown **callback)
{
    struct dispatcher *dispatcher = job_lane_find(job_of(iface));

    TRACE("%p %p", (void *)iface, (void *)callback);
    if (!callback)
        return E_INVALIDARG;
    *callback = NULL;
    if (!dispatcher)
        return S_OK;
    return dispatcher_get_target(dispatcher, &IID_IUnknown, (void **)callback);
}
