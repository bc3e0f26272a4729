/*
 * IBackgroundCopyError: what went wrong with a job, as it was when the client asked.
 */
#ifndef DOSVC_COM_ERROR_OBJECT_H
#define DOSVC_COM_ERROR_OBJECT_H

#include "base/platform.h"
#include "dosvc.h"

struct job;
struct job_error;

/* Keeps a copy of error and a reference of job. *out is counted. */
HRESULT error_object_create(struct job *job, const struct job_error *error,
                            IBackgroundCopyError **out);

/* The whole sentence for a code: CoTaskMem, freed by the client. language 0 is E_INVALIDARG, one
 * that is not English HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND). */
HRESULT error_text_for_client(HRESULT code, DWORD language, WCHAR **text);

#endif
