#include "com/manager.h"
#include "com/manager_methods.h"
#include "com/client_text.h"
#include "com/enum_object.h"
#include "com/error_object.h"
#include "com/job_object.h"
#include "com/reference.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/engine.h"
#include "core/served.h"
#include "model/limits.h"

static enum job_face face_of(IBackgroundCopyManager *iface)
{
    return manager_from_IBackgroundCopyManager(iface)->face;
}

static HRESULT STDMETHODCALLTYPE manager_CreateJob(IBackgroundCopyManager *iface, LPCWSTR name,
                                                   BG_JOB_TYPE type, GUID *id,
                                                   IBackgroundCopyJob **out)
{
    enum job_face face = face_of(iface);
    IBackgroundCopyJob5 *object;
    struct job *job;
    HRESULT hr;

    TRACE("%p %s %d %p %p", (void *)iface, LOG_WIDE(name), (int)type, (void *)id, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!id || !name || text_exceeds(name, limits_of(job_face_dialect(face))->name_length))
        return E_INVALIDARG;
    if (type != BG_JOB_TYPE_DOWNLOAD)
        return type == BG_JOB_TYPE_UPLOAD || type == BG_JOB_TYPE_UPLOAD_REPLY ? E_NOTIMPL
                                                                              : E_INVALIDARG;
    hr = engine_create_job(face, name, &job);
    if (FAILED(hr))
        return hr;
    hr = job_object_create(job, &object);
    if (SUCCEEDED(hr))
    {
        *id = *job_id(job);
        *out = (IBackgroundCopyJob *)object;
    }
    else
        engine_cancel_job(job); /* nobody could ever find out about it */
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetJob(IBackgroundCopyManager *iface, REFGUID id,
                                                IBackgroundCopyJob **out)
{
    struct job *job;
    HRESULT hr;

    TRACE("%p %s %p", (void *)iface, LOG_GUID(id), (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (!id)
        return E_INVALIDARG;
    hr = engine_find_job(face_of(iface), id, &job);
    if (FAILED(hr))
        return hr;
    hr = job_object_create(job, (IBackgroundCopyJob5 **)out);
    job_release(job);
    return hr;
}

/* Whether this process may see other users' jobs. */
static bool is_administrator(void)
{
    SID_IDENTIFIER_AUTHORITY authority = {SECURITY_NT_AUTHORITY};
    BOOL member = FALSE;
    PSID group;

    if (!AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID,
                                  DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &group))
        return false;
    if (!CheckTokenMembership(NULL, group, &member))
        member = FALSE;
    FreeSid(group);
    return member;
}

/* Takes the array and its references. */
static HRESULT enum_jobs(struct job **jobs, size_t count, IEnumBackgroundCopyJobs **out)
{
    IUnknown **items = mem_array_alloc(count, sizeof(*items));
    IBackgroundCopyJob5 *object;
    HRESULT hr = items ? S_OK : E_OUTOFMEMORY;
    size_t i, made = 0;

    for (i = 0; i < count; i++)
    {
        if (SUCCEEDED(hr))
            hr = job_object_create(jobs[i], &object);
        if (SUCCEEDED(hr))
            items[made++] = (IUnknown *)object;
        job_release(jobs[i]);
    }
    mem_free(jobs);
    if (SUCCEEDED(hr))
        return enum_object_create(&IID_IEnumBackgroundCopyJobs, items, count, (void **)out);
    while (made--)
        IUnknown_Release(items[made]);
    mem_free(items);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_EnumJobs(IBackgroundCopyManager *iface, DWORD flags,
                                                  IEnumBackgroundCopyJobs **out)
{
    struct job **jobs;
    size_t count;
    HRESULT hr;

    TRACE("%p %#lx %p", (void *)iface, flags, (void *)out);
    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    if (flags & ~(DWORD)BG_JOB_ENUM_ALL_USERS)
        return E_INVALIDARG;
    /* The queue holds this user's jobs only, so for an administrator the list is the same. */
    if (flags & BG_JOB_ENUM_ALL_USERS && !is_administrator())
        return E_ACCESSDENIED;
    hr = engine_list_jobs(face_of(iface), &jobs, &count);
    if (FAILED(hr))
        return hr;
    return enum_jobs(jobs, count, out);
}

static HRESULT STDMETHODCALLTYPE manager_GetErrorDescription(IBackgroundCopyManager *iface,
                                                             HRESULT code, DWORD language,
                                                             LPWSTR *text)
{
    TRACE("%p %#lx %#lx %p", (void *)iface, (unsigned long)code, language, (void *)text);
    return error_text_for_client(code, language, text);
}

static const IBackgroundCopyManagerVtbl manager_vtbl = {
    COM_UNKNOWN(manager, IBackgroundCopyManager),
    manager_CreateJob,
    manager_GetJob,
    manager_EnumJobs,
    manager_GetErrorDescription,
};

static void manager_free(struct com_object *com)
{
    mem_free(CONTAINER_OF(com, struct manager, com));
}

static const struct com_interface interfaces[] = {
    {&IID_IBackgroundCopyManager, offsetof(struct manager, IBackgroundCopyManager_iface)},
    {&IID_IDOManager, offsetof(struct manager, IDOManager_iface)},
};

static void manager_refer(const struct com_object *com, struct reference *reference)
{
    const struct manager *manager = CONTAINER_OF(com, struct manager, com);

    *reference = (struct reference){.kind = REFERENCE_MANAGER, .face = manager->face};
}

static const struct com_class do_class = {
    "manager", interfaces, ARRAY_SIZE(interfaces), manager_free, NULL, manager_refer,
};

static const struct com_class bits_class = {
    "BITS manager", interfaces, 1, manager_free, NULL, manager_refer, /* no downloads */
};

/* From its birth on, the object keeps the queue open. */
static HRESULT manager_create(enum job_face face, const struct com_class *com_class, IUnknown **out)
{
    struct manager *manager;
    HRESULT hr;

    *out = NULL;
    if (!(manager = mem_zalloc(sizeof(*manager))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = engine_open()))
    {
        mem_free(manager);
        return hr;
    }
    com_object_init(&manager->com, com_class);
    served_take_part();
    engine_close();
    manager->IBackgroundCopyManager_iface.lpVtbl = &manager_vtbl;
    manager->IDOManager_iface.lpVtbl = &do_manager_vtbl;
    manager->face = face;
    *out = com_object_identity(&manager->com);
    return S_OK;
}

HRESULT manager_create_do(IUnknown **out)
{
    return manager_create(JOB_FACE_DO, &do_class, out);
}

HRESULT manager_create_bits(IUnknown **out)
{
    return manager_create(JOB_FACE_BITS, &bits_class, out);
}
