#include "com/job_methods.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/owner.h"

/*
 * IBitsTokenOptions. BITS keeps a second token to open files and answer challenges with; here
 * everything happens in the client's process, in its own name, so what is kept is whose it was.
 */

#define TOKEN_METHOD(name, ...)                                                                    \
    static HRESULT STDMETHODCALLTYPE job_object_##name(IBitsTokenOptions *iface, ##__VA_ARGS__)

static struct job *job_from(IBitsTokenOptions *iface)
{
    return job_object_from_IBitsTokenOptions(iface)->job;
}

TOKEN_METHOD(SetHelperTokenFlags, DWORD flags)
{
    TRACE("%p %#lx", (void *)iface, flags);
    if (flags & ~(DWORD)(BG_TOKEN_LOCAL_FILE | BG_TOKEN_NETWORK))
        return E_INVALIDARG;
    return engine_set_job_number(job_from(iface), JOB_HELPER_FLAGS, flags);
}

TOKEN_METHOD(GetHelperTokenFlags, DWORD *flags)
{
    TRACE("%p %p", (void *)iface, (void *)flags);
    return job_number_to_client(job_from(iface), JOB_HELPER_FLAGS, flags);
}

TOKEN_METHOD(SetHelperToken)
{
    WCHAR *sid;
    HRESULT hr;

    TRACE("%p", (void *)iface);
    if (FAILED(hr = owner_of_thread(&sid)))
        return hr;
    hr = engine_set_job_text(job_from(iface), JOB_HELPER_SID, sid);
    mem_free(sid);
    return hr;
}

TOKEN_METHOD(ClearHelperToken)
{
    TRACE("%p", (void *)iface);
    return engine_set_job_text(job_from(iface), JOB_HELPER_SID, NULL);
}

TOKEN_METHOD(GetHelperTokenSid, LPWSTR *sid)
{
    WCHAR *text;
    HRESULT hr;

    TRACE("%p %p", (void *)iface, (void *)sid);
    if (!sid)
        return E_INVALIDARG;
    *sid = NULL;
    if (FAILED(hr = engine_job_text(job_from(iface), JOB_HELPER_SID, &text)))
        return hr;
    if (!text)
        return BG_E_TOKEN_REQUIRED;
    mem_free(text);
    return job_text_to_client(job_from(iface), JOB_HELPER_SID, L"", sid);
}

const IBitsTokenOptionsVtbl job_token_vtbl = {
    COM_UNKNOWN(job_object, IBitsTokenOptions),
    job_object_SetHelperTokenFlags,
    job_object_GetHelperTokenFlags,
    job_object_SetHelperToken,
    job_object_ClearHelperToken,
    job_object_GetHelperTokenSid,
};
