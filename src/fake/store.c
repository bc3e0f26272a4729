/* There is no disk: rows get their ids and revisions, and are kept by nobody. */
#include "io/store.h"

#include "base/lock.h"
#include "fake/refusal.h"
#include "io/places.h"

static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects what follows */
static HRESULT refusal;
static ULONG refusals;
static INT64 last_id;

void refusal_set(HRESULT hr, ULONG times)
{
    lock_take(&lock);
    refusal = hr;
    refusals = times;
    lock_drop(&lock);
}

/* ---- the files ---- */

HRESULT places_queue_folder(WCHAR **folder)
{
    *folder = NULL;
    return S_OK;
}

HRESULT queue_lock_open(const WCHAR *folder, struct queue_lock **locks)
{
    (void)folder;
    *locks = NULL;
    return S_OK;
}

void queue_lock_close(struct queue_lock *locks)
{
    (void)locks;
}

HRESULT queue_lock_try(struct queue_lock *locks, UINT64 offset, bool shared)
{
    (void)locks;
    (void)offset;
    (void)shared;
    return S_OK;
}

void queue_lock_drop(struct queue_lock *locks, UINT64 offset)
{
    (void)locks;
    (void)offset;
}

bool queue_lock_is_held(struct queue_lock *locks, UINT64 offset)
{
    (void)locks;
    (void)offset;
    return false;
}

HRESULT store_open(const WCHAR *folder, struct queue_lock *locks, bool relaxed,
                   struct store **store)
{
    (void)folder;
    (void)locks;
    (void)relaxed;
    *store = NULL;
    return S_OK;
}

void store_close(struct store *store)
{
    (void)store;
}

/* ---- rows ---- */

static void number(struct store_job *job, enum store_verb verb)
{
    if (!job || verb == STORE_SHOW_JOB)
        return;
    if (verb == STORE_ADD_JOB)
        job->id = ++last_id;
    job->revision++;
}

HRESULT store_commit(struct store *store, struct store_request *request)
{
    HRESULT hr = S_OK;
    size_t i;

    (void)store;
    lock_take(&lock);
    if (refusals)
    {
        refusals--;
        hr = refusal;
    }
    for (i = 0; SUCCEEDED(hr) && i < request->count; i++)
        number(request->changes[i].job, request->changes[i].verb);
    lock_drop(&lock);
    request->result = hr;
    return hr;
}

HRESULT store_read(struct store *store, INT64 *sequence, const struct store_visitor *visitor,
                   void *context)
{
    (void)store;
    (void)sequence;
    (void)visitor;
    (void)context;
    return S_OK;
}

bool store_is_alone(struct store *store)
{
    (void)store;
    return true;
}

HRESULT store_read_revision(struct store *store, INT64 id, INT64 *revision)
{
    (void)store;
    (void)id;
    (void)revision;
    return E_NOTIMPL;
}

HRESULT store_read_job(struct store *store, INT64 id, const struct store_visitor *visitor,
                       void *context)
{
    (void)store;
    (void)id;
    (void)visitor;
    (void)context;
    return S_FALSE;
}
