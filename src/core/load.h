/*
 * The jobs of the queue, as they are found when it is opened.
 */
#ifndef DOSVC_CORE_LOAD_H
#define DOSVC_CORE_LOAD_H

#include "core/recall.h"

/* Puts every job into the table, in the state that is true: what was under way when its process
 * ended waits for its turn; a rename that was caught half way is found out about. *leftovers: jobs
 * that ended although something of them may still be there, linked by `next`; the references are
 * the caller's. On failure some jobs may be in the table. The store and the lock file are open, and
 * nobody else sees the table yet. */
HRESULT load_jobs(struct job **leftovers);

/* As load_jobs for one job that was just recalled and is in no table: S_FALSE, where it is none
 * that can be used. For jobs of other processes, too. No lock held; may look at the disk. */
HRESULT load_settle(struct job *job);

/* Stores as transferred those of which a rename was the last thing. The queue is open. */
void load_finish_jobs(void);

/* Looks whether a rename that a row tells of has happened; on the disk, so no lock is held. Nobody
 * else changes the file. It stays `renaming` while that cannot be said. */
void load_settle_rename(struct file *file);

#endif
