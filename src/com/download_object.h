/*
 * IDODownload: what one client holds of a download. Each is a facade of its own over the job.
 */
#ifndef DOSVC_COM_DOWNLOAD_OBJECT_H
#define DOSVC_COM_DOWNLOAD_OBJECT_H

#include "base/platform.h"
#include "core/download.h"
#include "dosvc.h"

/* A new object with one reference; it keeps the job. */
HRESULT download_object_create(struct job *job, IDODownload **out);

/* core's words for a status in those of the API. */
void download_status_to_client(const struct download_status *status, DO_DOWNLOAD_STATUS *out);

#endif
