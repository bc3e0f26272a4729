#include "io/database.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

#define BUSY_LIMIT 5000000 /* us */
#define BUSY_STEP 1        /* ms */

static const struct
{
    int result; /* primary; before that, those extended ones that tell more */
    HRESULT hr;
} rows[] = {
    {SQLITE_IOERR_NOMEM, E_OUTOFMEMORY},
    {SQLITE_IOERR_READ, HRESULT_FROM_WIN32(ERROR_READ_FAULT)},
    {SQLITE_IOERR_SHORT_READ, HRESULT_FROM_WIN32(ERROR_READ_FAULT)},
    {SQLITE_IOERR_WRITE, HRESULT_FROM_WIN32(ERROR_WRITE_FAULT)},
    {SQLITE_IOERR, HRESULT_FROM_WIN32(ERROR_IO_DEVICE)},
    {SQLITE_NOMEM, E_OUTOFMEMORY},
    {SQLITE_FULL, HRESULT_FROM_WIN32(ERROR_DISK_FULL)},
    {SQLITE_BUSY, HRESULT_FROM_WIN32(ERROR_BUSY)},
    {SQLITE_LOCKED, HRESULT_FROM_WIN32(ERROR_BUSY)},
    {SQLITE_PROTOCOL, HRESULT_FROM_WIN32(ERROR_BUSY)},
    {SQLITE_READONLY, E_ACCESSDENIED},
    {SQLITE_PERM, E_ACCESSDENIED},
    {SQLITE_CORRUPT, DATABASE_DAMAGED},
    {SQLITE_NOTADB, DATABASE_DAMAGED},
};

/* ---- failures ---- */

/* What could not be opened is known by Windows' code; of other failures it may be lost by now. */
static HRESULT open_failed(struct database *database)
{
    int code = database->handle ? sqlite3_system_errno(database->handle) : 0;

    return HRESULT_FROM_WIN32(code ? (DWORD)code : ERROR_OPEN_FAILED);
}

HRESULT database_hr(struct database *database, int result)
{
    int extended = result, primary = result & 0xff;
    HRESULT hr = S_OK;
    size_t i;

    if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE)
        return S_OK;
    if (database->handle && (sqlite3_extended_errcode(database->handle) & 0xff) == primary)
        extended = sqlite3_extended_errcode(database->handle);
    for (i = 0; i < ARRAY_SIZE(rows) && SUCCEEDED(hr); i++)
        if (rows[i].result == extended || rows[i].result == primary)
            hr = rows[i].hr;
    if (primary == SQLITE_CANTOPEN)
        hr = open_failed(database);
    else if (SUCCEEDED(hr))
        hr = HRESULT_FROM_WIN32(ERROR_DATABASE_FAILURE);
    WARN("SQLite: %d, %s; 0x%08lx", extended,
         database->handle ? sqlite3_errmsg(database->handle) : "no connection", hr);
    return hr;
}

/* ---- the connection ---- */

/* sqlite3_busy_timeout waits in growing steps, and then a writer among several starves. */
static int wait_a_little(void *context, int count)
{
    struct database *database = context;

    if (!count)
        database->busy_since = clock_us();
    else if (clock_us() - database->busy_since > BUSY_LIMIT)
        return 0;
    Sleep(BUSY_STEP);
    return 1;
}

HRESULT database_open(struct database *database, const WCHAR *path, const char *vfs)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    char *name = str_utf8_from_wide(path);
    HRESULT hr;
    int result;

    if (!name)
        return HRESULT_FROM_WIN32(GetLastError());
    memset(database, 0, sizeof(*database));
    result = sqlite3_open_v2(name, &database->handle, flags, vfs);
    mem_free(name);
    if (result == SQLITE_OK)
        result = sqlite3_busy_handler(database->handle, wait_a_little, database);
    /* What is not a database of ours may hold anything. */
    if (result == SQLITE_OK)
        result = sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    hr = database_hr(database, result);
    if (SUCCEEDED(hr) && sqlite3_db_readonly(database->handle, "main"))
        hr = E_ACCESSDENIED;
    if (FAILED(hr))
        database_close(database);
    return hr;
}

void database_close(struct database *database)
{
    while (database->kept_count)
        sqlite3_finalize(database->kept[--database->kept_count].prepared);
    if (sqlite3_close(database->handle) != SQLITE_OK)
        ERR("a statement is left");
    database->handle = NULL;
}

HRESULT database_run(struct database *database, const char *sql)
{
    return database_hr(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

HRESULT database_number(struct database *database, const char *sql, INT64 *number)
{
    sqlite3_stmt *prepared = NULL;
    int result = sqlite3_prepare_v2(database->handle, sql, -1, &prepared, NULL);

    if (result == SQLITE_OK && (result = sqlite3_step(prepared)) == SQLITE_ROW)
        *number = sqlite3_column_int64(prepared, 0);
    sqlite3_finalize(prepared);
    return result == SQLITE_DONE ? HRESULT_FROM_WIN32(ERROR_NO_DATA)
                                 : database_hr(database, result);
}

/* ---- statements ---- */

HRESULT statement_begin(struct statement *statement, struct database *database, const char *sql)
{
    size_t i;
    int result;

    statement->database = database;
    statement->next = 1;
    statement->result = SQLITE_OK;
    for (i = 0; i < database->kept_count; i++)
    {
        if (database->kept[i].sql != sql)
            continue;
        statement->prepared = database->kept[i].prepared;
        return S_OK;
    }
    statement->prepared = NULL;
    assert(database->kept_count < DATABASE_STATEMENTS);
    result = sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                &statement->prepared, NULL);
    if (result != SQLITE_OK)
        return database_hr(database, result);
    database->kept[i].sql = sql;
    database->kept[i].prepared = statement->prepared;
    database->kept_count++;
    return S_OK;
}

static void bound(struct statement *statement, int result)
{
    if (statement->result == SQLITE_OK)
        statement->result = result;
    statement->next++;
}

void statement_bind_number(struct statement *statement, UINT64 number)
{
    bound(statement, sqlite3_bind_int64(statement->prepared, statement->next, (INT64)number));
}

void statement_bind_text(struct statement *statement, const char *text)
{
    bound(statement,
          sqlite3_bind_text(statement->prepared, statement->next, text, -1, SQLITE_STATIC));
}

void statement_bind_wide(struct statement *statement, const WCHAR *text)
{
    bound(statement,
          sqlite3_bind_text16(statement->prepared, statement->next, text, -1, SQLITE_STATIC));
}

void statement_bind_blob(struct statement *statement, const void *data, size_t size)
{
    bound(statement,
          sqlite3_bind_blob64(statement->prepared, statement->next, data, size, SQLITE_STATIC));
}

HRESULT statement_step(struct statement *statement)
{
    int result = statement->result;

    if (result == SQLITE_OK)
        result = sqlite3_step(statement->prepared);
    statement->next = 0;
    if (result == SQLITE_ROW)
        return S_OK;
    return result == SQLITE_DONE ? S_FALSE : database_hr(statement->database, result);
}

HRESULT statement_run(struct statement *statement, int *changed)
{
    HRESULT hr = statement_step(statement);

    if (SUCCEEDED(hr) && changed)
        *changed = sqlite3_changes(statement->database->handle);
    statement_end(statement);
    return FAILED(hr) ? hr : S_OK;
}

UINT64 statement_number(struct statement *statement)
{
    return (UINT64)sqlite3_column_int64(statement->prepared, statement->next++);
}

/* Text that is there and cannot be had is a want of memory. */
static const void *column(struct statement *statement, const void *value, bool is_null)
{
    if (!value && !is_null)
        statement->result = SQLITE_NOMEM;
    statement->next++;
    return value;
}

int statement_type(struct statement *statement)
{
    return sqlite3_column_type(statement->prepared, statement->next);
}

const char *statement_text(struct statement *statement)
{
    bool is_null = statement_type(statement) == SQLITE_NULL;

    return column(statement, sqlite3_column_text(statement->prepared, statement->next), is_null);
}

const WCHAR *statement_wide(struct statement *statement)
{
    bool is_null = statement_type(statement) == SQLITE_NULL;

    return column(statement, sqlite3_column_text16(statement->prepared, statement->next), is_null);
}

const void *statement_blob(struct statement *statement, size_t *size)
{
    const void *data = sqlite3_column_blob(statement->prepared, statement->next);

    *size = (size_t)sqlite3_column_bytes(statement->prepared, statement->next);
    return column(statement, data, !*size);
}

HRESULT statement_columns(struct statement *statement)
{
    return database_hr(statement->database, statement->result);
}

void statement_end(struct statement *statement)
{
    if (!statement->prepared)
        return;
    /* its result is the last step's, which was told */
    sqlite3_reset(statement->prepared);
    sqlite3_clear_bindings(statement->prepared);
    statement->prepared = NULL;
}
