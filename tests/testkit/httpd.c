#include "testkit/httpd_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the test sets -------------------------------------------------------------------------
 */

static void copy_string(struct httpd *httpd, const char **string)
{
    if (*string)
        *string = httpd_copy(httpd, *string, strlen(*string));
}

static void copy_response(struct httpd *httpd, struct httpd_response *response)
{
    const char **strings[] = {
        &response->reason,        &response->headers,        &response->body,
        &response->etag,          &response->last_modified,  &response->date,
        &response->retry_after,   &response->location,       &response->content_range,
        &response->require_basic, &response->content_length, &response->require_proxy_basic,
    };
    size_t i;

    for (i = 0; i < ARRAYSIZE(strings); i++)
        copy_string(httpd, strings[i]);
    if (response->body && !response->size)
        response->size = strlen(response->body);
    if (response->raw)
    {
        if (!response->raw_length)
            response->raw_length = strlen(response->raw);
        response->raw = httpd_copy(httpd, response->raw, response->raw_length);
    }
}

void httpd_script(struct httpd *httpd, const char *path, const struct httpd_response *responses,
                  size_t count)
{
    struct httpd_response *copy;
    struct entry *entry;
    size_t i;

    EnterCriticalSection(&httpd->lock);
    copy = httpd_alloc(httpd, count * sizeof(*copy));
    for (i = 0; i < count; i++)
    {
        copy[i] = responses[i];
        copy_response(httpd, &copy[i]);
    }
    entry = httpd_entry(httpd, path, strlen(path));
    entry->responses = copy;
    entry->count = count;
    entry->turn = 0;
    entry->released = false;
    LeaveCriticalSection(&httpd->lock);
}

void httpd_release(struct httpd *httpd, const char *path)
{
    EnterCriticalSection(&httpd->lock);
    httpd_entry(httpd, path, strlen(path))->released = true;
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
}

void httpd_disconnect(struct httpd *httpd)
{
    struct connection *connection;

    EnterCriticalSection(&httpd->lock);
    for (connection = httpd->connections; connection; connection = connection->next)
        connection->ending = true;
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
}

unsigned short httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

char *httpd_url(const struct httpd *httpd, const char *path, char *buffer)
{
    snprintf(buffer, HTTPD_URL_MAX, "http://127.0.0.1:%u%s", httpd->port, path);
    return buffer;
}

wchar_t *httpd_wide_url(const struct httpd *httpd, const char *path, wchar_t *buffer)
{
    char url[HTTPD_URL_MAX];

    httpd_url(httpd, path, url);
    MultiByteToWideChar(CP_UTF8, 0, url, -1, buffer, HTTPD_URL_MAX);
    return buffer;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

/* False when the server is stopping. */
static bool admit(struct httpd *httpd, SOCKET socket, unsigned short port)
{
    struct connection *connection;
    bool stopping;
    u_long yes = 1;

    EnterCriticalSection(&httpd->lock);
    stopping = httpd->stopping;
    if (stopping)
        closesocket(socket);
    else
    {
        ioctlsocket(socket, FIONBIO, &yes);
        connection = httpd_alloc(httpd, sizeof(*connection));
        connection->httpd = httpd;
        connection->socket = socket;
        connection->number = ++httpd->accepted;
        connection->port = port;
        connection->next = httpd->connections;
        httpd->connections = connection;
        connection->thread = CreateThread(NULL, 0, httpd_connection_run, connection, 0, NULL);
    }
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
    return !stopping;
}

static DWORD WINAPI accept_connections(void *context)
{
    struct httpd *httpd = context;
    struct sockaddr_in peer = {0};
    SOCKET socket;
    int length;

    do
    {
        length = sizeof(peer);
        socket = accept(httpd->listener, (struct sockaddr *)&peer, &length);
    } while (socket != INVALID_SOCKET && admit(httpd, socket, ntohs(peer.sin_port)));
    return 0;
}

static bool listen_on_loopback(struct httpd *httpd)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int length = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    httpd->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (httpd->listener == INVALID_SOCKET ||
        bind(httpd->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(httpd->listener, SOMAXCONN) != 0 ||
        getsockname(httpd->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    httpd->port = ntohs(address.sin_port);
    return true;
}

struct httpd *httpd_start(void)
{
    struct httpd *httpd = calloc(1, sizeof(*httpd));
    WSADATA data;

    if (!httpd || WSAStartup(MAKEWORD(2, 2), &data) != 0)
    {
        free(httpd);
        return NULL;
    }
    InitializeCriticalSection(&httpd->lock);
    InitializeConditionVariable(&httpd->changed);
    if (listen_on_loopback(httpd))
        httpd->thread = CreateThread(NULL, 0, accept_connections, httpd, 0, NULL);
    if (!httpd->thread)
    {
        httpd_stop(httpd);
        httpd = NULL;
    }
    return httpd;
}

/* accept() returns for certain when a connection comes; closing its socket does not always do it.
 */
static void wake_acceptor(struct httpd *httpd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(httpd->port)};
    SOCKET poke = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (poke == INVALID_SOCKET)
        return;
    connect(poke, (struct sockaddr *)&address, sizeof(address));
    closesocket(poke);
}

static void join(HANDLE thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void httpd_stop(struct httpd *httpd)
{
    struct connection *connection;

    if (!httpd)
        return;
    EnterCriticalSection(&httpd->lock);
    httpd->stopping = true;
    LeaveCriticalSection(&httpd->lock);
    WakeAllConditionVariable(&httpd->changed);
    if (httpd->thread)
    {
        wake_acceptor(httpd);
        closesocket(httpd->listener);
        join(httpd->thread);
    }
    for (connection = httpd->connections; connection; connection = connection->next)
        join(connection->thread);
    while (httpd->memory)
    {
        struct memory *memory = httpd->memory;

        httpd->memory = memory->next;
        free(memory);
    }
    free(httpd->requests);
    free(httpd->owners);
    DeleteCriticalSection(&httpd->lock);
    WSACleanup();
    free(httpd);
}
