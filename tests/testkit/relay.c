#include <winsock2.h>

#include "testkit/relay.h"

#include <ws2tcpip.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 64
#define TICK 50 /* ms */
#define BLOCK 65536

struct pair /* one connection, both sides of it */
{
    struct relay *relay;
    SOCKET client, server;
    HANDLE thread;
};

struct relay
{
    SOCKET listener;
    unsigned short port;
    unsigned short ports[RELAY_PORTS_MAX];
    size_t count;
    HANDLE thread;
    LONG ending;
    LONG accepted;
    struct pair pairs[CONNECTIONS_MAX]; /* the thread's until it is over */
};

static bool is_ending(struct relay *relay)
{
    return InterlockedCompareExchange(&relay->ending, 0, 0) != 0;
}

static struct sockaddr_in address_of(unsigned short port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* What is there to be read goes to the other side; false when one of them is gone. */
static bool lead(SOCKET from, SOCKET to, char *block)
{
    int got = recv(from, block, BLOCK, 0), done = 0, sent;

    if (got <= 0)
        return false;
    while (done < got)
    {
        if ((sent = send(to, block + done, got - done, 0)) <= 0)
            return false;
        done += sent;
    }
    return true;
}

static DWORD WINAPI run_pair(void *context)
{
    struct pair *pair = context;
    char *block = malloc(BLOCK);
    bool good = block != NULL;

    while (good && !is_ending(pair->relay))
    {
        struct timeval tick = {0, TICK * 1000};
        fd_set set;

        FD_ZERO(&set);
        FD_SET(pair->client, &set);
        FD_SET(pair->server, &set);
        good = select(0, &set, NULL, NULL, &tick) >= 0;
        if (good && FD_ISSET(pair->client, &set))
            good = lead(pair->client, pair->server, block);
        if (good && FD_ISSET(pair->server, &set))
            good = lead(pair->server, pair->client, block);
    }
    closesocket(pair->client);
    closesocket(pair->server);
    free(block);
    return 0;
}

static void join(struct relay *relay, SOCKET client)
{
    size_t n = (size_t)relay->accepted;
    struct sockaddr_in address;
    struct pair *pair;

    if (n == CONNECTIONS_MAX)
    {
        closesocket(client);
        return;
    }
    address = address_of(relay->ports[n < relay->count ? n : relay->count - 1]);
    pair = &relay->pairs[n];
    *pair = (struct pair){.relay = relay, .client = client};
    pair->server = socket(AF_INET, SOCK_STREAM, 0);
    InterlockedIncrement(&relay->accepted);
    if (!connect(pair->server, (struct sockaddr *)&address, sizeof(address)))
        pair->thread = CreateThread(NULL, 0, run_pair, pair, 0, NULL);
    if (!pair->thread)
    {
        closesocket(pair->client);
        closesocket(pair->server);
    }
}

static DWORD WINAPI accept_connections(void *context)
{
    struct relay *relay = context;

    while (!is_ending(relay))
    {
        struct timeval tick = {0, TICK * 1000};
        SOCKET client;
        fd_set set;

        FD_ZERO(&set);
        FD_SET(relay->listener, &set);
        if (select(0, &set, NULL, NULL, &tick) <= 0)
            continue;
        if ((client = accept(relay->listener, NULL, NULL)) != INVALID_SOCKET)
            join(relay, client);
    }
    return 0;
}

struct relay *relay_start(const unsigned short *ports, size_t count)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    struct sockaddr_in address = address_of(0);
    int length = sizeof(address);
    WSADATA data;

    if (!relay || !count || count > RELAY_PORTS_MAX || WSAStartup(MAKEWORD(2, 2), &data))
    {
        free(relay);
        return NULL;
    }
    memcpy(relay->ports, ports, count * sizeof(*ports));
    relay->count = count;
    relay->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (!bind(relay->listener, (struct sockaddr *)&address, length) &&
        !listen(relay->listener, SOMAXCONN) &&
        !getsockname(relay->listener, (struct sockaddr *)&address, &length))
    {
        relay->port = ntohs(address.sin_port);
        relay->thread = CreateThread(NULL, 0, accept_connections, relay, 0, NULL);
    }
    if (relay->thread)
        return relay;
    relay_stop(relay);
    return NULL;
}

static void wait_for(HANDLE thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void relay_stop(struct relay *relay)
{
    size_t i;

    if (!relay)
        return;
    InterlockedExchange(&relay->ending, 1);
    wait_for(relay->thread);
    for (i = 0; i < CONNECTIONS_MAX; i++)
        wait_for(relay->pairs[i].thread);
    closesocket(relay->listener);
    WSACleanup();
    free(relay);
}

unsigned short relay_port(const struct relay *relay)
{
    return relay->port;
}

unsigned int relay_connections(struct relay *relay)
{
    return (unsigned int)InterlockedCompareExchange(&relay->accepted, 0, 0);
}
