/*
 * The engine's locks, in the order in which they are taken (design: Threads and locks).
 */
#ifndef DOSVC_CORE_LOCK_H
#define DOSVC_CORE_LOCK_H

#include "base/lock.h"

/* Serialises changes that clients make: check, store, publish happen as one step under it. */
extern struct lock store_lock;
/* Protects every field of struct job and struct file, and the job table. Memory only. */
extern struct lock engine_lock;
/* Woken, with engine_lock, when a transfer has closed or a job stops being busy. */
extern CONDITION_VARIABLE engine_changed;

#endif
