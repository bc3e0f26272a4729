#include "com/own_property.h"

#include "base/mem.h"
#include "com/dialect.h"

#include <assert.h>

struct property
{
    VARTYPE type;
    bool of_file; /* else of the job */
    HRESULT (*get)(const struct own_target *target, VARIANT *value);
    HRESULT (*set)(const struct own_target *target, const VARIANT *value);
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

static HRESULT get_rate(const struct own_target *target, VARIANT *value)
{
    V_VT(value) = VT_UI8;
    V_UI8(value) = engine_job_number(target->job, JOB_MAX_RATE);
    return S_OK;
}

static HRESULT set_rate(const struct own_target *target, const VARIANT *value)
{
    return engine_set_job_number(target->job, JOB_MAX_RATE, V_UI8(value));
}

/* ---- all of them ---- */

static const struct property properties[] = {
    [DOSVC_PROPERTY_MIRRORS] = {VT_BSTR, true, get_mirrors, set_mirrors},
    [DOSVC_PROPERTY_MAX_BYTES_PER_SECOND] = {VT_UI8, false, get_rate, set_rate},
};

/* NULL: such a target has no such property. */
static const struct property *find(const struct own_target *target, DOSVC_PROPERTY id)
{
    const struct property *property;

    if ((unsigned int)id >= ARRAY_SIZE(properties))
        return NULL;
    property = &properties[id];
    return (property->of_file ? (void *)target->file : (void *)target->job) ? property : NULL;
}

static HRESULT unknown(const struct own_target *target)
{
    return job_failure(target->job ? target->job : file_job(target->file),
                       FAILURE_UNKNOWN_PROPERTY);
}

HRESULT own_property_get(const struct own_target *target, DOSVC_PROPERTY id, VARIANT *value)
{
    const struct property *property = find(target, id);
    HRESULT hr;

    if (!value)
        return E_INVALIDARG;
    VariantInit(value);
    if (!property)
        return unknown(target);
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
        return unknown(target);
    return V_VT(value) == property->type ? property->set(target, value) : E_INVALIDARG;
}
