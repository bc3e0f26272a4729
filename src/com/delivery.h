/*
 * Delivery threads: on which thread, and when, clients are called.
 *
 * A lane is one job's deliveries: its run function is never active twice, so they are serial.
 * Lanes run on a pool of threads in the MTA. A thread that takes a lane sees to it first that
 * another one is left waiting, so a blocked client holds up only its own lane. A lane can be moved
 * to a thread of its own, a home, which holds what is of use on one thread only.
 *
 * Threads: every function may be called from any thread and none waits for a run. lane_wake touches
 * memory only and may be called under engine.lock; the others with no lock held.
 */
#ifndef DOSVC_COM_DELIVERY_H
#define DOSVC_COM_DELIVERY_H

#include "base/clock.h"
#include "base/platform.h"

struct lane;
struct home;

struct lane_class
{
    /* Does what there is to do, with no lock held, at this home (NULL: in the pool). Returns the
     * moment (clock_now) at which to run again if nobody wakes the lane before, CLOCK_NEVER for
     * none. */
    UINT64 (*run)(void *context, struct home *where);
    /* The last call: the lane was freed and no run is active. Any thread, no lock held. */
    void (*free)(void *context);
};

/* A lane that is shut and in the pool. On failure context is still the caller's. */
HRESULT lane_create(const struct lane_class *lane_class, void *context, struct lane **lane);
/* No run begins any more; lane_class.free is called at the end of the last one, or now. */
void lane_free(struct lane *lane);

/* Only an open lane runs. Opening starts the pool's first thread and fails if that fails; calls
 * nest. The pool's threads end when no lane is open. */
HRESULT lane_open(struct lane *lane);
void lane_shut(struct lane *lane);

/* Has the lane run soon: once more, however often it is called before the run begins. */
void lane_wake(struct lane *lane);

/* From the next run on, the lane runs on that home's thread; NULL is the pool. */
void lane_move(struct lane *lane, struct home *home);

/* Whether the pool's threads may call what lives in the caller's apartment: such an object needs no
 * home. */
bool delivery_reaches(void);

struct home_class
{
    /* The thread's first call. It is in the MTA. */
    void (*begin)(void *context);
    /* The thread's last call, after home_stop; context is not used after that. */
    void (*end)(void *context);
};

#define HOME_WATCHES 2

/*
 * Starts a thread of its own. Of the handles in `watched`, NULL ones are none; the others live
 * until home_class.end. On failure context is still the caller's.
 *
 * When one of them is signalled, the home is gone: a run that is active there counts no more and
 * may never return, and the lane that is at home there is moved to the pool and woken.
 */
HRESULT home_start(const struct home_class *home_class, void *context,
                   const HANDLE watched[HOME_WATCHES], struct home **home);
/* The thread ends once its run is over. The lane that was there must have been moved away. */
void home_stop(struct home *home);
/* Before home_stop only. */
bool home_is_gone(struct home *home);

/* Set by the home's own thread around calls through a proxy: what that thread marshals then is
 * meant for a callback of this process. */
void home_set_calling(struct home *home, bool calling);
/* Whether this thread is in such a call. */
bool delivery_is_calling(void);

#endif
