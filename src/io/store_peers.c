#include "io/store_peers.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>
#include <wchar.h>

#define EVENT_NAME L"Global\\dosvc-"
#define EVENT_NAME_SIZE (ARRAY_SIZE(EVENT_NAME) + STR_GUID_SIZE)

HRESULT store_peers_version(struct database *database, INT64 *version)
{
    static const char sql[] = "PRAGMA data_version";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, database, sql)))
        return hr;
    if (SUCCEEDED(hr = statement_step(&statement)))
        *version = (INT64)statement_number(&statement);
    statement_end(&statement);
    return FAILED(hr) ? hr : S_OK;
}

/* ---- this process ---- */

static HRESULT make_event(WCHAR name[EVENT_NAME_SIZE], HANDLE *event)
{
    GUID guid;
    HRESULT hr;

    if (FAILED(hr = CoCreateGuid(&guid)))
        return hr;
    wcscpy(name, EVENT_NAME);
    str_wide_from_guid(&guid, name + wcslen(name));
    if (fault_hit(FAULT_HANDLE))
        return HRESULT_FROM_WIN32(fault_error(FAULT_HANDLE));
    *event = handle_adopt(CreateEventW(NULL, FALSE, FALSE, name));
    return *event ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT remove_row(struct database *database, INT64 process)
{
    static const char sql[] = "DELETE FROM process WHERE id=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)process);
    return statement_run(&statement, NULL);
}

/* Whose byte is free is dead. *living: there are others. */
static HRESULT bury_the_dead(struct queue_lock *lock, struct database *database, bool *living)
{
    static const char sql[] = "SELECT id FROM process WHERE id > ? ORDER BY id LIMIT 1";
    struct statement statement;
    INT64 process = 0;
    HRESULT hr;

    for (;;)
    {
        if (FAILED(hr = statement_begin(&statement, database, sql)))
            return hr;
        statement_bind_number(&statement, (UINT64)process);
        if ((hr = statement_step(&statement)) == S_OK)
            process = (INT64)statement_number(&statement);
        statement_end(&statement);
        if (hr != S_OK)
            return FAILED(hr) ? hr : S_OK;
        if (queue_lock_is_held(lock, QUEUE_LOCK_PROCESS(process)))
            *living = true;
        else if (FAILED(hr = remove_row(database, process)))
            return hr;
    }
}

static HRESULT add_row(struct database *database, const WCHAR *event, INT64 *process)
{
    static const char sql[] = "INSERT INTO process(pid, event) VALUES(?, ?)";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, database, sql)))
        return hr;
    statement_bind_number(&statement, GetCurrentProcessId());
    statement_bind_wide(&statement, event);
    if (SUCCEEDED(hr = statement_run(&statement, NULL)))
        *process = sqlite3_last_insert_rowid(database->handle);
    return hr;
}

HRESULT store_peers_enter(struct store_peers *peers, struct queue_lock *lock,
                          struct store_transaction *transaction)
{
    WCHAR name[EVENT_NAME_SIZE];
    bool living = false;
    INT64 process;
    HRESULT hr;

    hr = make_event(name, &peers->event);
    if (SUCCEEDED(hr))
        hr = bury_the_dead(lock, transaction->database, &living);
    if (SUCCEEDED(hr))
        hr = store_rows_forget(transaction, !living);
    if (SUCCEEDED(hr))
        hr = add_row(transaction->database, name, &process);
    if (FAILED(hr))
        return hr;
    hr = queue_lock_try(lock, QUEUE_LOCK_PROCESS(process), false);
    if (hr != S_OK)
        return FAILED(hr) ? hr : E_UNEXPECTED;
    peers->process = process;
    return S_OK;
}

HRESULT store_peers_remove(const struct store_peers *peers, struct database *database)
{
    return remove_row(database, peers->process);
}

void store_peers_leave(struct store_peers *peers, struct queue_lock *lock)
{
    if (peers->process)
        queue_lock_drop(lock, QUEUE_LOCK_PROCESS(peers->process));
    peers->process = 0;
    handle_close(peers->event);
    peers->event = NULL;
}

/* ---- the others ---- */

/* The handle of a process known before moves over. */
static HANDLE event_of(struct store_peers *known, INT64 process, const WCHAR *name)
{
    HANDLE event;
    size_t i;

    for (i = 0; i < known->count; i++)
        if (known->others[i].process == process)
        {
            event = known->others[i].event;
            known->others[i].event = NULL;
            return event;
        }
    return name ? handle_adopt(OpenEventW(EVENT_MODIFY_STATE, FALSE, name)) : NULL;
}

static HRESULT add_other(struct store_peers *fresh, struct store_peers *known, INT64 process,
                         const WCHAR *name)
{
    struct peer *grown;

    if (process == known->process)
        return S_OK;
    grown = mem_array_grow(fresh->others, &fresh->capacity, fresh->count + 1, sizeof(*grown));
    if (!grown)
        return E_OUTOFMEMORY;
    fresh->others = grown;
    fresh->others[fresh->count++] = (struct peer){process, event_of(known, process, name)};
    return S_OK;
}

void store_peers_learn(struct store_peers *peers, struct database *database)
{
    static const char sql[] = "SELECT id, event FROM process";
    struct store_peers fresh = {.count = 0};
    struct statement rows;
    HRESULT hr, step;
    INT64 process;

    if (FAILED(store_peers_version(database, &fresh.seen)) || fresh.seen == peers->seen ||
        FAILED(hr = statement_begin(&rows, database, sql)))
        return;
    while (SUCCEEDED(hr) && (step = statement_step(&rows)) == S_OK)
    {
        process = (INT64)statement_number(&rows);
        hr = add_other(&fresh, peers, process, statement_wide(&rows));
    }
    statement_end(&rows);
    store_peers_cleanup(peers);
    peers->others = fresh.others;
    peers->count = fresh.count;
    peers->capacity = fresh.capacity;
    if (SUCCEEDED(hr) && SUCCEEDED(step))
        peers->seen = fresh.seen;
}

bool store_peers_are_dead(const struct store_peers *peers, struct queue_lock *lock,
                          struct database *database)
{
    static const char sql[] = "SELECT id FROM process WHERE id<>?";
    struct statement statement;
    bool living = false;
    HRESULT hr;

    if (FAILED(statement_begin(&statement, database, sql)))
        return false;
    statement_bind_number(&statement, (UINT64)peers->process);
    while (!living && (hr = statement_step(&statement)) == S_OK)
        living = queue_lock_is_held(lock, QUEUE_LOCK_PROCESS(statement_number(&statement)));
    statement_end(&statement);
    return !living && SUCCEEDED(hr);
}

void store_peers_ring(const struct store_peers *peers)
{
    size_t i;

    for (i = 0; i < peers->count; i++)
        if (peers->others[i].event && !fault_hit(FAULT_RING))
            SetEvent(peers->others[i].event);
}

void store_peers_cleanup(struct store_peers *peers)
{
    size_t i;

    for (i = 0; i < peers->count; i++)
        handle_close(peers->others[i].event);
    mem_free(peers->others);
    peers->others = NULL;
    peers->count = peers->capacity = 0;
}
