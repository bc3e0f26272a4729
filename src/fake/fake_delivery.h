/*
 * The fake's delivery, in place of com/delivery: lanes run where a test wants them to, one after
 * another and in a known order: by when they were woken, then by when they are due.
 *
 * There are no homes: on the telling thread a client's object is called as the pointer it is.
 *
 * Threads: any, no lock held.
 */
#ifndef DOSVC_FAKE_FAKE_DELIVERY_H
#define DOSVC_FAKE_FAKE_DELIVERY_H

#include "base/platform.h"

/* Runs, on this thread, what is woken or due, until nothing is. A lane that runs further up on this
 * stack, or on another thread, is served there. Nothing if there is a thread for it. */
void fake_delivery_run(void);
/* When the next lane is due; CLOCK_NEVER if none is. */
UINT64 fake_delivery_next(void);
/* The clock was moved: the thread, if there is one, is to look. */
void fake_delivery_look(void);

/* A thread in the MTA that runs lanes from now on; stopping waits for its end. Only while no lane
 * is open: E_NOT_VALID_STATE. RPC_E_WRONG_THREAD: on that thread itself. */
HRESULT fake_delivery_start_thread(void);
HRESULT fake_delivery_stop_thread(void);
bool fake_delivery_has_thread(void);
bool fake_delivery_is_this_thread(void);

/* Waits until the thread has nothing to run; false after `ms`. */
bool fake_delivery_wait(DWORD ms);

#endif
