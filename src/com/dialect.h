/*
 * What differs between Delivery Optimization and BITS, asked by job.
 */
#ifndef DOSVC_COM_DIALECT_H
#define DOSVC_COM_DIALECT_H

#include "core/engine.h"
#include "model/limits.h"

/* What the job's clients call a failure that needs no more than its kind. */
static inline HRESULT job_failure(struct job *job, enum failure kind)
{
    struct failure_info info = {.kind = kind};

    return (HRESULT)failure_code(job_dialect(job), &info);
}

static inline const struct limits *job_limits(struct job *job)
{
    return limits_of(job_dialect(job));
}

#endif
