#include "base/fault.h"
#include "base/log.h"
#include "io/store_parts.h"

HRESULT store_run(struct store *store, const char *sql)
{
    struct statement statement;
    HRESULT hr = statement_begin(&statement, &store->database, sql);

    return FAILED(hr) ? hr : statement_run(&statement, NULL);
}

static const char begin_sql[] = "BEGIN IMMEDIATE";
static const char commit_sql[] = "COMMIT";
static const char rollback_sql[] = "ROLLBACK";
static const char savepoint_sql[] = "SAVEPOINT request";
static const char undo_sql[] = "ROLLBACK TO request";
static const char release_sql[] = "RELEASE request";

/* A failure of the disk may have undone it already. */
static bool is_open(struct store *store)
{
    return !sqlite3_get_autocommit(store->database.handle);
}

void store_roll_back(struct store *store)
{
    if (is_open(store))
        store_run(store, rollback_sql);
}

/* ---- staying a reader ---- */

/* A reader for long keeps the others from using the log again from its start. */
#define STAY_COMMITS 64
#define LOG_PAGES 2000 /* 8 MB; SQLite itself would wait for half of that */

static const char stay_sql[] = "SELECT 1 FROM sqlite_schema";

void store_stay(struct store *store)
{
    if (store->stay.prepared)
        store->stayed++;
    else if (FAILED(statement_begin(&store->stay, &store->database, stay_sql)) ||
             statement_step(&store->stay) != S_OK)
        store_let_go(store);
}

void store_let_go(struct store *store)
{
    statement_end(&store->stay);
    store->stayed = 0;
}

static int count_log(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct store *store = context;

    (void)handle;
    (void)name;
    store->log_pages = pages;
    return SQLITE_OK;
}

void store_watch_log(struct store *store)
{
    sqlite3_wal_hook(store->database.handle, count_log, store);
}

/* As far as readers let it; the next time, the rest. */
static void empty_log(struct store *store)
{
    if (store->log_pages < LOG_PAGES)
        return;
    store_let_go(store);
    sqlite3_wal_checkpoint_v2(store->database.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* False: another process has committed, or is about to. */
static bool begin_as_reader(struct store *store)
{
    struct statement begin;
    int result;

    if (!store->stay.prepared || store->stayed >= STAY_COMMITS ||
        FAILED(statement_begin(&begin, &store->database, begin_sql)))
        return false;
    result = sqlite3_step(begin.prepared);
    statement_end(&begin);
    return result == SQLITE_DONE;
}

/* *newest: the sequence of the last commit, whoever made it. */
static HRESULT begin_writing(struct store *store, INT64 *newest)
{
    HRESULT hr;

    *newest = store->newest;
    if (begin_as_reader(store))
        return S_OK;
    store_let_go(store);
    if (FAILED(hr = store_run(store, begin_sql)))
        return hr;
    if (SUCCEEDED(hr = store_rows_sequence(&store->database, newest)))
        store_peers_learn(&store->peers, &store->database);
    else
        store_roll_back(store);
    return hr;
}

/* ---- a transaction ---- */

HRESULT store_begin(struct store *store, struct store_transaction *transaction)
{
    HRESULT hr;

    *transaction = (struct store_transaction){.database = &store->database};
    if (FAILED(hr = begin_writing(store, &transaction->sequence)))
        return hr;
    transaction->sequence++;
    return S_OK;
}

HRESULT store_finish(struct store *store)
{
    HRESULT hr;

    fault_point("before-row");
    hr = store_run(store, commit_sql);
    fault_point("after-row");
    if (FAILED(hr))
    {
        ERR("a commit failed, 0x%08lx", hr);
        store_let_go(store);
        store_roll_back(store);
        return hr;
    }
    store->transactions++;
    empty_log(store);
    store_peers_ring(&store->peers);
    return S_OK;
}

/* ---- requests ---- */

static HRESULT apply(struct store_transaction *transaction, const struct store_request *request)
{
    HRESULT hr = S_OK;
    size_t i;

    store_rows_begin_request(transaction);
    for (i = 0; i < request->count && SUCCEEDED(hr); i++)
        hr = store_rows_apply(transaction, &request->changes[i]);
    return hr;
}

/* One of several: what it did is undone alone. A failure is of the whole transaction; that of the
 * request is its result. */
static HRESULT apply_apart(struct store *store, struct store_transaction *transaction,
                           struct store_request *request)
{
    HRESULT hr = store_run(store, savepoint_sql);

    if (FAILED(hr))
        return hr;
    request->result = apply(transaction, request);
    if (FAILED(request->result) && !is_open(store))
        return request->result;
    if (FAILED(request->result))
        hr = store_run(store, undo_sql);
    return FAILED(hr) ? hr : store_run(store, release_sql);
}

/* S_FALSE: every request failed on its own, and nothing is to be committed. */
static HRESULT apply_each_apart(struct store *store, struct store_transaction *transaction,
                                struct store_request *requests)
{
    struct store_request *request;
    HRESULT hr = S_FALSE, failed;

    for (request = requests; request; request = request->next)
    {
        if (FAILED(failed = apply_apart(store, transaction, request)))
            return failed;
        if (SUCCEEDED(request->result))
            hr = S_OK;
    }
    return hr;
}

/* S_FALSE: one of them failed on its own. */
static HRESULT apply_all(struct store_transaction *transaction, struct store_request *requests)
{
    struct store_request *request;

    for (request = requests; request; request = request->next)
        if (FAILED(request->result = apply(transaction, request)))
            return S_FALSE;
    return S_OK;
}

/* Few fail, so what lets each fail alone is done once one of several has. */
static HRESULT apply_requests(struct store *store, struct store_transaction *transaction,
                              struct store_request *requests)
{
    HRESULT hr = apply_all(transaction, requests);

    if (hr == S_OK || !requests->next)
        return hr;
    store_roll_back(store);
    if (FAILED(hr = store_begin(store, transaction)))
        return hr;
    return apply_each_apart(store, transaction, requests);
}

static void commit_requests(struct store *store, struct store_request *requests)
{
    struct store_transaction transaction;
    struct store_request *request;
    HRESULT hr;

    if (SUCCEEDED(hr = store_begin(store, &transaction)))
    {
        hr = apply_requests(store, &transaction, requests);
        if (hr == S_OK)
        {
            store_stay(store);
            store->newest = transaction.sequence; /* of use where the commit succeeds alone */
            hr = store_finish(store);
        }
        else
            store_roll_back(store);
    }
    for (request = requests; request; request = request->next)
    {
        if (FAILED(hr))
            request->result = hr;
        if (SUCCEEDED(request->result))
            store_rows_committed(request);
        else
            store_rows_undone(request);
    }
}

/* Commits, as one transaction, what is waiting. The lock is dropped meanwhile. The caller wakes the
 * others. */
static void lead_locked(struct store *store)
{
    struct store_request *requests = store->first, *request;

    store->first = NULL;
    store->last = &store->first;
    store->in_use = true;
    lock_drop(&store->lock);
    commit_requests(store, requests);
    lock_take(&store->lock);
    store->in_use = false;
    while ((request = requests))
    {
        requests = request->next; /* finished, it is its owner's, who may end it */
        request->finished = true;
    }
}

/* False: a fault is injected, and that is its result. */
static bool admit(struct store_request *request)
{
    request->next = NULL;
    request->finished = false;
    request->result = fault_hit(FAULT_STORE) ? HRESULT_FROM_WIN32(fault_error(FAULT_STORE)) : S_OK;
    return SUCCEEDED(request->result);
}

HRESULT store_commit_all(struct store *store, struct store_request *requests, size_t count)
{
    struct store_request *chain = NULL, **end = &chain, *last = NULL;
    HRESULT hr = S_OK;
    bool leader;
    size_t i;

    assert(lock_none_held());
    for (i = 0; i < count; i++)
        if (admit(&requests[i]))
        {
            *end = last = &requests[i];
            end = &last->next;
        }
    if (last)
    {
        lock_take(&store->lock);
        *store->last = chain;
        store->last = end;
        while (!last->finished && store->in_use)
            lock_wait(&store->lock, &store->changed, INFINITE);
        if ((leader = !last->finished))
            lead_locked(store); /* all that is there, our own included */
        lock_drop(&store->lock);
        if (leader)
            WakeAllConditionVariable(&store->changed);
    }
    for (i = 0; i < count && SUCCEEDED(hr); i++)
        hr = requests[i].result;
    return hr;
}

HRESULT store_commit(struct store *store, struct store_request *request)
{
    return store_commit_all(store, request, 1);
}
