#include "io/memory_store.h"

#include "base/lock.h"
#include "fake/refusal.h"

static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects what follows */
static HRESULT refusal;
static ULONG refusals;

void refusal_set(HRESULT hr, ULONG times)
{
    lock_take(&lock);
    refusal = hr;
    refusals = times;
    lock_drop(&lock);
}

/* Keeps nothing: the jobs are in memory, and end with the process. */
HRESULT store_commit(const struct store_change *changes, size_t count)
{
    HRESULT hr = S_OK;

    (void)changes;
    (void)count;
    lock_take(&lock);
    if (refusals)
    {
        refusals--;
        hr = refusal;
    }
    lock_drop(&lock);
    return hr;
}
