/*
 * What the keeper does for a noted job: the rows that say what has become of it, and, once they are
 * stored, what clients may know only then. The keeper's thread only.
 */
#ifndef DOSVC_CORE_DUTY_H
#define DOSVC_CORE_DUTY_H

#include "core/change.h"

struct duty_file;

struct duty
{
    struct job *job;      /* counted; the reference stays when the duty is ended */
    struct change change; /* the rows */
    bool claimed;         /* something ended: nobody else may change the job until it is told */
    bool moves;           /* the job's row says `to`, which is no passing state */
    bool shows;           /* its passing state is among the rows */
    enum job_state to;
    struct duty_file *files;
    size_t file_count;
};

/* Takes what is to be written of the job, which is noted no more, and the caller's reference.
 * False: somebody changes the job just now, or memory is short: it is noted again, for later. The
 * caller holds engine_lock. */
bool duty_begin_locked(struct duty *duty, struct job *job);
/* The rows are stored, or not: publishes, or puts back what must be tried again. False: the store
 * does not work. No lock held. */
bool duty_end(struct duty *duty, HRESULT result);

#endif
