/*
 * What the thread of an STA waits for when a callback of its own is let go of, whichever thread
 * does that. It may uninitialize next, and a call that is then on its way to it, the callback's
 * last Release too, never returns under Wine 8.
 *
 * Threads: that of the STA, no lock held.
 */
#ifndef DOSVC_COM_PARTING_H
#define DOSVC_COM_PARTING_H

#include "base/platform.h"

struct parting /* zeroed: there is nothing to wait for */
{
    HANDLE over; /* nothing of the client's object is held any more */
    HANDLE idle; /* no call into it is under way */
};

/* Duplicates of the two; nothing to wait for if that fails. */
void parting_init(struct parting *parting, HANDLE over, HANDLE idle);
/* Waits, pumping, until it is over: a few seconds at most, and hardly at all while a call is under
 * way that does not return, which may be the very one that this thread is in. */
void parting_wait(const struct parting *parting);
void parting_cleanup(struct parting *parting);

#endif
