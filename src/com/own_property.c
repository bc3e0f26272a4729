#include "com/own_property.h"

#include "base/mem.h"
#include "com/dialect.h"

#include <assert.h>

struct property
{
    VARTYPE type;
    enum
    {
        OF_JOB = 1,
        OF_FILE = 2,
        OF_BOTH = OF_JOB | OF_FILE
    } of;
    HRESULT (*get)(const struct own_target *target, VARIANT *value);
    HRESULT (*set)(const struct own_target *target, const VARIANT *value); /* NULL: read only */
};

/* ---- mirrors ---- */

static HRESULT get_mirrors(const struct own_target *target, VARIANT *value)
{
    WCHAR *text;
    HRESULT hr = engine_file_text(target->file, FILE_MIRRORS, &text);

    if (FAILED(hr))
        return hr;
    if (!text)
        return E_NOT_SET;
    if ((V_BSTR(value) = SysAllocString(text)))
        V_VT(value) = VT_BSTR;
    else
        hr = E_OUTOFMEMORY;
    mem_free(text);
    return hr;
}

static HRESULT set_mirrors(const struct own_target *target, const VARIANT *value)
{
    const WCHAR *text = V_BSTR(value) ? V_BSTR(value) : L"";

    if (wcslen(text) != SysStringLen(V_BSTR(value)))
        return E_INVALIDARG;
    return engine_set_mirrors(target->file, text);
}

/* ---- rate ---- */

static HRESULT number_to_client(UINT64 number, VARIANT *value)
{
    V_VT(value) = VT_UI8;
    V_UI8(value) = number;
    return S_OK;
}

static HRESULT get_rate(const struct own_target *target, VARIANT *value)
{
    return number_to_client(engine_job_number(target->job, JOB_MAX_RATE), value);
}

static HRESULT set_rate(const struct own_target *target, const VARIANT *value)
{
    return engine_set_job_number(target->job, JOB_MAX_RATE, V_UI8(value));
}

/* ---- counters ---- */

static struct file_stats count(const struct own_target *target)
{
    struct file_stats stats, sum = {0};
    size_t i, files;

    if (target->file)
    {
        engine_file_stats(target->file, &sum);
        return sum;
    }
    files = engine_file_count(target->job);
    for (i = 0; i < files; i++)
    {
        engine_file_stats(engine_file(target->job, i), &stats);
        sum.bytes += stats.bytes;
        sum.cache_bytes += stats.cache_bytes;
        sum.connections += stats.connections;
        sum.duration_ms += stats.duration_ms;
    }
    return sum;
}

static HRESULT get_received(const struct own_target *target, VARIANT *value)
{
    return number_to_client(count(target).bytes, value);
}

static HRESULT get_from_cache(const struct own_target *target, VARIANT *value)
{
    return number_to_client(count(target).cache_bytes, value);
}

static HRESULT get_connections(const struct own_target *target, VARIANT *value)
{
    return number_to_client(count(target).connections, value);
}

static HRESULT get_transfer_time(const struct own_target *target, VARIANT *value)
{
    return number_to_client(count(target).duration_ms, value);
}

/* ---- all of them ---- */

static const struct property properties[] = {
    [DOSVC_PROPERTY_MIRRORS] = {VT_BSTR, OF_FILE, get_mirrors, set_mirrors},
    [DOSVC_PROPERTY_MAX_BYTES_PER_SECOND] = {VT_UI8, OF_JOB, get_rate, set_rate},
    [DOSVC_PROPERTY_BYTES_RECEIVED] = {VT_UI8, OF_BOTH, get_received, NULL},
    [DOSVC_PROPERTY_BYTES_FROM_CACHE] = {VT_UI8, OF_BOTH, get_from_cache, NULL},
    [DOSVC_PROPERTY_CONNECTIONS] = {VT_UI8, OF_BOTH, get_connections, NULL},
    [DOSVC_PROPERTY_TRANSFER_TIME] = {VT_UI8, OF_BOTH, get_transfer_time, NULL},
};

/* NULL: such a target has no such property. */
static const struct property *find(const struct own_target *target, DOSVC_PROPERTY id)
{
    const struct property *property;

    if ((unsigned int)id >= ARRAY_SIZE(properties))
        return NULL;
    property = &properties[id];
    if ((property->of & OF_FILE && target->file) || (property->of & OF_JOB && target->job))
        return property;
    return NULL;
}

static HRESULT refusal(const struct own_target *target, enum failure failure)
{
    return job_failure(target->job ? target->job : file_job(target->file), failure);
}

HRESULT own_property_get(const struct own_target *target, DOSVC_PROPERTY id, VARIANT *value)
{
    const struct property *property = find(target, id);
    HRESULT hr;

    if (!value)
        return E_INVALIDARG;
    VariantInit(value);
    if (!property)
        return refusal(target, FAILURE_UNKNOWN_PROPERTY);
    if (FAILED(hr = property->get(target, value)))
        VariantInit(value);
    return hr;
}

HRESULT own_property_set(const struct own_target *target, DOSVC_PROPERTY id, const VARIANT *value)
{
    const struct property *property = find(target, id);

    if (!value)
        return E_INVALIDARG;
    if (!property)
        return refusal(target, FAILURE_UNKNOWN_PROPERTY);
    if (!property->set)
        return refusal(target, FAILURE_READ_ONLY_PROPERTY);
    return V_VT(value) == property->type ? property->set(target, value) : E_INVALIDARG;
}
