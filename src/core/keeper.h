/*
 * The keeper: this process's side of the queue that is shared with others. One thread, from
 * queue_open to queue_close, so that neither the engine thread nor a getter ever waits for the
 * store. It
 *   - writes behind what is only for other eyes or for the next start (passing states, how far
 *     files are), several rows in one transaction (core/duty);
 *   - stores how files and jobs ended, and publishes that only then (core/duty);
 *   - takes, and gives back, the lock bytes of jobs (core/claim);
 *   - takes over what other processes changed (core/import).
 */
#ifndef DOSVC_CORE_KEEPER_H
#define DOSVC_CORE_KEEPER_H

#include "core/job.h"

struct runner_op;

/* ---- its life: core/queue ---- */

/* The queue is open and loaded. Enters this process in the store. */
HRESULT keeper_start(void);
/* Before the store is closed: writes what is noted, gives the bytes back and waits for the thread.
 * On the keeper's own thread it does not wait: that thread leaves when it is back. */
void keeper_stop(void);

/* ---- any thread, any lock may be held but a leaf ---- */

/* Something of what it waits for has come: a claim of a job was dropped, say. */
void keeper_wake(void);
/* A reason to keep the queue open ended: it closes the queue if that was the last. */
void keeper_poke(void);

/* ---- the caller holds engine_lock ---- */

/* The job's passing state changed (job->dirty), or it came to rest: it is looked at soon. */
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
