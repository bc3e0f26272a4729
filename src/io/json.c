#include "io/json.h"

#include "base/mem.h"

#include <sqlite3.h>
#include <string.h>

struct json
{
    sqlite3 *database; /* in memory and empty: only its functions are wanted */
    const char *text;
    size_t size;
};

static HRESULT hr_from_sqlite(int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return S_OK;
    /* of queries that are fixed, what else can fail is the text */
    return code == SQLITE_NOMEM ? E_OUTOFMEMORY : HRESULT_FROM_WIN32(ERROR_INVALID_DATA);
}

/* ?1 is the text, ?2 the key. */
static HRESULT query(struct json *json, const char *sql, const char *key, sqlite3_stmt **out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(json->database, sql, -1, &statement, NULL);

    if (code == SQLITE_OK)
        code =
            sqlite3_bind_text64(statement, 1, json->text, json->size, SQLITE_STATIC, SQLITE_UTF8);
    if (code == SQLITE_OK && key)
        code = sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC);
    if (code != SQLITE_OK)
        sqlite3_finalize(statement);
    else
        *out = statement;
    return hr_from_sqlite(code);
}

static HRESULT judge(struct json *json)
{
    sqlite3_stmt *statement;
    HRESULT hr;
    int code;

    hr = query(json, "SELECT json_valid(?1) AND json_type(?1) = 'object'", NULL, &statement);
    if (FAILED(hr))
        return hr;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_int(statement, 0) != 1)
        hr = HRESULT_FROM_WIN32(ERROR_INVALID_DATA);
    else
        hr = hr_from_sqlite(code);
    sqlite3_finalize(statement);
    return hr;
}

HRESULT json_open(const char *text, size_t size, struct json **out)
{
    struct json *json = mem_zalloc(sizeof(*json));
    HRESULT hr;

    if (!json)
        return E_OUTOFMEMORY;
    json->text = text;
    json->size = size;
    hr = hr_from_sqlite(
        sqlite3_open_v2(":memory:", &json->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL));
    if (SUCCEEDED(hr))
        hr = judge(json);
    if (FAILED(hr))
        json_close(json);
    else
        *out = json;
    return hr;
}

void json_close(struct json *json)
{
    if (!json)
        return;
    sqlite3_close(json->database);
    mem_free(json);
}

/* The row's second column, if its first says that it is text. */
static const char *text_of_row(sqlite3_stmt *statement)
{
    const char *type = (const char *)sqlite3_column_text(statement, 0);

    return type && !strcmp(type, "text") ? (const char *)sqlite3_column_text(statement, 1) : NULL;
}

static HRESULT find(struct json *json, const char *key, sqlite3_stmt **statement)
{
    HRESULT hr =
        query(json, "SELECT type, atom FROM json_each(?1) WHERE key = ?2 LIMIT 1", key, statement);
    int code;

    if (FAILED(hr))
        return hr;
    code = sqlite3_step(*statement);
    if (code == SQLITE_ROW)
        return S_OK;
    sqlite3_finalize(*statement);
    return code == SQLITE_DONE ? S_FALSE : hr_from_sqlite(code);
}

HRESULT json_text(struct json *json, const char *key, char **text)
{
    sqlite3_stmt *statement = NULL;
    HRESULT hr = find(json, key, &statement);
    const char *found;
    char *copy;

    if (hr != S_OK)
        return hr;
    if (!(found = text_of_row(statement)))
        hr = S_FALSE;
    else if (!(copy = mem_strdup(found)))
        hr = E_OUTOFMEMORY;
    else
        *text = copy;
    sqlite3_finalize(statement);
    return hr;
}

HRESULT json_number(struct json *json, const char *key, UINT64 *number)
{
    sqlite3_stmt *statement = NULL;
    HRESULT hr = find(json, key, &statement);
    const char *type;

    if (hr != S_OK)
        return hr;
    type = (const char *)sqlite3_column_text(statement, 0);
    /* an integer too large for 64 bits is a float here */
    if (!type || strcmp(type, "integer") != 0 ||
        sqlite3_column_type(statement, 1) != SQLITE_INTEGER ||
        sqlite3_column_int64(statement, 1) < 0)
        hr = S_FALSE;
    else
        *number = (UINT64)sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return hr;
}

HRESULT json_texts(struct json *json, const char *key,
                   HRESULT (*take)(void *context, const char *text), void *context)
{
    sqlite3_stmt *statement;
    HRESULT hr;
    int code;

    hr = query(json,
               "SELECT type, atom FROM json_each(?1, '$.' || ?2) "
               "WHERE json_type(?1, '$.' || ?2) = 'array'",
               key, &statement);
    if (FAILED(hr))
        return hr;
    while (SUCCEEDED(hr) && (code = sqlite3_step(statement)) != SQLITE_DONE)
        hr = code == SQLITE_ROW ? take(context, text_of_row(statement)) : hr_from_sqlite(code);
    sqlite3_finalize(statement);
    return hr;
}
