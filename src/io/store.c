#include "base/mem.h"
#include "io/store_file.h"
#include "io/store_parts.h"
#include "io/store_visit.h"

static const char *vfs_name; /* of tests */

/* ---- the connection ---- */

void store_take_connection(struct store *store)
{
    assert(lock_none_held());
    lock_take(&store->lock);
    while (store->in_use)
        lock_wait(&store->lock, &store->changed, INFINITE);
    store->in_use = true;
    lock_drop(&store->lock);
    store_let_go(store);
}

void store_give_connection(struct store *store)
{
    lock_take(&store->lock);
    store->in_use = false;
    lock_drop(&store->lock);
    WakeAllConditionVariable(&store->changed);
}

/* ---- reading ---- */

static HRESULT begin_reading(struct store *store)
{
    static const char sql[] = "BEGIN";

    return store_run(store, sql);
}

HRESULT store_read(struct store *store, INT64 *sequence, const struct store_visitor *visitor,
                   void *context)
{
    INT64 newest = 0;
    HRESULT hr;

    store_take_connection(store);
    if (SUCCEEDED(hr = begin_reading(store)))
    {
        hr = store_rows_sequence(&store->database, &newest);
        if (SUCCEEDED(hr) && (!*sequence || newest != *sequence))
            hr = store_visit_since(&store->database, *sequence, visitor, context);
        store_roll_back(store);
    }
    store_give_connection(store);
    if (SUCCEEDED(hr))
        *sequence = newest;
    return hr;
}

HRESULT store_read_job(struct store *store, INT64 id, const struct store_visitor *visitor,
                       void *context)
{
    HRESULT hr;

    store_take_connection(store);
    if (SUCCEEDED(hr = begin_reading(store)))
    {
        hr = store_visit_job(&store->database, id, visitor, context);
        store_roll_back(store);
    }
    store_give_connection(store);
    return hr;
}

HRESULT store_read_revision(struct store *store, INT64 id, INT64 *revision)
{
    HRESULT hr;

    store_take_connection(store);
    hr = store_rows_revision(&store->database, id, revision);
    store_give_connection(store);
    return hr;
}

HRESULT store_was_changed(struct store *store, bool *changed)
{
    INT64 version;
    HRESULT hr;

    store_take_connection(store);
    if (SUCCEEDED(hr = store_peers_version(&store->database, &version)))
    {
        *changed = version != store->seen;
        store->seen = version;
    }
    store_give_connection(store);
    return hr;
}

/* ---- processes ---- */

bool store_is_alone(struct store *store)
{
    bool alone;

    store_take_connection(store);
    alone = store_peers_are_dead(&store->peers, store->queue_lock, &store->database);
    store_give_connection(store);
    return alone;
}

HRESULT store_enter(struct store *store, INT64 *process, HANDLE *event)
{
    struct store_transaction transaction;
    HRESULT hr;

    store_take_connection(store);
    assert(!store->peers.process);
    if (SUCCEEDED(hr = store_begin(store, &transaction)))
    {
        hr = store_peers_enter(&store->peers, store->queue_lock, &transaction);
        if (SUCCEEDED(hr))
            hr = store_finish(store);
        else
            store_roll_back(store);
    }
    if (FAILED(hr))
        store_peers_leave(&store->peers, store->queue_lock);
    else
    {
        *process = store->peers.process;
        *event = store->peers.event;
    }
    store_give_connection(store);
    return hr;
}

/* A row that cannot be removed is removed by the next process that enters. */
void store_leave(struct store *store)
{
    struct store_transaction transaction;

    store_take_connection(store);
    if (store->peers.process && SUCCEEDED(store_begin(store, &transaction)))
    {
        if (SUCCEEDED(store_peers_remove(&store->peers, &store->database)))
            store_finish(store);
        else
            store_roll_back(store);
    }
    store_peers_leave(&store->peers, store->queue_lock);
    store_give_connection(store);
}

/* ---- its life ---- */

void store_use_vfs(const char *name)
{
    vfs_name = name;
}

UINT64 store_transactions(struct store *store)
{
    UINT64 count;

    store_take_connection(store);
    count = store->transactions;
    store_give_connection(store);
    return count;
}

HRESULT store_open(const WCHAR *folder, struct queue_lock *lock, bool relaxed, struct store **store)
{
    struct store *made = mem_zalloc(sizeof(*made));
    HRESULT hr;

    if (!made)
        return E_OUTOFMEMORY;
    lock_init(&made->lock, LOCK_LEAF);
    InitializeConditionVariable(&made->changed);
    made->last = &made->first;
    made->queue_lock = lock;
    hr = store_file_open(folder, lock, relaxed, vfs_name, &made->database);
    if (FAILED(hr))
    {
        mem_free(made);
        return hr;
    }
    store_watch_log(made);
    if (FAILED(hr = store_peers_version(&made->database, &made->seen)))
    {
        store_close(made);
        return hr;
    }
    *store = made;
    return S_OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_leave(store);
    store_peers_cleanup(&store->peers);
    database_close(&store->database);
    mem_free(store);
}
