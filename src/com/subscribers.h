/*
 * The C functions that want to hear of events, in the order they subscribed.
 *
 * Threads: any, no lock held. A function may do everything, unsubscribe itself included.
 */
#ifndef DOSVC_COM_SUBSCRIBERS_H
#define DOSVC_COM_SUBSCRIBERS_H

#include "base/lock.h"
#include "dosvc.h"

struct subscription;
struct subscriber_call;

struct subscribers
{
    struct lock lock; /* protects what follows */
    struct subscription *first;
    struct subscriber_call *calls; /* in progress */
    ULONG last_cookie;
    bool closed;
};

void subscribers_init(struct subscribers *subscribers);

/* E_ABORT once closed. */
HRESULT subscribers_add(struct subscribers *subscribers, ULONG kinds, DOSVC_EVENT_FUNCTION function,
                        void *context, ULONG *cookie);
/* No call is begun any more, and none is in progress: it waits for those, unless this thread is
 * inside a function itself. E_INVALIDARG: no such cookie. */
HRESULT subscribers_remove(struct subscribers *subscribers, ULONG cookie);
/* The same for all, for good. */
void subscribers_close(struct subscribers *subscribers);

/* Calls those that subscribed the event's kind. The first failure, or S_OK. */
HRESULT subscribers_tell(struct subscribers *subscribers, const DOSVC_EVENT *event);

#endif
