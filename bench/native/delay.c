/*
 * A proxy on the loopback interface that makes the network slow: each byte arrives half a round
 * trip after it was sent, in both directions, and so does a connection. It limits no rate.
 *
 *     delay PORT TARGET_PORT ROUND_TRIP_MS      until it is killed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 64
#define CHUNK 65536
#define QUEUED_MAX (16 << 20) /* bytes on their way in one direction */

struct chunk
{
    struct chunk *next;
    long long due; /* microseconds */
    size_t size, sent;
    int end; /* the sender has finished */
    char data[];
};

struct lane /* one direction */
{
    int from, to;
    int ended;
    size_t queued;
    struct chunk *first, **last;
};

struct pair
{
    int used;
    struct lane lanes[2];
};

static struct pair pairs[PAIRS_MAX];
static long long half_trip;

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int local_socket(int port, int listening)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((unsigned short)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (listening ? bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 256)
                  : connect(fd, (struct sockaddr *)&address, sizeof(address)))
    {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void add(struct lane *lane, const char *data, size_t size, long long delay)
{
    struct chunk *chunk = malloc(sizeof(*chunk) + size);

    if (!chunk)
        abort();
    *chunk = (struct chunk){.due = now_us() + delay, .size = size, .end = !size};
    memcpy(chunk->data, data, size);
    *lane->last = chunk;
    lane->last = &chunk->next;
    lane->queued += size;
}

static void accept_one(int listener, int target)
{
    int one = 1, client = accept4(listener, NULL, NULL, SOCK_NONBLOCK), server, i;

    if (client < 0)
        return;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    for (i = 0; i < PAIRS_MAX && pairs[i].used; i++)
        ;
    if (i == PAIRS_MAX || (server = local_socket(target, 0)) < 0)
    {
        close(client);
        return;
    }
    pairs[i].used = 1;
    pairs[i].lanes[0] = (struct lane){.from = client, .to = server};
    pairs[i].lanes[1] = (struct lane){.from = server, .to = client};
    pairs[i].lanes[0].last = &pairs[i].lanes[0].first;
    pairs[i].lanes[1].last = &pairs[i].lanes[1].first;
    /* the handshake was with this proxy: its round trip is added to what is sent first */
    add(&pairs[i].lanes[0], "", 0, 2 * half_trip);
    pairs[i].lanes[0].first->end = 0;
}

static void take(struct lane *lane)
{
    static char data[CHUNK];
    ssize_t got = read(lane->from, data, sizeof(data));
    long long delay = half_trip;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* behind the handshake, if that is still under way */
    if (lane->first && lane->first->due - now_us() > 0 && !lane->first->size)
        delay += lane->first->due - now_us();
    if (got <= 0)
        lane->ended = 1;
    add(lane, data, got > 0 ? (size_t)got : 0, delay);
}

/* What is due; -1 when the connection is of no more use. */
static int give(struct lane *lane)
{
    struct chunk *chunk;

    while ((chunk = lane->first) && chunk->due <= now_us())
    {
        ssize_t sent = 0;

        if (chunk->sent < chunk->size)
            sent =
                send(lane->to, chunk->data + chunk->sent, chunk->size - chunk->sent, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        chunk->sent += (size_t)sent;
        if (chunk->sent < chunk->size)
            return 0;
        if (chunk->end)
            shutdown(lane->to, SHUT_WR);
        lane->queued -= chunk->size;
        if (!(lane->first = chunk->next))
            lane->last = &lane->first;
        free(chunk);
    }
    return 0;
}

static void drop(struct pair *pair)
{
    struct chunk *chunk;
    int i;

    for (i = 0; i < 2; i++)
        while ((chunk = pair->lanes[i].first))
        {
            pair->lanes[i].first = chunk->next;
            free(chunk);
        }
    close(pair->lanes[0].from);
    close(pair->lanes[0].to);
    pair->used = 0;
}

static int milliseconds_until_due(void)
{
    long long next = now_us() + 1000000, left;
    int i, j;

    for (i = 0; i < PAIRS_MAX; i++)
        for (j = 0; pairs[i].used && j < 2; j++)
            if (pairs[i].lanes[j].first && pairs[i].lanes[j].first->due < next)
                next = pairs[i].lanes[j].first->due;
    left = next - now_us();
    return left > 0 ? (int)((left + 999) / 1000) : 1;
}

int main(int argc, char **argv)
{
    struct pollfd polled[1 + 2 * PAIRS_MAX];
    struct lane *lanes[1 + 2 * PAIRS_MAX];
    int listener, i, j, count;

    if (argc != 4 || (listener = local_socket(atoi(argv[1]), 1)) < 0)
    {
        fprintf(stderr, "usage: delay PORT TARGET_PORT ROUND_TRIP_MS\n");
        return 2;
    }
    half_trip = atoi(argv[3]) * 500LL;
    for (;;)
    {
        polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        count = 1;
        for (i = 0; i < PAIRS_MAX; i++)
            for (j = 0; pairs[i].used && j < 2; j++)
                if (!pairs[i].lanes[j].ended && pairs[i].lanes[j].queued < QUEUED_MAX)
                {
                    lanes[count] = &pairs[i].lanes[j];
                    polled[count++] =
                        (struct pollfd){.fd = pairs[i].lanes[j].from, .events = POLLIN};
                }
        poll(polled, (nfds_t)count, milliseconds_until_due());
        for (i = 1; i < count; i++)
            if (polled[i].revents)
                take(lanes[i]);
        if (polled[0].revents)
            accept_one(listener, atoi(argv[2]));
        for (i = 0; i < PAIRS_MAX; i++)
        {
            struct pair *pair = &pairs[i];

            if (!pair->used)
                continue;
            if (give(&pair->lanes[0]) || give(&pair->lanes[1]) ||
                (pair->lanes[0].ended && pair->lanes[1].ended && !pair->lanes[0].first &&
                 !pair->lanes[1].first))
                drop(pair);
        }
    }
}
