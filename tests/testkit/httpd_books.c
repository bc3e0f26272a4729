/* The books: what was asked, what was sent, and what is waited for. */
#include "testkit/httpd_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *httpd_alloc(struct httpd *httpd, size_t size)
{
    struct memory *memory = calloc(1, sizeof(*memory) + size);

    if (!memory)
        abort();
    memory->next = httpd->memory;
    httpd->memory = memory;
    return memory + 1;
}

const char *httpd_copy(struct httpd *httpd, const char *bytes, size_t length)
{
    char *copy = httpd_alloc(httpd, length + 1);

    memcpy(copy, bytes, length);
    return copy;
}

/* ---- paths, under the lock ----------------------------------------------------------------------
 */

static struct entry *find_entry(struct httpd *httpd, const char *path, size_t length)
{
    struct entry *entry;

    for (entry = httpd->entries; entry; entry = entry->next)
    {
        if (strlen(entry->path) == length && memcmp(entry->path, path, length) == 0)
            break;
    }
    return entry;
}

struct entry *httpd_entry(struct httpd *httpd, const char *path, size_t length)
{
    struct entry *entry = find_entry(httpd, path, length);

    if (!entry)
    {
        entry = httpd_alloc(httpd, sizeof(*entry));
        entry->path = httpd_copy(httpd, path, length);
        entry->next = httpd->entries;
        httpd->entries = entry;
    }
    return entry;
}

/* Where the path begins in a target, which may be in absolute form. */
static const char *path_of(const char *target)
{
    const char *host = strstr(target, "://");
    const char *path;

    if (*target == '/' || !host)
        return target;
    path = strchr(host + 3, '/');
    return path ? path : "/";
}

/* The script for a target: its whole, its path, each with and without the query. */
static struct entry *entry_for(struct httpd *httpd, const char *target)
{
    const char *forms[] = {target, path_of(target)};
    size_t i;

    for (i = 0; i < ARRAYSIZE(forms); i++)
    {
        struct entry *entry = find_entry(httpd, forms[i], strlen(forms[i]));

        if (!entry)
            entry = find_entry(httpd, forms[i], strcspn(forms[i], "?"));
        if (entry)
            return entry;
    }
    return httpd_entry(httpd, forms[1], strlen(forms[1]));
}

/* ---- what connections report --------------------------------------------------------------------
 */

static void end_request(struct httpd_request *request, uint64_t time)
{
    if (!request->ended)
        request->ended = time;
}

static void book_request(struct httpd *httpd, struct exchange *exchange)
{
    if (httpd->request_count == httpd->request_room)
    {
        httpd->request_room = httpd->request_room ? 2 * httpd->request_room : 64;
        httpd->requests = realloc(httpd->requests, httpd->request_room * sizeof(*httpd->requests));
        httpd->owners = realloc(httpd->owners, httpd->request_room * sizeof(*httpd->owners));
        if (!httpd->requests || !httpd->owners)
            abort();
    }
    httpd->requests[httpd->request_count] = exchange->request;
    httpd->owners[httpd->request_count] = exchange->entry;
    httpd->request_count++;
}

/* Who is gone is known here, and not only when the next piece cannot be sent. */
static void look_for_clients_that_left(struct httpd *httpd, const struct entry *entry,
                                       uint64_t time)
{
    struct connection *connection;
    char byte;
    int got;

    for (connection = httpd->connections; connection; connection = connection->next)
    {
        if (!connection->exchange || connection->exchange->entry != entry)
            continue;
        got = recv(connection->socket, &byte, 1, MSG_PEEK);
        if (got == 0 || (got < 0 && WSAGetLastError() != WSAEWOULDBLOCK))
            end_request(connection->exchange->request, time);
    }
}

void httpd_arrived(struct exchange *exchange, const struct httpd_request *request)
{
    struct httpd *httpd = exchange->connection->httpd;
    struct entry *entry;

    EnterCriticalSection(&httpd->lock);
    exchange->request = httpd_alloc(httpd, sizeof(*request));
    *exchange->request = *request;
    exchange->entry = entry = entry_for(httpd, request->target);
    look_for_clients_that_left(httpd, entry, request->time);
    exchange->connection->exchange = exchange;
    book_request(httpd, exchange);
    if (entry->count)
    {
        exchange->response = &entry->responses[entry->turn];
        if (entry->turn + 1 < entry->count)
            entry->turn++;
    }
    entry->requests++;
    if (++entry->active > entry->most_active)
        entry->most_active = entry->active;
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
}

void httpd_answered(struct exchange *exchange)
{
    struct httpd *httpd = exchange->connection->httpd;

    EnterCriticalSection(&httpd->lock);
    exchange->entry->active--;
    exchange->connection->exchange = NULL;
    end_request(exchange->request, GetTickCount64());
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
}

void httpd_progress(struct exchange *exchange, int status, uint64_t bytes)
{
    struct httpd *httpd = exchange->connection->httpd;

    EnterCriticalSection(&httpd->lock);
    if (status)
        exchange->request->status = status;
    exchange->request->sent += bytes;
    exchange->entry->sent += bytes;
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
}

static uint64_t microseconds(void)
{
    LARGE_INTEGER count, frequency;

    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (uint64_t)count.QuadPart / (uint64_t)frequency.QuadPart * 1000000 +
           (uint64_t)count.QuadPart % (uint64_t)frequency.QuadPart * 1000000 /
               (uint64_t)frequency.QuadPart;
}

bool httpd_throttle(struct exchange *exchange, size_t bytes)
{
    struct httpd *httpd = exchange->connection->httpd;
    struct entry *entry = exchange->entry;
    uint64_t now = microseconds(), wait;

    EnterCriticalSection(&httpd->lock);
    if (entry->free_at < now)
        entry->free_at = now;
    entry->free_at += bytes * 1000000 / exchange->response->rate;
    wait = entry->free_at - now;
    LeaveCriticalSection(&httpd->lock);
    return wait < 1000 || httpd_pause(exchange->connection, (unsigned int)(wait / 1000));
}

bool httpd_ending(struct connection *connection)
{
    bool ending;

    EnterCriticalSection(&connection->httpd->lock);
    ending = connection->ending || connection->httpd->stopping;
    LeaveCriticalSection(&connection->httpd->lock);
    return ending;
}

/* ---- waits --------------------------------------------------------------------------------------
 */

/* One wait for any change, under the lock; false when `deadline` has passed. */
static bool wait_change(struct httpd *httpd, uint64_t deadline)
{
    uint64_t now = GetTickCount64();

    if (now >= deadline)
        return false;
    SleepConditionVariableCS(&httpd->changed, &httpd->lock, (DWORD)(deadline - now));
    return true;
}

bool httpd_wait_release(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;
    struct httpd *httpd = connection->httpd;
    uint64_t deadline = GetTickCount64() + 600000;
    bool released;

    EnterCriticalSection(&httpd->lock);
    while (!exchange->entry->released && !connection->ending && !httpd->stopping &&
           wait_change(httpd, deadline))
        ;
    released = exchange->entry->released && !connection->ending && !httpd->stopping;
    LeaveCriticalSection(&httpd->lock);
    return released;
}

bool httpd_pause(struct connection *connection, unsigned int ms)
{
    struct httpd *httpd = connection->httpd;
    uint64_t deadline = GetTickCount64() + ms;
    bool ending;

    EnterCriticalSection(&httpd->lock);
    while (!connection->ending && !httpd->stopping && wait_change(httpd, deadline))
        ;
    ending = connection->ending || httpd->stopping;
    LeaveCriticalSection(&httpd->lock);
    return !ending;
}

static unsigned int count_requests(struct httpd *httpd, const char *path)
{
    return path ? httpd_entry(httpd, path, strlen(path))->requests
                : (unsigned int)httpd->request_count;
}

static uint64_t count_sent(struct httpd *httpd, const char *path)
{
    struct entry *entry;
    uint64_t sum = 0;

    if (path)
        return httpd_entry(httpd, path, strlen(path))->sent;
    for (entry = httpd->entries; entry; entry = entry->next)
        sum += entry->sent;
    return sum;
}

bool httpd_wait_request(struct httpd *httpd, const char *path, unsigned int count,
                        unsigned int timeout)
{
    uint64_t deadline = GetTickCount64() + timeout;
    bool reached;

    EnterCriticalSection(&httpd->lock);
    while (!(reached = count_requests(httpd, path) >= count) && wait_change(httpd, deadline))
        ;
    LeaveCriticalSection(&httpd->lock);
    return reached;
}

bool httpd_wait_sent(struct httpd *httpd, const char *path, uint64_t bytes, unsigned int timeout)
{
    uint64_t deadline = GetTickCount64() + timeout;
    bool reached;

    EnterCriticalSection(&httpd->lock);
    while (!(reached = count_sent(httpd, path) >= bytes) && wait_change(httpd, deadline))
        ;
    LeaveCriticalSection(&httpd->lock);
    return reached;
}

/* ---- what the test asks -------------------------------------------------------------------------
 */

unsigned int httpd_requests(struct httpd *httpd, const char *path)
{
    unsigned int count;

    EnterCriticalSection(&httpd->lock);
    count = count_requests(httpd, path);
    LeaveCriticalSection(&httpd->lock);
    return count;
}

const struct httpd_request *httpd_request(struct httpd *httpd, const char *path, unsigned int n)
{
    const struct httpd_request *found = NULL;
    struct entry *owner;
    size_t i;

    EnterCriticalSection(&httpd->lock);
    owner = path ? httpd_entry(httpd, path, strlen(path)) : NULL;
    for (i = 0; i < httpd->request_count && !found; i++)
    {
        if ((!owner || httpd->owners[i] == owner) && n-- == 0)
            found = httpd->requests[i];
    }
    LeaveCriticalSection(&httpd->lock);
    return found;
}

uint64_t httpd_bytes_sent(struct httpd *httpd, const char *path)
{
    uint64_t sent;

    EnterCriticalSection(&httpd->lock);
    sent = count_sent(httpd, path);
    LeaveCriticalSection(&httpd->lock);
    return sent;
}

unsigned int httpd_connections(struct httpd *httpd)
{
    unsigned int count;

    EnterCriticalSection(&httpd->lock);
    count = httpd->accepted;
    LeaveCriticalSection(&httpd->lock);
    return count;
}

unsigned int httpd_most_at_once(struct httpd *httpd, const char *path)
{
    unsigned int most = 0;
    struct entry *entry;

    EnterCriticalSection(&httpd->lock);
    for (entry = httpd->entries; entry; entry = entry->next)
    {
        if ((!path || strcmp(entry->path, path) == 0) && entry->most_active > most)
            most = entry->most_active;
    }
    LeaveCriticalSection(&httpd->lock);
    return most;
}

bool httpd_header(const struct httpd_request *request, const char *name, char *buffer, size_t size)
{
    size_t length = strlen(name);
    const char *line = request->headers;

    while (*line)
    {
        size_t end = strcspn(line, "\r\n");

        if (end > length && _strnicmp(line, name, length) == 0 && line[length] == ':')
        {
            const char *value = line + length + 1;

            value += strspn(value, " \t");
            snprintf(buffer, size, "%.*s", (int)(line + end - value), value);
            return true;
        }
        line += end;
        line += strspn(line, "\r\n");
    }
    return false;
}
