/*
 * The jobs that the keeper is to look at, in the order in which they were noted, and of each the
 * files of which something is to be written. What wakes the keeper is core/keeper's.
 */
#ifndef DOSVC_CORE_NOTES_H
#define DOSVC_CORE_NOTES_H

#include "core/job.h"

/* The caller holds engine_lock. */
void notes_keep_job_locked(struct job *job);
void notes_keep_file_locked(struct file *file); /* and its job */
/* The oldest, with the list's reference; NULL: there is none. */
struct job *notes_take_locked(void);

size_t notes_count(void); /* any thread, no lock */

#endif
