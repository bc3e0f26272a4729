#include "com/job_methods.h"
#include "com/job_lane.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

/* Which member of the client's union a property is. */
enum value_kind
{
    VALUE_DWORD,
    VALUE_BOOL,
    VALUE_UINT64,
    VALUE_TARGET,
    VALUE_CLSID
};

/* Until when a property may be set. */
enum value_until
{
    UNTIL_FINAL,
    UNTIL_RESUME,
    UNTIL_ADDFILE
};

struct job_property
{
    BITS_JOB_PROPERTY_ID id;
    enum value_kind kind;
    enum value_until until;
    bool bits_only;
    enum job_number number; /* unless a CLSID */
};

static const struct job_property properties[] = {
    {BITS_JOB_PROPERTY_ID_COST_FLAGS, VALUE_DWORD, UNTIL_FINAL, false, JOB_COST_FLAGS},
    {BITS_JOB_PROPERTY_NOTIFICATION_CLSID, VALUE_CLSID, UNTIL_FINAL, false, JOB_NUMBER_COUNT},
    {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, VALUE_BOOL, UNTIL_RESUME, true, JOB_DYNAMIC_CONTENT},
    {BITS_JOB_PROPERTY_HIGH_PERFORMANCE, VALUE_BOOL, UNTIL_ADDFILE, true, JOB_HIGH_PERFORMANCE},
    {BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, VALUE_UINT64, UNTIL_RESUME, true, JOB_MAX_DOWNLOAD_SIZE},
    {BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, VALUE_TARGET, UNTIL_FINAL, true,
     JOB_STORED_CREDENTIALS},
    {BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, VALUE_DWORD, UNTIL_FINAL, true,
     JOB_MIN_NOTIFY_INTERVAL},
    {BITS_JOB_PROPERTY_ON_DEMAND_MODE, VALUE_BOOL, UNTIL_RESUME, true, JOB_ON_DEMAND},
};

static const struct job_property *property_find(struct job *job, BITS_JOB_PROPERTY_ID id)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(properties); i++)
        if (properties[i].id == id &&
            !(properties[i].bits_only && job_dialect(job) != DIALECT_BITS))
            return &properties[i];
    return NULL;
}

static HRESULT judge_moment(struct job *job, const struct job_property *property)
{
    if (property->until == UNTIL_ADDFILE && engine_file_count(job))
        return BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE;
    if (property->until == UNTIL_RESUME && engine_job_was_resumed(job))
        return BG_E_READ_ONLY_PROPERTY_AFTER_RESUME;
    return S_OK;
}

static HRESULT set_clsid(struct job *job, const GUID *clsid)
{
    WCHAR text[STR_GUID_SIZE];
    HRESULT hr;

    if (IsEqualGUID(clsid, &GUID_NULL))
        return engine_set_job_text(job, JOB_NOTIFICATION_CLSID, NULL);
    str_wide_from_guid(clsid, text);
    if (FAILED(hr = job_lane_may_fall_back(job))) /* before anything changes */
        return hr;
    hr = engine_set_job_text(job, JOB_NOTIFICATION_CLSID, text);
    return SUCCEEDED(hr) ? job_lane_fall_back(job) : hr;
}

static HRESULT get_clsid(struct job *job, GUID *clsid)
{
    WCHAR *text = NULL;
    HRESULT hr;

    *clsid = GUID_NULL;
    hr = engine_job_text(job, JOB_NOTIFICATION_CLSID, &text);
    if (text)
        str_wide_to_guid(text, clsid);
    mem_free(text);
    return hr;
}

/* BITS names its cost states one by one and reserves the rest. */
static bool is_cost_policy(DWORD flags)
{
    const DWORD known =
        BITS_JOB_TRANSFER_POLICY_ALWAYS | BITS_COST_STATE_RESERVED | BITS_COST_STATE_ROAMING;

    return !(flags & ~known);
}

JOB_METHOD(SetProperty, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value)
{
    struct job *job = job_of(iface);
    const struct job_property *property = property_find(job, id);
    HRESULT hr;

    TRACE("%p %d", (void *)iface, (int)id);
    if (!property)
        return job_failure(job, FAILURE_UNKNOWN_PROPERTY);
    if (id == BITS_JOB_PROPERTY_ID_COST_FLAGS && !is_cost_policy(value.Dword))
        return E_INVALIDARG;
    if (property->kind == VALUE_TARGET && (unsigned int)value.Target > BG_AUTH_TARGET_PROXY)
        return BG_E_INVALID_AUTH_TARGET;
    if (id == BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE && !value.Uint64)
        return BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE;
    if (job_is_final(job))
        return job_failure(job, FAILURE_INVALID_STATE);
    hr = judge_moment(job, property);
    if (FAILED(hr))
        return hr;
    switch (property->kind)
    {
    case VALUE_DWORD:
        return engine_set_job_number(job, property->number, value.Dword);
    case VALUE_BOOL:
        return engine_set_job_number(job, property->number, !!value.Enable);
    case VALUE_UINT64:
        return engine_set_job_number(job, property->number, value.Uint64);
    case VALUE_TARGET:
        return engine_set_job_number(job, property->number, value.Target);
    default:
        return set_clsid(job, &value.ClsID);
    }
}

JOB_METHOD(GetProperty, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE *value)
{
    struct job *job = job_of(iface);
    const struct job_property *property = property_find(job, id);

    TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);
    if (!value)
        return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    if (!property)
        return job_failure(job, FAILURE_UNKNOWN_PROPERTY);
    switch (property->kind)
    {
    case VALUE_DWORD:
        value->Dword = (DWORD)engine_job_number(job, property->number);
        return S_OK;
    case VALUE_BOOL:
        value->Enable = engine_job_number(job, property->number) != 0;
        return S_OK;
    case VALUE_UINT64:
        value->Uint64 = engine_job_number(job, property->number);
        return S_OK;
    case VALUE_TARGET:
        value->Target = (BG_AUTH_TARGET)engine_job_number(job, property->number);
        return S_OK;
    default:
        return get_clsid(job, &value->ClsID);
    }
}
