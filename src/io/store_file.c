#include "io/store_file.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/store.h"
#include "io/store_schema.h"

#include <wchar.h>

#define NAME L"\\queue.db"
#define STAMP_SIZE 40         /* characters of ".damaged-20260131T120000Z-99" */
#define SUFFIX_SIZE 8         /* of "-wal" */
#define ASIDE_TRIES 100       /* names in one second */
#define OPENING_LIMIT 5000000 /* us */

static HRESULT last_error(void)
{
    return HRESULT_FROM_WIN32(GetLastError());
}

/* ---- putting aside ---- */

/* Of path+suffix, for which there is room: 0 where there is none, UINT64_MAX where nobody knows. */
static UINT64 size_of(WCHAR *path, const WCHAR *suffix)
{
    size_t end = wcslen(path);
    WIN32_FILE_ATTRIBUTE_DATA data;
    UINT64 size = UINT64_MAX;

    wcscpy(path + end, suffix);
    if (GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        size = (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    else if (GetLastError() == ERROR_FILE_NOT_FOUND)
        size = 0;
    path[end] = 0;
    return size;
}

/* SQLite deletes a log whose database is empty; but there are jobs in it. */
static bool is_beheaded(WCHAR *path)
{
    UINT64 log;

    return !size_of(path, L"") && (log = size_of(path, L"-wal")) && log != UINT64_MAX;
}

/* Moves path+suffix to aside+suffix; both have room for it. */
static HRESULT move(WCHAR *path, WCHAR *aside, const WCHAR *suffix)
{
    size_t path_end = wcslen(path), aside_end = wcslen(aside);
    HRESULT hr = S_OK;

    wcscpy(path + path_end, suffix);
    wcscpy(aside + aside_end, suffix);
    if (!MoveFileExW(path, aside, MOVEFILE_WRITE_THROUGH))
        hr = last_error();
    path[path_end] = aside[aside_end] = 0;
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? S_FALSE : hr;
}

static void name_aside(const WCHAR *path, unsigned int number, WCHAR *aside, size_t room)
{
    SYSTEMTIME now;
    FILETIME time;
    int length;

    clock_filetime(&time);
    FileTimeToSystemTime(&time, &now);
    length = swprintf(aside, room, L"%ls.damaged-%04u%02u%02uT%02u%02u%02uZ", path, now.wYear,
                      now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond);
    if (number)
        swprintf(aside + length, room - (size_t)length, L"-%u", number);
}

static bool is_taken(WCHAR *aside)
{
    return size_of(aside, L"") || size_of(aside, L"-wal");
}

/* The database first: with it in place its log must stay. */
static HRESULT put_aside(WCHAR *path)
{
    size_t room = wcslen(path) + STAMP_SIZE + SUFFIX_SIZE;
    WCHAR *aside = mem_array_alloc(room, sizeof(*aside));
    unsigned int number = 0;
    HRESULT hr;

    if (!aside)
        return E_OUTOFMEMORY;
    do
        name_aside(path, number, aside, room);
    while (is_taken(aside) && ++number < ASIDE_TRIES);
    hr = move(path, aside, L"");
    if (SUCCEEDED(hr))
        hr = move(path, aside, L"-wal");
    if (SUCCEEDED(hr))
        hr = move(path, aside, L"-shm");
    if (SUCCEEDED(hr))
        ERR("the queue was damaged; it is now %s, and a new one begins", LOG_WIDE(aside));
    else
        ERR("the queue is damaged and cannot be put aside, 0x%08lx", hr);
    mem_free(aside);
    return SUCCEEDED(hr) ? S_OK : STORE_E_DAMAGED;
}

/* ---- opening ---- */

static HRESULT open_once(WCHAR *path, bool relaxed, const char *vfs, struct database *database)
{
    HRESULT hr = DATABASE_DAMAGED;

    if (fault_hit(FAULT_OPEN))
        return HRESULT_FROM_WIN32(fault_error(FAULT_OPEN));
    if (is_beheaded(path) || FAILED(hr = database_open(database, path, vfs)))
        return hr;
    hr = store_schema_open(database, relaxed);
    if (FAILED(hr))
    {
        /* what is in the log stays there */
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        database_close(database);
    }
    return hr;
}

static HRESULT open_or_replace(WCHAR *path, bool relaxed, const char *vfs,
                               struct database *database)
{
    HRESULT hr = open_once(path, relaxed, vfs, database);

    if (hr == DATABASE_DAMAGED && SUCCEEDED(hr = put_aside(path)))
        hr = open_once(path, relaxed, vfs, database);
    if (FAILED(hr))
        ERR("cannot open %s, 0x%08lx", LOG_WIDE(path), hr);
    return hr;
}

/* A lock that waits is never granted under Wine. */
static HRESULT wait_for_turn(struct queue_lock *lock)
{
    UINT64 begin = clock_us();
    HRESULT hr;

    while ((hr = queue_lock_try(lock, QUEUE_LOCK_OPENING, false)) == S_FALSE)
    {
        if (clock_us() - begin > OPENING_LIMIT)
            return HRESULT_FROM_WIN32(ERROR_BUSY);
        Sleep(1);
    }
    return hr;
}

HRESULT store_file_open(const WCHAR *folder, struct queue_lock *lock, bool relaxed, const char *vfs,
                        struct database *database)
{
    size_t room = wcslen(folder) + ARRAY_SIZE(NAME) + SUFFIX_SIZE;
    WCHAR *path = mem_array_alloc(room, sizeof(*path));
    HRESULT hr;

    if (!path)
        return E_OUTOFMEMORY;
    swprintf(path, room, L"%ls" NAME, folder);
    if (SUCCEEDED(hr = wait_for_turn(lock)))
    {
        hr = open_or_replace(path, relaxed, vfs, database);
        queue_lock_drop(lock, QUEUE_LOCK_OPENING);
    }
    mem_free(path);
    return hr;
}
