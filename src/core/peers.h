/*
 * What other processes commit is taken over (core/import) soon after: when the store's event is
 * set, when a look at the store twice a second finds something, and when a client asks for what
 * this process does not know yet.
 */
#ifndef DOSVC_CORE_PEERS_H
#define DOSVC_CORE_PEERS_H

#include "core/job.h"

/* Waits, for a second at the most, until what was committed before the call is taken over. Any
 * thread but the keeper's, no lock held; the queue is open. */
void peers_catch_up(void);

/* ---- the keeper's thread, no lock held ---- */

/* The event was set. */
void peers_rang(void);
/* Looks, when it is time, somebody waits for it, or at once. Whether all that had been committed
 * when it was called is taken over now, but for jobs that are just being changed here. */
bool peers_look(bool at_once);
/* When to be called again at the latest, in ticks of GetTickCount64. */
UINT64 peers_next(void);
/* The queue closes. */
void peers_forget(void);

#endif
