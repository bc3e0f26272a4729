/* An IBackgroundCopyCallback that sets an event. */
#ifndef BENCH_WAITER_H
#define BENCH_WAITER_H

#include "base/platform.h"

#include "dosvc.h"

struct waiter;

HRESULT waiter_create(struct waiter **waiter);
IUnknown *waiter_unknown(struct waiter *waiter); /* not counted anew */
/* S_OK when the job is transferred, its error otherwise. Clears the job's notify interface. */
HRESULT waiter_wait(struct waiter *waiter, IBackgroundCopyJob *job, DWORD ms);
void waiter_release(struct waiter *waiter); /* a delivery under way may keep it a little longer */

#endif
