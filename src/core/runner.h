/*
 * The engine thread: drives the network, hands results of the disk back, and looks at the jobs
 * whenever something changed or a time has come.
 *
 * It is started by the first job that wants to run and leaves by itself when nothing runs. There
 * is at most one that takes work; one that is leaving may still be tidying up beside it.
 */
#ifndef DOSVC_CORE_RUNNER_H
#define DOSVC_CORE_RUNNER_H

#include "base/queue.h"
#include "io/disk.h"

struct http;
struct pool;
struct routes;
struct transfer;

/* ---- for client operations: any thread ---- */

/* Makes sure an engine thread is there and stays until runner_drop. Taken before a job is made to
 * run, so that a thread that cannot be started fails the call with nothing changed. No lock. */
HRESULT runner_hold(void);
void runner_drop(void); /* wakes nobody: runner_wake, if there is something to look at */
/* A client gave an order: look at the jobs now or, where many such orders come, a few milliseconds
 * later. Engine_lock may be held. */
void runner_note(void);
/* Something changed: look at the jobs again. Engine_lock may be held. */
void runner_wake(void);
/* Whether an engine thread is there, be it that it is only tidying up. */
bool runner_is_there(void);
/* The last client went: no reason to linger. */
void runner_hurry(void);

/* ---- for transfers and the schedule: the engine thread ---- */

#define RUNNER_FLUSHERS 6

struct runner
{
    struct http *http;
    struct disk *disk;
    struct disk *flushers[RUNNER_FLUSHERS]; /* beside it, so that a flush holds up no write; the
                                               first is there, the others once they are needed */
    unsigned int flushing;                  /* operations that flushers have not done */
    unsigned int next_flusher;
    struct pool *pool;
    struct routes *routes;
    struct transfer *transfers; /* all that are not closed, in no order */
    size_t transfer_count;
    struct queue inbox; /* runner_ops that the disk has done */
};

/* A disk operation whose end is told on the engine thread. Borrowed until finish runs; finish may
 * free it. */
struct runner_op
{
    struct disk_op disk;
    struct queue_node node; /* the inbox's */
    struct runner *runner;
    void (*finish)(struct runner_op *op);
};
/* disk: the runner's own or another one that ends before the runner. */
void runner_submit(struct runner *runner, struct disk *disk, struct runner_op *op);
/* Whose turn it is to flush. The caller counts `flushing`. */
struct disk *runner_flusher(struct runner *runner);
/* Something other than a disk has done op, whose runner is set: finish is called on the engine
 * thread. Any thread, no lock but a leaf may be taken. */
void runner_answer(struct runner_op *op, HRESULT result);

#endif
