/*
 * The keeper: this process's side of the queue that is shared with others. One thread, from
 * queue_open to queue_close, so that neither the engine thread nor a getter ever waits for the
 * store. It
 *   - writes behind what is only for other eyes or for the next start (passing states, how far
 *     files are), several rows in one transaction (core/duty);
 *   - stores how files and jobs ended, and publishes that only then (core/duty);
 *   - takes, and gives back, the lock bytes of jobs (core/claim);
 *   - takes over what other processes changed (core/peers).
 */
#ifndef DOSVC_CORE_KEEPER_H
#define DOSVC_CORE_KEEPER_H

#include "core/job.h"

struct runner_op;

/* ---- its life: core/queue ---- */

/* The queue is open and loaded. Enters this process in the store. core/queue's lock, under which
 * both are called, keeps a keeper that closes the queue from ending before it was started. */
HRESULT keeper_start(void);
/* Before the store is closed: writes what is noted, gives the bytes back and waits for the thread.
 * On the keeper's own thread it does not wait: that thread leaves when it is back. */
void keeper_stop(void);

/* This process's row in the store, while the queue is open. */
INT64 keeper_process(void);

/* ---- any thread, any lock may be held but a leaf ---- */

/* Something of what it waits for has come: a claim of a job was dropped, say. */
void keeper_wake(void);
/* A reason to keep the queue open ended: it closes the queue if that was the last. */
void keeper_poke(void);

/* What was fetched of the file is of no use, and other bytes are about to take its place: waits
 * until the store says so, or a crash after the first of them would leave a row that claims them.
 * The file has a transfer. A disk thread, no lock held. */
HRESULT keeper_forget(struct file *file);

/* ---- the caller holds engine_lock ---- */

/* The job runs, and is in a passing state now: what other processes are to see soon. */
void keeper_show_locked(struct job *job, enum job_state state);
/* Something about it may call for the keeper: it came to rest, say. It is looked at at once. */
void keeper_note_job_locked(struct job *job);
/* What the store should know of the file changed (file->dirty): it is written at once. */
void keeper_note_file_locked(struct file *file);

/* The file's part file is about to be renamed into place: once the store says so (or has failed),
 * op is told on the engine thread, with the result. */
void keeper_place_locked(struct file *file, struct runner_op *op);
/* Every byte of the file is in the part file, flushed, or in place. It is FILE_STORING until the
 * store says so; then FILE_DONE, and with the last one the job is JOB_TRANSFERRED. */
void keeper_end_file_locked(struct file *file);
/* The job, which runs, is over with an error: it is `failing` until the store says so, then
 * JOB_ERROR; an order of a client that comes first wins. The causes are job->last_cause. */
void keeper_fail_job_locked(struct job *job, const struct failure_info *failure, struct file *file,
                            const char *detail);

#endif
