/*
 * One connection to an SQLite database, set up as the store wants it, and its statements.
 *
 * Not for two threads at a time. Failures come as HRESULTs: database_hr tells which; of
 * SQLITE_CORRUPT and SQLITE_NOTADB it makes DATABASE_DAMAGED.
 */
#ifndef DOSVC_IO_DATABASE_H
#define DOSVC_IO_DATABASE_H

#include "base/platform.h"

#include <sqlite3.h>

#define DATABASE_DAMAGED HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT)
#define DATABASE_STATEMENTS 48 /* prepared ones that are kept */

struct database
{
    sqlite3 *handle;
    UINT64 busy_since; /* clock_us(), while the busy handler waits */
    struct
    {
        const char *sql;
        sqlite3_stmt *prepared;
    } kept[DATABASE_STATEMENTS];
    size_t kept_count;
};

/* Opens or makes the file, through SQLite's file system of that name (NULL: the usual one), with
 * our busy handler: 1 ms steps, 5 s limit. E_ACCESSDENIED for a file that cannot be written. On
 * failure there is nothing to close. */
HRESULT database_open(struct database *database, const WCHAR *path, const char *vfs);
void database_close(struct database *database);

/* The HRESULT of SQLite's result, logged where it is a failure; S_OK of SQLITE_OK, ROW, DONE. */
HRESULT database_hr(struct database *database, int result);

/* Runs statements without results and without parameters. */
HRESULT database_run(struct database *database, const char *sql);

/* The first column of the first row as a number. */
HRESULT database_number(struct database *database, const char *sql, INT64 *number);

/* ---- statements: bind in order, then run; or bind, step, read the columns in order, end ------ */

struct statement
{
    struct database *database;
    sqlite3_stmt *prepared;
    int next;   /* parameter to bind, column to read */
    int result; /* the first failure of a bind or a column */
};

/* Prepares it the first time; `sql` is a constant and known again by its address. One of each is
 * in use at a time. */
HRESULT statement_begin(struct statement *statement, struct database *database, const char *sql);

void statement_bind_number(struct statement *statement, UINT64 number);
void statement_bind_text(struct statement *statement, const char *text);  /* NULL: null */
void statement_bind_wide(struct statement *statement, const WCHAR *text); /* NULL: null */
void statement_bind_blob(struct statement *statement, const void *data, size_t size);

/* Runs a statement without results and ends it. *rows, which may be NULL: how many it changed. */
HRESULT statement_run(struct statement *statement, int *rows);

/* S_OK: there is a row; S_FALSE: no more. */
HRESULT statement_step(struct statement *statement);

UINT64 statement_number(struct statement *statement);
const char *statement_text(struct statement *statement);  /* NULL of null */
const WCHAR *statement_wide(struct statement *statement); /* NULL of null */
const void *statement_blob(struct statement *statement, size_t *size);
/* SQLite's type of the column that is next. */
int statement_type(struct statement *statement);
/* What reading the row's columns failed with: memory alone. */
HRESULT statement_columns(struct statement *statement);

/* Ready for the next use; any number of times. */
void statement_end(struct statement *statement);

#endif
