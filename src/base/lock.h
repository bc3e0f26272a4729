/*
 * Locks: slim reader/writer locks with a rank. Locks are taken in the order of their ranks, and at
 * most one of each rank; a debug build asserts both, and can tell whether a thread holds any at
 * all, which is what must be asserted before a client's code is called. Not recursive. In a
 * release build nothing but the SRWLOCK is left.
 *
 * Zero-cost to create: `struct lock lock = LOCK_INIT(LOCK_LEAF)`, or lock_init. Nothing to free.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/platform.h"

enum lock_rank
{
    LOCK_ENGINE, /* every field of jobs and files, and the job table; memory only */
    LOCK_LEAF    /* a queue's or a pool's own; memory only, nothing else is taken under it */
};

struct lock
{
    SRWLOCK srw;
    enum lock_rank rank;
};

#define LOCK_INIT(its_rank)                                                                        \
    {                                                                                              \
        .srw = SRWLOCK_INIT, .rank = (its_rank)                                                    \
    }

void lock_init(struct lock *lock, enum lock_rank rank);

/* Exclusive. */
void lock_take(struct lock *lock);
void lock_drop(struct lock *lock);

/* Shared with other readers. */
void lock_take_shared(struct lock *lock);
void lock_drop_shared(struct lock *lock);

/* Drops the exclusively held lock, waits until the condition is woken or `ms` real milliseconds
 * have passed, takes the lock again. False on time-out. Wakes without cause happen: test again. */
bool lock_wait(struct lock *lock, CONDITION_VARIABLE *condition, DWORD ms);

/* True if this thread holds no lock of this file. Always true in a release build, so only for
 * asserts: assert(lock_none_held()) wherever a callback, COM call or client's Release is made. */
bool lock_none_held(void);

#endif
