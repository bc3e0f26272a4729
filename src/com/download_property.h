/*
 * The properties of a download: one table of their types, access, places and states.
 */
#ifndef DOSVC_COM_DOWNLOAD_PROPERTY_H
#define DOSVC_COM_DOWNLOAD_PROPERTY_H

#include "base/platform.h"
#include "core/engine.h"
#include "dosvc.h"

/* value is VT_EMPTY, and stays that on failure. UNKNOWN_PROPERTY, WRITE_ONLY_PROPERTY; E_NOT_SET:
 * it was never set, has no default, or is not known yet. */
HRESULT download_property_get(struct job *job, DODownloadProperty id, VARIANT *value);
/* Copies what it keeps. UNKNOWN_PROPERTY, READ_ONLY_PROPERTY, INVALID_STATE; E_INVALIDARG: not this
 * type, or a value that cannot be. */
HRESULT download_property_set(struct job *job, DODownloadProperty id, const VARIANT *value);

#endif
