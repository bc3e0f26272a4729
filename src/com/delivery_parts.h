/*
 * The insides of delivery, shared by its files: lane.c knows which lanes are to run and when,
 * delivery.c is the pool of threads that runs them, home.c are the threads of their own.
 */
#ifndef DOSVC_COM_DELIVERY_PARTS_H
#define DOSVC_COM_DELIVERY_PARTS_H

#include "base/lock.h"
#include "com/delivery.h"

struct lane
{
    const struct lane_class *class; /* both never change */
    void *context;

    /* under delivery_lock */
    unsigned int opened;
    unsigned int active; /* runs on some stack, those of homes that are gone included */
    bool freed;
    bool ready;         /* to run once more */
    bool queued;        /* in ready_first ... ready_last */
    struct lane *next;  /* of the queue */
    UINT64 due;         /* or CLOCK_NEVER: not in `timed` */
    struct lane *later; /* of `timed` */
    struct home *home;  /* where it runs; NULL: the pool */
    const void *runner; /* the thread's own mark while a run counts, else NULL */
};

struct home
{
    const struct home_class *class; /* these never change */
    void *context;
    HANDLE waits[1 + HOME_WATCHES]; /* `wake`, then what is watched */
    DWORD wait_count;
    HANDLE wake; /* auto-reset: something below has changed */

    /* under delivery_lock */
    struct home *next;    /* of `homes` */
    struct lane *lane;    /* that is at home here, or NULL */
    struct lane *running; /* the run that is active here and counts, or NULL */
    DWORD calling;        /* the id of this thread while it calls a proxy, else 0 */
    bool gone;
    bool stopped;
};

extern struct lock delivery_lock; /* protects all lanes, homes and lists of them */

/* ---- lane.c; the caller holds delivery_lock ---- */

/* Hands the lane to whoever is to run it, if it is to run and can. */
void lane_schedule_locked(struct lane *lane);
/* An open lane of the pool that is to run, which is the caller's to run now, or NULL. */
struct lane *lane_next_locked(void);
bool lane_any_is_ready_locked(void);
bool lane_any_is_open_locked(void);
/* The moment of the next timed lane; what is due is made ready. */
UINT64 lane_pass_time_locked(void);
void lane_begin_run_locked(struct lane *lane, const void *runner);
/* Runs a lane that lane_begin_run_locked was called for. No lock held. */
void lane_run(struct lane *lane, const void *runner, struct home *where);

/* ---- delivery.c ---- */

/* A lane is ready, or due earlier, or a home has to be watched. Lock held or not. */
void delivery_wake_one(void);
/* No lane is open: all that wait leave. Lock held or not. */
void delivery_wake_all(void);
/* Sees to it that some thread is there to take a lane. No lock held. */
HRESULT delivery_ensure_thread(void);

/* ---- home.c; the caller holds delivery_lock ---- */

/* Looks after calls whose thread may have ended under them; true if there are any calls. */
bool home_watch_all_locked(void);

#endif
