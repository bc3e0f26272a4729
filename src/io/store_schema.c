#include "io/store_schema.h"

#include "base/log.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x646f7376 /* "dosv" */

/* From version i to version i + 1. What is released is never edited. */
static const char *const steps[] = {
    "CREATE TABLE job(id INTEGER PRIMARY KEY, changed INTEGER NOT NULL,"
    " revision INTEGER NOT NULL, guid BLOB NOT NULL, face INTEGER NOT NULL,"
    " state INTEGER NOT NULL, resumed INTEGER NOT NULL, streamed INTEGER NOT NULL,"
    " home INTEGER NOT NULL, claimant INTEGER NOT NULL, created INTEGER NOT NULL,"
    " modified INTEGER NOT NULL, completed INTEGER NOT NULL, error_count INTEGER NOT NULL,"
    " error_kind INTEGER NOT NULL, error_status INTEGER NOT NULL, error_hr INTEGER NOT NULL,"
    " cause_kind INTEGER NOT NULL, cause_status INTEGER NOT NULL, cause_hr INTEGER NOT NULL,"
    " error_file INTEGER NOT NULL, detail TEXT, name TEXT) STRICT;"
    "CREATE INDEX job_changed ON job(changed);"
    "CREATE TABLE file(job INTEGER NOT NULL, idx INTEGER NOT NULL, remote_name TEXT, local_name "
    "TEXT, part_name TEXT, file_id TEXT,"
    " size_hint INTEGER NOT NULL, mandatory INTEGER NOT NULL, ranges BLOB,"
    " phase INTEGER NOT NULL DEFAULT 0, valid INTEGER NOT NULL DEFAULT 0,"
    " total INTEGER NOT NULL DEFAULT -1, remote INTEGER NOT NULL DEFAULT -1,"
    " received INTEGER NOT NULL DEFAULT 0, highest INTEGER NOT NULL DEFAULT 0,"
    " validator BLOB, spans BLOB, body_bytes INTEGER NOT NULL DEFAULT 0,"
    " duration_ms INTEGER NOT NULL DEFAULT 0, connections INTEGER NOT NULL DEFAULT 0,"
    " effective_url TEXT, server_ip TEXT, response_headers TEXT,"
    " PRIMARY KEY(job, idx)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE value(job INTEGER NOT NULL, file INTEGER NOT NULL, name TEXT NOT NULL,"
    " value ANY NOT NULL, PRIMARY KEY(job, file, name)) STRICT, WITHOUT ROWID;"
    /* Jobs that were removed, by the value of the sequence that `changed` has elsewhere. */
    "CREATE TABLE gone(sequence INTEGER PRIMARY KEY, id INTEGER NOT NULL, guid BLOB NOT NULL,"
    " face INTEGER NOT NULL, state INTEGER NOT NULL) STRICT;"
    "CREATE TABLE process(id INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER NOT NULL,"
    " event TEXT NOT NULL) STRICT;",
    /* What of them came from a cache. */
    "ALTER TABLE file ADD COLUMN cache_bytes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE file ADD COLUMN cache_connections INTEGER NOT NULL DEFAULT 0;",
};

/* An empty database is one that nobody has got round to fill. */
static HRESULT identify(struct database *database, INT64 *version)
{
    INT64 application, objects;
    HRESULT hr;

    hr = database_number(database, "PRAGMA application_id", &application);
    if (SUCCEEDED(hr))
        hr = database_number(database, "PRAGMA user_version", version);
    if (SUCCEEDED(hr))
        hr = database_number(database, "SELECT count(*) FROM sqlite_schema", &objects);
    if (FAILED(hr))
        return hr;
    if (application != APPLICATION_ID && (application || *version || objects))
    {
        ERR("the database is of another program, application id %lld", application);
        return STORE_E_FOREIGN;
    }
    if (*version > (INT64)ARRAY_SIZE(steps))
    {
        ERR("the queue is of version %lld; this library knows %zu", *version, ARRAY_SIZE(steps));
        return STORE_E_NEWER;
    }
    return *version < 0 || !*version != !objects ? DATABASE_DAMAGED : S_OK;
}

static HRESULT set_up(struct database *database, bool relaxed)
{
    /* The encoding counts in a new database only: paths are UTF-16 and not always well-formed. */
    HRESULT hr = database_run(database, "PRAGMA encoding='UTF-16le';"
                                        "PRAGMA journal_mode=WAL;"
                                        "PRAGMA journal_size_limit=12582912;"
                                        "PRAGMA cache_size=-1024;"
                                        "PRAGMA temp_store=MEMORY;"
                                        "PRAGMA trusted_schema=OFF;"
                                        "PRAGMA cell_size_check=ON");

    if (FAILED(hr))
        return hr;
    return database_run(database,
                        relaxed ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL");
}

/* In one transaction, so that a version is there as a whole or not at all. */
static HRESULT migrate(struct database *database, INT64 version)
{
    char mark[96];
    HRESULT hr;

    if (version == (INT64)ARRAY_SIZE(steps))
        return S_OK;
    if (FAILED(hr = database_run(database, "BEGIN IMMEDIATE")))
        return hr;
    for (; SUCCEEDED(hr) && version < (INT64)ARRAY_SIZE(steps); version++)
        hr = database_run(database, steps[version]);
    snprintf(mark, sizeof(mark), "PRAGMA application_id=%d;PRAGMA user_version=%zu;COMMIT",
             APPLICATION_ID, ARRAY_SIZE(steps));
    if (SUCCEEDED(hr))
        hr = database_run(database, mark);
    if (FAILED(hr) && !sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    return hr;
}

/* SQLite's result of what its check says in words: a page that cannot be read, for whatever reason,
 * is one of them, and a disk that fails for a moment is no damage. */
static int judge(const char *verdict)
{
    static const char code[] = "error code=";
    const char *found = strstr(verdict, code);
    int result = found ? atoi(found + strlen(code)) : SQLITE_CORRUPT;

    if (!strcmp(verdict, "ok"))
        return SQLITE_OK;
    ERR("%s", verdict);
    if (strstr(verdict, "failed to get page"))
        return SQLITE_IOERR_READ;
    return result ? result : SQLITE_CORRUPT;
}

/* Pages and rows hang together, and the tables are there. */
static HRESULT check(struct database *database)
{
    static const char tables[] = "SELECT job.id, file.idx, value.value, gone.id, process.id"
                                 " FROM job, file, value, gone, process LIMIT 0";
    sqlite3_stmt *prepared = NULL;
    const char *verdict;
    HRESULT hr;
    int result;

    result = sqlite3_prepare_v2(database->handle, "PRAGMA quick_check(1)", -1, &prepared, NULL);
    if (result == SQLITE_OK && (result = sqlite3_step(prepared)) == SQLITE_ROW)
    {
        verdict = (const char *)sqlite3_column_text(prepared, 0);
        if (!verdict)
            result = SQLITE_NOMEM;
        else
            result = judge(verdict);
    }
    hr = database_hr(database, result);
    sqlite3_finalize(prepared);
    if (SUCCEEDED(hr) && FAILED(database_run(database, tables)))
        hr = DATABASE_DAMAGED;
    return hr;
}

HRESULT store_schema_open(struct database *database, bool relaxed)
{
    INT64 version;
    HRESULT hr;

    if (FAILED(hr = identify(database, &version)))
        return hr;
    hr = set_up(database, relaxed);
    if (SUCCEEDED(hr) && version)
        hr = check(database);
    if (SUCCEEDED(hr))
        hr = migrate(database, version);
    return hr;
}
