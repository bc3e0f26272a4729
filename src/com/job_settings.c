#include "com/job_methods.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/proxy.h"

#define PROXY_LIST_LENGTH 4000 /* characters */

HRESULT job_number_to_client(struct job *job, enum job_number which, ULONG *out)
{
    if (!out)
        return E_INVALIDARG;
    *out = (ULONG)engine_job_number(job, which);
    return S_OK;
}

JOB_METHOD(GetId, GUID *id)
{
    TRACE("%p %p", (void *)iface, (void *)id);
    if (!id)
        return E_INVALIDARG;
    *id = *job_id(job_of(iface));
    return S_OK;
}

JOB_METHOD(GetType, BG_JOB_TYPE *type)
{
    TRACE("%p %p", (void *)iface, (void *)type);
    if (!type)
        return E_INVALIDARG;
    *type = BG_JOB_TYPE_DOWNLOAD;
    return S_OK;
}

JOB_METHOD(GetProgress, BG_JOB_PROGRESS *progress)
{
    struct job_progress now;

    TRACE("%p %p", (void *)iface, (void *)progress);
    if (!progress)
        return E_INVALIDARG;
    engine_job_progress(job_of(iface), &now);
    progress->BytesTotal = now.bytes_total;
    progress->BytesTransferred = now.bytes_transferred;
    progress->FilesTotal = now.files_total;
    progress->FilesTransferred = now.files_transferred;
    return S_OK;
}

JOB_METHOD(GetTimes, BG_JOB_TIMES *times)
{
    struct job_times now;

    TRACE("%p %p", (void *)iface, (void *)times);
    if (!times)
        return E_INVALIDARG;
    engine_job_times(job_of(iface), &now);
    times->CreationTime = now.creation;
    times->ModificationTime = now.modification;
    times->TransferCompletionTime = now.transfer_completion;
    return S_OK;
}

static_assert((int)JOB_QUEUED == BG_JOB_STATE_QUEUED, "states have the API's numbers");
static_assert((int)JOB_CANCELLED == BG_JOB_STATE_CANCELLED, "states have the API's numbers");

JOB_METHOD(GetState, BG_JOB_STATE *state)
{
    TRACE("%p %p", (void *)iface, (void *)state);
    if (!state)
        return E_INVALIDARG;
    *state = (BG_JOB_STATE)engine_job_state(job_of(iface));
    return S_OK;
}

JOB_METHOD(GetOwner, LPWSTR *owner)
{
    TRACE("%p %p", (void *)iface, (void *)owner);
    return job_text_to_client(job_of(iface), JOB_OWNER, L"", owner);
}

static HRESULT set_text(struct job *job, enum job_text which, const WCHAR *text, size_t limit)
{
    if (!text)
        return E_INVALIDARG;
    if (text_exceeds(text, limit))
        return BG_E_STRING_TOO_LONG;
    return engine_set_job_text(job, which, text);
}

JOB_METHOD(SetDisplayName, LPCWSTR name)
{
    struct job *job = job_of(iface);

    TRACE("%p %s", (void *)iface, LOG_WIDE(name));
    return set_text(job, JOB_NAME, name, job_limits(job)->name_length);
}

JOB_METHOD(GetDisplayName, LPWSTR *name)
{
    TRACE("%p %p", (void *)iface, (void *)name);
    return job_text_to_client(job_of(iface), JOB_NAME, L"", name);
}

JOB_METHOD(SetDescription, LPCWSTR description)
{
    struct job *job = job_of(iface);

    TRACE("%p %s", (void *)iface, LOG_WIDE(description));
    return set_text(job, JOB_DESCRIPTION, description, job_limits(job)->description_length);
}

JOB_METHOD(GetDescription, LPWSTR *description)
{
    TRACE("%p %p", (void *)iface, (void *)description);
    return job_text_to_client(job_of(iface), JOB_DESCRIPTION, L"", description);
}

JOB_METHOD(SetPriority, BG_JOB_PRIORITY priority)
{
    TRACE("%p %d", (void *)iface, (int)priority);
    if ((unsigned int)priority > BG_JOB_PRIORITY_LOW)
        return E_NOTIMPL;
    return engine_set_job_number(job_of(iface), JOB_PRIORITY, (UINT64)priority);
}

JOB_METHOD(GetPriority, BG_JOB_PRIORITY *priority)
{
    TRACE("%p %p", (void *)iface, (void *)priority);
    if (!priority)
        return E_INVALIDARG;
    *priority = (BG_JOB_PRIORITY)engine_job_number(job_of(iface), JOB_PRIORITY);
    return S_OK;
}

JOB_METHOD(SetNotifyFlags, ULONG flags)
{
    const ULONG known = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_DISABLE |
                        BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED |
                        BG_NOTIFY_FILE_RANGES_TRANSFERRED;

    TRACE("%p %#lx", (void *)iface, flags);
    if (flags & ~known)
        return E_NOTIMPL;
    return engine_set_job_number(job_of(iface), JOB_NOTIFY_FLAGS, flags);
}

JOB_METHOD(GetNotifyFlags, ULONG *flags)
{
    TRACE("%p %p", (void *)iface, (void *)flags);
    return job_number_to_client(job_of(iface), JOB_NOTIFY_FLAGS, flags);
}

JOB_METHOD(SetMinimumRetryDelay, ULONG seconds)
{
    struct job *job = job_of(iface);

    TRACE("%p %lu", (void *)iface, seconds);
    if (seconds < job_limits(job)->retry_delay_min)
        seconds = job_limits(job)->retry_delay_min;
    return engine_set_job_number(job, JOB_RETRY_DELAY, seconds);
}

JOB_METHOD(GetMinimumRetryDelay, ULONG *seconds)
{
    TRACE("%p %p", (void *)iface, (void *)seconds);
    return job_number_to_client(job_of(iface), JOB_RETRY_DELAY, seconds);
}

JOB_METHOD(SetNoProgressTimeout, ULONG seconds)
{
    TRACE("%p %lu", (void *)iface, seconds);
    return engine_set_job_number(job_of(iface), JOB_NO_PROGRESS_TIMEOUT, seconds);
}

JOB_METHOD(GetNoProgressTimeout, ULONG *seconds)
{
    TRACE("%p %p", (void *)iface, (void *)seconds);
    return job_number_to_client(job_of(iface), JOB_NO_PROGRESS_TIMEOUT, seconds);
}

JOB_METHOD(GetErrorCount, ULONG *count)
{
    TRACE("%p %p", (void *)iface, (void *)count);
    if (!count)
        return E_INVALIDARG;
    *count = engine_job_error_count(job_of(iface));
    return S_OK;
}

static_assert((int)PROXY_SYSTEM == BG_JOB_PROXY_USAGE_PRECONFIG, "usages have the API's numbers");
static_assert((int)PROXY_LIST == BG_JOB_PROXY_USAGE_OVERRIDE, "usages have the API's numbers");
static_assert((int)PROXY_AUTO_DETECT == BG_JOB_PROXY_USAGE_AUTODETECT, "... and so on");

JOB_METHOD(SetProxySettings, BG_JOB_PROXY_USAGE usage, const WCHAR *list, const WCHAR *bypass)
{
    const struct job_setting settings[] = {
        {.number = JOB_PROXY_USAGE, .value = (UINT64)usage},
        {.is_text = true, .text = JOB_PROXY_LIST, .content = list},
        {.is_text = true, .text = JOB_PROXY_BYPASS, .content = bypass},
    };

    TRACE("%p %d %p %p", (void *)iface, (int)usage, (const void *)list, (const void *)bypass);
    if ((unsigned int)usage > BG_JOB_PROXY_USAGE_AUTODETECT)
        return E_NOTIMPL;
    if (usage == BG_JOB_PROXY_USAGE_OVERRIDE ? !list : list || bypass)
        return E_INVALIDARG;
    if (list && text_exceeds(list, PROXY_LIST_LENGTH))
        return BG_E_PROXY_LIST_TOO_LARGE;
    if (bypass && text_exceeds(bypass, PROXY_LIST_LENGTH))
        return BG_E_PROXY_BYPASS_LIST_TOO_LARGE;
    return engine_set_job(job_of(iface), settings, ARRAY_SIZE(settings));
}

JOB_METHOD(GetProxySettings, BG_JOB_PROXY_USAGE *usage, LPWSTR *list, LPWSTR *bypass)
{
    struct job *job = job_of(iface);
    HRESULT hr;

    TRACE("%p %p %p %p", (void *)iface, (void *)usage, (void *)list, (void *)bypass);
    if (!usage || !list || !bypass)
        return E_INVALIDARG;
    *list = *bypass = NULL;
    *usage = (BG_JOB_PROXY_USAGE)engine_job_number(job, JOB_PROXY_USAGE);
    hr = job_text_to_client(job, JOB_PROXY_LIST, NULL, list);
    if (SUCCEEDED(hr))
        hr = job_text_to_client(job, JOB_PROXY_BYPASS, NULL, bypass);
    if (FAILED(hr))
    {
        CoTaskMemFree(*list);
        *list = NULL;
        return hr;
    }
    return S_OK;
}

/* Every job belongs to the process's user, who therefore owns it already. Setting the name it has
 * lets the engine judge the state. */
JOB_METHOD(TakeOwnership)
{
    struct job *job = job_of(iface);
    WCHAR *owner = NULL;
    HRESULT hr;

    TRACE("%p", (void *)iface);
    hr = engine_job_text(job, JOB_OWNER, &owner);
    if (SUCCEEDED(hr))
        hr = engine_set_job_text(job, JOB_OWNER, owner);
    mem_free(owner);
    return hr;
}
