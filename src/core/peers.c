#include "core/peers.h"

#include "base/log.h"
#include "core/import.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/queue.h"

/* Real milliseconds. */
#define POLL_MS 500      /* others' commits are seen after this long, without any event */
#define AGAIN_MS 500     /* after the store failed */
#define REST_MS 20       /* at least, between readings of what others did */
#define REST_FACTOR 4    /* ... and so many times what the last one took */
#define CATCH_UP_MS 1000 /* that a client waits */

/* The keeper's thread's. */
static struct
{
    UINT64 poll_at;
    UINT64 import_at; /* not before: the last one took its time */
    bool news;        /* somebody has committed, or a job could not be taken over yet */
} peers;

/* Protected by engine_lock: clients that asked, and how many of them were answered. */
static UINT64 asked, answered;

void peers_catch_up(void)
{
    UINT64 start = GetTickCount64(), passed, ticket;

    lock_take(&engine_lock);
    ticket = ++asked;
    keeper_wake();
    while (answered < ticket && (passed = GetTickCount64() - start) < CATCH_UP_MS)
        lock_wait(&engine_lock, &engine_changed, (DWORD)(CATCH_UP_MS - passed));
    lock_drop(&engine_lock);
}

static UINT64 who_waits(void)
{
    UINT64 ticket;

    lock_take_shared(&engine_lock);
    ticket = asked > answered ? asked : 0;
    lock_drop_shared(&engine_lock);
    return ticket;
}

static void answer(UINT64 ticket)
{
    lock_take(&engine_lock);
    answered = ticket;
    lock_drop(&engine_lock);
    WakeAllConditionVariable(&engine_changed);
}

void peers_rang(void)
{
    peers.news = true;
}

static bool look(bool at_once)
{
    UINT64 now = GetTickCount64();
    bool changed = false, all = true;
    HRESULT hr;

    if (at_once || now >= peers.poll_at)
    {
        peers.poll_at = now + POLL_MS;
        if (FAILED(store_was_changed(queue_store(), &changed)) || changed)
            peers.news = true;
    }
    if (!peers.news)
        return true;
    if (!at_once && now < peers.import_at)
        return false;
    if (FAILED(hr = import_changes(queue_sequence(), &all)))
        WARN("other processes' changes cannot be read: 0x%08x", (unsigned int)hr);
    peers.news = FAILED(hr) || !all;
    peers.import_at = GetTickCount64();
    peers.import_at += FAILED(hr) ? AGAIN_MS : MAX(REST_MS, REST_FACTOR * (peers.import_at - now));
    return SUCCEEDED(hr);
}

bool peers_look(bool at_once)
{
    UINT64 ticket = who_waits();
    bool all = look(at_once || ticket);

    if (ticket)
        answer(ticket);
    return all;
}

UINT64 peers_next(void)
{
    return peers.news ? MIN(peers.poll_at, peers.import_at) : peers.poll_at;
}

void peers_forget(void)
{
    memset(&peers, 0, sizeof(peers));
}
