/*
 * Who needs the local server: processes that got their objects from it, and jobs that run.
 *
 * Each such process shares the byte QUEUE_LOCK_CLIENTS of the queue's lock file while it has the
 * queue open; the server leaves when it gets that byte for itself. Any thread, no lock held; the
 * queue is held open by the caller.
 */
#ifndef DOSVC_CORE_SERVED_H
#define DOSVC_CORE_SERVED_H

#include "base/platform.h"

/* This process was handed one of our objects by the server: from now on it takes part whenever it
 * has the queue open. The queue need not be open. */
void served_begin(void);
/* Takes part, if it is such a process, until the queue is closed. */
void served_take_part(void);

/* No such process lives, and no job in the queue runs or waits to run, here or elsewhere. True
 * keeps later ones from taking part until the caller's queue is closed. */
bool served_is_over(void);

#endif
