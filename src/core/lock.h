/*
 * The engine's locks, in the order in which they are taken (design: Threads and locks).
 */
#ifndef DOSVC_CORE_LOCK_H
#define DOSVC_CORE_LOCK_H

#include "base/lock.h"

/* Protects every field of struct job and struct file, and the job table. Memory only. */
extern struct lock engine_lock;
/* Woken, with engine_lock, when a transfer has closed, a change was made, or a job stops being
 * busy. */
extern CONDITION_VARIABLE engine_changed;

#endif
