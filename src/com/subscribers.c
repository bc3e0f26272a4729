#include "com/subscribers.h"

#include "base/handle.h"
#include "base/mem.h"
#include "com/apartment.h"

struct subscription
{
    struct subscription *next;
    ULONG cookie; /* grows from the first to the last */
    ULONG kinds;
    DOSVC_EVENT_FUNCTION function;
    void *context;
    HANDLE over;             /* manual-reset: removed, and no call is in progress */
    unsigned int references; /* of the list, of calls and of who waits for `over` */
    unsigned int calls;
    bool removed;
};

struct subscriber_call /* on the stack of who makes it */
{
    struct subscriber_call *next;
    DWORD thread;
};

void subscribers_init(struct subscribers *subscribers)
{
    memset(subscribers, 0, sizeof(*subscribers));
    lock_init(&subscribers->lock, LOCK_LEAF);
}

static void subscription_free(struct subscription *subscription)
{
    handle_close(subscription->over);
    mem_free(subscription);
}

/* True if the caller is to free it, with no lock held. */
static bool unref_locked(struct subscription *subscription)
{
    return !--subscription->references;
}

HRESULT subscribers_add(struct subscribers *subscribers, ULONG kinds, DOSVC_EVENT_FUNCTION function,
                        void *context, ULONG *cookie)
{
    struct subscription *added, **link;
    HRESULT hr = S_OK;

    if (!(added = mem_zalloc(sizeof(*added))))
        return E_OUTOFMEMORY;
    if (!(added->over = handle_event(true, false)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        mem_free(added);
        return hr;
    }
    added->kinds = kinds;
    added->function = function;
    added->context = context;
    added->references = 1;
    lock_take(&subscribers->lock);
    if (subscribers->closed)
        hr = E_ABORT;
    else
    {
        *cookie = added->cookie = ++subscribers->last_cookie;
        for (link = &subscribers->first; *link; link = &(*link)->next)
            ;
        *link = added;
    }
    lock_drop(&subscribers->lock);
    if (FAILED(hr))
        subscription_free(added);
    return hr;
}

static bool is_inside_locked(const struct subscribers *subscribers)
{
    const struct subscriber_call *call;
    DWORD self = GetCurrentThreadId();

    for (call = subscribers->calls; call; call = call->next)
        if (call->thread == self)
            return true;
    return false;
}

/* Takes the subscription at *link out of the list; its reference goes to the caller. */
static struct subscription *unlink_locked(struct subscription **link)
{
    struct subscription *subscription = *link;

    *link = subscription->next;
    subscription->removed = true;
    if (!subscription->calls)
        SetEvent(subscription->over);
    return subscription;
}

static void wait_and_release(struct subscribers *subscribers, struct subscription *subscription)
{
    bool inside, last;

    lock_take(&subscribers->lock);
    inside = is_inside_locked(subscribers);
    lock_drop(&subscribers->lock);
    while (!inside && !apartment_wait(subscription->over, INFINITE))
        ;
    lock_take(&subscribers->lock);
    last = unref_locked(subscription);
    lock_drop(&subscribers->lock);
    if (last)
        subscription_free(subscription);
}

HRESULT subscribers_remove(struct subscribers *subscribers, ULONG cookie)
{
    struct subscription **link, *removed = NULL;

    lock_take(&subscribers->lock);
    for (link = &subscribers->first; *link && (*link)->cookie != cookie; link = &(*link)->next)
        ;
    if (*link)
        removed = unlink_locked(link);
    lock_drop(&subscribers->lock);
    if (!removed)
        return E_INVALIDARG;
    wait_and_release(subscribers, removed);
    return S_OK;
}

void subscribers_close(struct subscribers *subscribers)
{
    struct subscription *removed;

    do
    {
        lock_take(&subscribers->lock);
        subscribers->closed = true;
        removed = subscribers->first ? unlink_locked(&subscribers->first) : NULL;
        lock_drop(&subscribers->lock);
        if (removed)
            wait_and_release(subscribers, removed);
    } while (removed);
}

/* The next one after that cookie, with a call begun. */
static struct subscription *begin_call(struct subscribers *subscribers,
                                       struct subscriber_call *call, ULONG after, ULONG kind)
{
    struct subscription *next;

    lock_take(&subscribers->lock);
    for (next = subscribers->first; next; next = next->next)
        if (next->cookie > after && (next->kinds & kind))
            break;
    if (next)
    {
        next->references++;
        next->calls++;
        call->thread = GetCurrentThreadId();
        call->next = subscribers->calls;
        subscribers->calls = call;
    }
    lock_drop(&subscribers->lock);
    return next;
}

static void end_call(struct subscribers *subscribers, struct subscriber_call *call,
                     struct subscription *subscription)
{
    struct subscriber_call **link;
    bool last;

    lock_take(&subscribers->lock);
    for (link = &subscribers->calls; *link != call; link = &(*link)->next)
        ;
    *link = call->next;
    if (!--subscription->calls && subscription->removed)
        SetEvent(subscription->over);
    last = unref_locked(subscription);
    lock_drop(&subscribers->lock);
    if (last)
        subscription_free(subscription);
}

HRESULT subscribers_tell(struct subscribers *subscribers, const DOSVC_EVENT *event)
{
    struct subscription *subscription;
    struct subscriber_call call;
    HRESULT hr, first = S_OK;
    ULONG after = 0;

    while ((subscription = begin_call(subscribers, &call, after, event->Kind)))
    {
        after = subscription->cookie;
        assert(lock_none_held());
        hr = subscription->function(subscription->context, event);
        end_call(subscribers, &call, subscription);
        if (FAILED(hr) && SUCCEEDED(first))
            first = hr;
    }
    return first;
}
