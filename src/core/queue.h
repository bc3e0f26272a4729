/*
 * The user's queue: the store that is its authority, and this process's mirror of it, the job
 * table.
 *
 * It is opened by the first manager and loaded whole (core/load). It is closed again once nobody
 * needs it: no COM object lives, nobody holds it, nothing runs here. Then the table is empty and
 * nothing of ours is left, no block, thread or handle.
 */
#ifndef DOSVC_CORE_QUEUE_H
#define DOSVC_CORE_QUEUE_H

#include "core/job.h"
#include "io/store.h"

/* Any thread, no lock held; waits for the disk. Opens it unless it is open, and holds it open until
 * queue_drop. On failure (no folder, a disk that fails, a newer schema) nothing is open. */
HRESULT queue_hold(void);
void queue_drop(void);
bool queue_is_open(void);

/* Fixed while the queue is open. */
struct store *queue_store(void);
struct queue_lock *queue_locks(void);
/* Where the next reading of changes begins. The loader's, then the keeper's. */
INT64 *queue_sequence(void);

/* Closes it unless somebody needs it. On the keeper's thread only, no lock held. True: it is closed
 * now, and the thread must leave. */
bool queue_close_if_idle(void);

/* Stores a new job with its files, and puts it into the table. TOO_MANY_JOBS of the dialect. */
HRESULT queue_add_job(struct job *job);

#endif
