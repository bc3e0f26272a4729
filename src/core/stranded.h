/*
 * Jobs whose bytes go to a stream of a process that has died: nobody else has that stream, so what
 * was fetched is lost. A download is Created again, a job goes on as far as it can; one that is
 * transferred stays as it is, since its client got all of it.
 */
#ifndef DOSVC_CORE_STRANDED_H
#define DOSVC_CORE_STRANDED_H

#include "core/job.h"

/* A job that was just recalled and is in no table; its process has died. */
void stranded_settle(struct job *job);

/* No lock held; may look at the lock file. */
bool stranded_any(void);
/* Stores it, and publishes that. Waits for the store. */
void stranded_settle_all(void);

#endif
