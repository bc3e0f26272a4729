/*
 * What a client holds of a job: IBackgroundCopyJob to 5, IBackgroundCopyJobHttpOptions to 3,
 * IBitsTokenOptions, IDeliveryOptimizationJob and Job2 over one struct job. Every call that hands
 * out a job makes a new object; the job lives on without any.
 */
#ifndef DOSVC_COM_JOB_OBJECT_H
#define DOSVC_COM_JOB_OBJECT_H

#include "base/platform.h"
#include "dosvc.h"

struct job;

/* Keeps its own reference of job. *out is counted. */
HRESULT job_object_create(struct job *job, IBackgroundCopyJob5 **out);

#endif
