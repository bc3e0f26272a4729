/*
 * The jobs that the keeper is to look at, in the order in which they were noted, and of each the
 * files of which something is to be written. Those of which only a passing state is to be written
 * wait apart: many become one transaction. What wakes the keeper is core/keeper's.
 */
#ifndef DOSVC_CORE_NOTES_H
#define DOSVC_CORE_NOTES_H

#include "core/job.h"

/* The caller holds engine_lock. */
void notes_keep_job_locked(struct job *job);
void notes_keep_file_locked(struct file *file); /* and its job */
void notes_keep_show_locked(struct job *job);   /* for later: its state */
/* What was to be looked at later is to be looked at now. */
void notes_hasten_locked(void);
/* The oldest of those to be looked at now, with the list's reference; NULL: there is none. */
struct job *notes_take_locked(void);

/* Any thread, no lock. */
size_t notes_count(void); /* to be looked at now */
bool notes_wait(void);    /* there is one for later */

#endif
