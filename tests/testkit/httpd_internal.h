/* What the files of the scripted server share: httpd.c is its life and its scripts, httpd_books.c
 * knows what happened, httpd_connection.c reads requests, httpd_answer.c sends one answer. */
#ifndef TESTKIT_HTTPD_INTERNAL_H
#define TESTKIT_HTTPD_INTERNAL_H

#include "base/platform.h"

#include "testkit/httpd.h"

struct memory /* freed when the server stops */
{
    struct memory *next;
};

/* A path: its script, and what happened to it. Lives until the server stops. */
struct entry
{
    struct entry *next;
    const char *path;
    const struct httpd_response *responses;
    size_t count;
    size_t turn;
    bool released;
    unsigned int requests;
    unsigned int active;
    unsigned int most_active;
    uint64_t sent;
    uint64_t free_at; /* microseconds: when a body with a rate may send more */
};

struct connection
{
    struct connection *next;
    struct httpd *httpd;
    SOCKET socket;
    HANDLE thread;
    unsigned int number;
    unsigned short port;       /* the client's */
    struct exchange *exchange; /* under httpd.lock: what is being answered, or NULL */
    bool ending;               /* under httpd.lock: somebody wants the connection to end */
    size_t used;               /* bytes in `input` */
    char input[16384];
};

/* A request in work. */
struct exchange
{
    struct connection *connection;
    struct httpd_request *request; /* of the books; written under httpd.lock */
    struct entry *entry;
    const struct httpd_response *response; /* NULL: the path has no script */
};

struct httpd
{
    SOCKET listener;
    unsigned short port;
    HANDLE thread;

    CRITICAL_SECTION lock; /* protects everything below */
    CONDITION_VARIABLE changed;
    bool stopping;
    struct memory *memory; /* all that is freed at the end only */
    struct entry *entries;
    struct connection *connections;
    unsigned int accepted;
    struct httpd_request **requests;
    struct entry **owners; /* of each request */
    size_t request_count;
    size_t request_room;
};

/* httpd_books.c; the first three under the lock, until the server stops, abort when out of memory
 */
void *httpd_alloc(struct httpd *httpd, size_t size); /* zeroed */
const char *httpd_copy(struct httpd *httpd, const char *bytes, size_t length);
struct entry *httpd_entry(struct httpd *httpd, const char *path,
                          size_t length); /* made if need be */
/* Books a request and finds its answer. */
void httpd_arrived(struct exchange *exchange, const struct httpd_request *request);
void httpd_answered(struct exchange *exchange);
void httpd_progress(struct exchange *exchange, int status, uint64_t bytes);
bool httpd_ending(struct connection *connection);
/* Waits until the path is released; false when the connection is to end. */
bool httpd_wait_release(struct exchange *exchange);
/* Waits until a body of the response's rate may send as much again as it has just sent. */
bool httpd_throttle(struct exchange *exchange, size_t bytes);
/* Lets `ms` pass; false when the connection is to end. */
bool httpd_pause(struct connection *connection, unsigned int ms);

/* httpd_connection.c */
DWORD WINAPI httpd_connection_run(void *connection);
bool httpd_send(struct connection *connection, const void *data, size_t length);

/* httpd_answer.c: false when the connection must end; *reset: with RST. */
bool httpd_answer(struct exchange *exchange, bool *reset);

#endif
