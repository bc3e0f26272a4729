/*
 * The user's queue: the store that is its authority, and this process's mirror of it, the job
 * table.
 *
 * It is opened by the first manager and loaded whole. It is closed again once nobody needs it: no
 * COM object lives, nobody holds it, no job runs here. Then the table is empty and nothing of ours
 * is left, no block, thread or handle.
 */
#ifndef DOSVC_CORE_QUEUE_H
#define DOSVC_CORE_QUEUE_H

#include "core/job.h"
#include "io/store.h"

/* Any thread, no lock held; waits for the disk. Holds it open until queue_drop. On failure (no
 * folder, a damaged disk, a newer schema) nothing is open. */
HRESULT queue_hold(void);
void queue_drop(void);
bool queue_is_open(void);

/* The store, lock file and row of this process; fixed while the queue is open. */
struct store *queue_store(void);
struct queue_lock *queue_locks(void);
INT64 queue_process(void);

/* Closes it unless somebody needs it. To be called when a reason to stay open ended: on a thread
 * that needs none of it, with no lock held. True: it is not open. */
bool queue_close_if_idle(void);

/* Reads the job's row anew, after STORE_E_CONFLICT. The caller has claimed the job; no lock. */
HRESULT queue_refresh_job(struct job *job);

/* Cancels the jobs that nobody touched for too long. Waits. At open and once an hour. */
void queue_retire_old_jobs(void);

#endif
