/*
 * IDosvcProperties: what jobs, files and downloads have beyond Windows' own properties.
 */
#ifndef DOSVC_COM_OWN_PROPERTY_H
#define DOSVC_COM_OWN_PROPERTY_H

#include "base/log.h"
#include "core/engine.h"
#include "dosvc.h"

/* Whose they are: a job, a file of one, or both, which is a download. Not counted. */
struct own_target
{
    struct job *job;   /* NULL: not a job's */
    struct file *file; /* NULL: not a file's */
};

/* The two methods of the interface; the parameters are the client's, unchecked. */
HRESULT own_property_get(const struct own_target *target, DOSVC_PROPERTY id, VARIANT *value);
HRESULT own_property_set(const struct own_target *target, DOSVC_PROPERTY id, const VARIANT *value);

/* Defines <object>_own_vtbl, whose methods find their target with `target_of`. */
#define OWN_PROPERTIES(object, target_of)                                                          \
    static HRESULT STDMETHODCALLTYPE object##_GetOwnProperty(IDosvcProperties *iface,              \
                                                             DOSVC_PROPERTY id, VARIANT *value)    \
    {                                                                                              \
        const struct own_target target = target_of(object##_from_IDosvcProperties(iface));         \
        TRACE("%p %d %p", (void *)iface, (int)id, (void *)value);                                  \
        return own_property_get(&target, id, value);                                               \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE object##_SetOwnProperty(                                      \
        IDosvcProperties *iface, DOSVC_PROPERTY id, const VARIANT *value)                          \
    {                                                                                              \
        const struct own_target target = target_of(object##_from_IDosvcProperties(iface));         \
        TRACE("%p %d %p", (void *)iface, (int)id, (const void *)value);                            \
        return own_property_set(&target, id, value);                                               \
    }                                                                                              \
    static const IDosvcPropertiesVtbl object##_own_vtbl = {                                        \
        COM_UNKNOWN(object, IDosvcProperties), object##_GetOwnProperty, object##_SetOwnProperty}

#endif
