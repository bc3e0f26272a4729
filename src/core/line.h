/*
 * The line: which jobs are to be looked at, which files wait for a slot, and who has one. The
 * engine thread works it off; whoever changes a job notes it here. What it costs does not depend on
 * how many jobs and files wait.
 *
 * The caller holds engine_lock, always.
 */
#ifndef DOSVC_CORE_LINE_H
#define DOSVC_CORE_LINE_H

#include "base/platform.h"
#include "model/heap.h"
#include "model/pick.h"

struct file;
struct job;
struct line_host;
struct line_lane;

struct line_job /* part of a job; zeros: not in line */
{
    bool noted;        /* in the list of jobs to be looked at */
    struct ring notes; /* that list */
    struct heap_node due;
    struct line_lane *lanes;
    struct heap retries;  /* its files in FILE_BACKOFF */
    unsigned int running; /* its files that have a slot */
    bool filled;          /* its files below job->cursor are where their phase says */
};

struct line_file /* part of a file; zeros: neither waits nor has a slot */
{
    struct pick_item item;
    struct heap_node retry;
    struct line_host *host; /* of the slot that it has, or NULL */
    unsigned int class;     /* of that slot */
    bool gave_up;           /* its slot, to others: it goes to the end of the line */
};

/* ---- any thread ---- */

/* Something about the job changed: the engine thread looks at it again. Nothing happens to a job
 * that does not run. */
void line_note_locked(struct job *job);
/* The job runs no more, or not here; or it begins anew. */
void line_leave_locked(struct job *job);

/* ---- the engine thread ---- */

void line_set_limits_locked(unsigned int in_all, unsigned int per_host);

/* A job that was noted or whose time has come; NULL: none is left. Each is followed by
 * line_leave_locked or line_look_at_locked. */
struct job *line_take_due_locked(UINT64 now);
/* When it is to be looked at even if nothing changes; CLOCK_NEVER is fine. */
void line_look_at_locked(struct job *job, UINT64 at);
/* clock_now() of the next look that is needed. */
UINT64 line_next_look_locked(UINT64 now);

/* Puts more of the job's files where they belong, a few hundred at a time; true when all are. */
bool line_fill_locked(struct job *job, UINT64 now);
/* Its files whose pause is over wait for a slot. Returns when the next pause ends. */
UINT64 line_end_pauses_locked(struct job *job, UINT64 now);

/* Whose turn it is: it has a slot from now on. NULL: nobody's. */
struct file *line_next_locked(UINT64 now);
/* The file has no transfer any more. */
void line_free_slot_locked(struct file *file);
/* The same; and it goes where its phase says. */
void line_put_locked(struct file *file);

/* For pick_victim and pick_lend. */
struct pick *line_pick_locked(void);
struct pick_host *line_host_of_locked(const struct file *file);

#endif
