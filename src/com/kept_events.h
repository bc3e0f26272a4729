/*
 * Events that DosvcCallback keeps for a thread that waits, oldest first.
 *
 * Threads: any, no lock held. Pointers in an event are kept for whatever apartment the waiting
 * thread is in.
 */
#ifndef DOSVC_COM_KEPT_EVENTS_H
#define DOSVC_COM_KEPT_EVENTS_H

#include "base/lock.h"
#include "dosvc.h"

struct kept_event;

struct kept_events
{
    HANDLE there; /* manual-reset: set while there is an event, and for good once closed */

    struct lock lock; /* protects what follows */
    ULONG kinds;      /* DOSVC_EVENT_*: what is kept */
    struct kept_event *first;
    struct kept_event **tail;
    bool closed;
};

HRESULT kept_events_init(struct kept_events *events);
void kept_events_cleanup(struct kept_events *events);

/* From now on; 0 drops what is kept. */
void kept_events_select(struct kept_events *events, ULONG kinds);
/* Keeps a copy if its kind is selected. A MODIFICATION or STATUS takes the place of the one of the
 * same job or download that is still kept. */
HRESULT kept_events_push(struct kept_events *events, const DOSVC_EVENT *event);
/* HRESULT_FROM_WIN32(WAIT_TIMEOUT); E_ABORT once closed. */
HRESULT kept_events_pop(struct kept_events *events, DWORD milliseconds, DOSVC_EVENT *event);
/* Drops what is kept, and ends all waits. */
void kept_events_close(struct kept_events *events);

/* Releases what an event from kept_events_pop holds and zeroes it. */
void kept_event_clear(DOSVC_EVENT *event);

#endif
