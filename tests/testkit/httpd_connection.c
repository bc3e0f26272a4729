#include "testkit/httpd_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sockets do not block: a connection must notice within a moment that it is to end, and neither
 * shutdown() nor closesocket() on another thread wakes a blocked call everywhere. */
#define TICK 50 /* ms */

static bool wait_socket(struct connection *connection, bool to_write)
{
    while (!httpd_ending(connection))
    {
        struct timeval tick = {0, TICK * 1000};
        fd_set set;
        int ready;

        FD_ZERO(&set);
        FD_SET(connection->socket, &set);
        ready = select(0, to_write ? NULL : &set, to_write ? &set : NULL, NULL, &tick);
        if (ready != 0)
            return ready > 0;
    }
    return false;
}

bool httpd_send(struct connection *connection, const void *data, size_t length)
{
    const char *next = data;

    while (length)
    {
        int sent = send(connection->socket, next, (int)length, 0);

        if (sent > 0)
        {
            next += sent;
            length -= (size_t)sent;
        }
        else if (WSAGetLastError() != WSAEWOULDBLOCK || !wait_socket(connection, true))
            return false;
    }
    return true;
}

/* Reads until a whole head is in `input`: its length, or 0 when the connection has ended. */
static size_t receive_head(struct connection *connection)
{
    for (;;)
    {
        size_t room = sizeof(connection->input) - 1 - connection->used;
        const char *end;
        int got;

        connection->input[connection->used] = 0;
        end = strstr(connection->input, "\r\n\r\n");
        if (end)
            return (size_t)(end - connection->input) + 4;
        if (!room)
            return 0;
        got = recv(connection->socket, connection->input + connection->used, (int)room, 0);
        if (got > 0)
            connection->used += (size_t)got;
        else if (got == 0 || WSAGetLastError() != WSAEWOULDBLOCK || !wait_socket(connection, false))
            return 0;
    }
}

/* Reads one part: "bytes=a-b", "bytes=a-" or "bytes=-b". Anything else is no Range. */
static void parse_range(struct httpd_request *request)
{
    char text[256];
    char *end;

    request->first = request->last = -1;
    if (!httpd_header(request, "Range", text, sizeof(text)) || strncmp(text, "bytes=", 6) != 0)
        return;
    end = text + 6;
    if (*end != '-')
        request->first = strtoll(end, &end, 10);
    if (*end++ != '-')
        return;
    if (*end)
        request->last = strtoll(end, &end, 10);
    request->ranged = !*end && (request->first >= 0 || request->last >= 0);
}

static void parse_head(struct httpd_request *request, const char *head, size_t length)
{
    size_t line = strcspn(head, "\r");
    size_t rest = length - line - 2;

    sscanf(head, "%15s %2299s", request->method, request->target);
    if (rest >= sizeof(request->headers))
        rest = sizeof(request->headers) - 1;
    memcpy(request->headers, head + line + 2, rest);
    parse_range(request);
}

/* Answers one request; false when the connection must end. */
static bool serve(struct connection *connection, size_t head, bool *reset)
{
    struct exchange exchange = {.connection = connection};
    struct httpd_request *request = calloc(1, sizeof(*request));
    bool keep;

    if (!request)
        return false;
    parse_head(request, connection->input, head);
    request->connection = connection->number;
    request->port = connection->port;
    request->time = GetTickCount64();
    httpd_arrived(&exchange, request);
    free(request);
    keep = httpd_answer(&exchange, reset);
    httpd_answered(&exchange);
    connection->used -= head;
    memmove(connection->input, connection->input + head, connection->used);
    return keep;
}

/* FIN, then what the client still sends is read for a moment: closing over unread bytes is a RST.
 */
static void end_politely(struct connection *connection)
{
    uint64_t deadline = GetTickCount64() + 500;
    char waste[512];

    shutdown(connection->socket, SD_SEND);
    while (GetTickCount64() < deadline && wait_socket(connection, false))
    {
        if (recv(connection->socket, waste, sizeof(waste), 0) <= 0)
            break;
    }
}

DWORD WINAPI httpd_connection_run(void *context)
{
    struct connection *connection = context;
    struct linger at_once = {1, 0};
    bool reset = false;
    size_t head;

    do
        head = receive_head(connection);
    while (head && serve(connection, head, &reset));
    if (reset)
        setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, (char *)&at_once, sizeof(at_once));
    else
        end_politely(connection);
    closesocket(connection->socket);
    return 0;
}
