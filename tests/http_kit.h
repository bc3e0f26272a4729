/* A fresh server and an http of its own for each test, exchanges that note what they are told, and
 * the proof at the end that nothing of them lives on. */
#ifndef HTTP_KIT_H
#define HTTP_KIT_H

#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "io/http.h"
#include "testkit/content.h"
#include "testkit/httpd.h"

#define LIMIT 10000 /* ms */
#define BODY_ROOM ((size_t)8 << 20)

struct call /* one exchange and what its callbacks were told */
{
    struct http_exchange *exchange;
    int heads;
    int status;
    char raw[4096];
    char *body;
    size_t size;
    int pauses;  /* how many times body still refuses */
    bool full;   /* there is no room for a body */
    size_t room; /* bytes that there is room for, all in all; 0: for any number */
    int dones;
    struct http_result result;
    enum http_go head_go;
    enum http_go body_go;
    struct client *chain; /* done starts another exchange */
    bool stop_in_body;
};

struct client
{
    struct httpd *httpd;
    struct http *http;
    LONG blocks;
    LONG handles;
    bool gives_up; /* memory, knowingly */
    char url[HTTPD_URL_MAX];
    struct call first;
    struct call second;
};

static inline void start_call(struct client *client, struct call *call,
                              struct http_request request);

static inline enum http_go on_head(void *context, const struct http_head *head, const char *raw)
{
    struct call *call = context;

    call->heads++;
    call->status = head->status;
    snprintf(call->raw, sizeof(call->raw), "%s", raw);
    return call->head_go;
}

static inline enum http_go on_body(void *context, const void *data, size_t size)
{
    struct call *call = context;

    if (call->pauses)
    {
        call->pauses--;
        return HTTP_PAUSE;
    }
    if (call->stop_in_body)
        http_stop(call->exchange);
    if (call->body_go == HTTP_GO && call->size + size <= BODY_ROOM)
    {
        memcpy(call->body + call->size, data, size);
        call->size += size;
    }
    return call->body_go;
}

static inline void on_done(void *context, const struct http_result *result)
{
    struct call *call = context;

    call->dones++;
    call->result = *result;
    if (call->chain)
        start_call(call->chain, &call->chain->second,
                   (struct http_request){.url = call->chain->url});
}

static inline bool on_room(void *context, size_t size)
{
    struct call *call = context;

    return !call->full && (!call->room || call->size + size <= call->room);
}

static const struct http_callbacks callbacks = {on_head, on_body, on_done, on_room};

static inline void start_call(struct client *client, struct call *call, struct http_request request)
{
    if (!call->body)
        call->body = malloc(BODY_ROOM);
    request.callbacks = &callbacks;
    request.context = call;
    if (http_start(client->http, &request, &call->exchange) != S_OK)
        call->dones = -1;
}

static inline const char *url(struct client *client, const char *path)
{
    return httpd_url(client->httpd, path, client->url);
}

static inline void poll_until(struct client *client, const int *count, int value)
{
    ULONGLONG end = GetTickCount64() + LIMIT;

    while (*count < value && GetTickCount64() < end)
        http_poll(client->http, 50);
    assert_int_equal(value, *count);
}

static inline struct call *get(struct client *client, struct http_request request)
{
    start_call(client, &client->first, request);
    poll_until(client, &client->first.dones, 1);
    return &client->first;
}

static inline struct call *get_path(struct client *client, const char *path)
{
    return get(client, (struct http_request){.url = url(client, path)});
}

static inline int http_setup(void **state)
{
    struct client *client = calloc(1, sizeof(*client));

    fault_configure("");
    client->httpd = httpd_start();
    client->blocks = mem_live_blocks();
    client->handles = handle_live();
    if (!client->httpd || http_open(&client->http))
        return -1;
    *state = client;
    return 0;
}

static inline int http_teardown(void **state)
{
    struct client *client = *state;
    bool clean;

    fault_configure("");
    http_close(client->http);
    clean = (client->gives_up || mem_live_blocks() == client->blocks) &&
            handle_live() == client->handles;
    if (!clean)
        print_error("blocks %ld -> %ld, handles %ld -> %ld\n", client->blocks, mem_live_blocks(),
                    client->handles, handle_live());
    httpd_stop(client->httpd);
    free(client->first.body);
    free(client->second.body);
    free(client);
    return clean ? 0 : -1;
}

static inline void assert_content(const struct call *call, uint32_t seed, size_t size)
{
    char *expected = malloc(size + 1);

    assert_int_equal(size, call->size);
    content_fill(seed, 0, expected, size);
    assert_memory_equal(expected, call->body, size);
    free(expected);
}

static inline void assert_failure(enum failure failure, const struct call *call)
{
    assert_int_equal(1, call->dones);
    assert_false(call->result.stopped);
    if (call->result.failure.kind != failure)
        print_error("%s\n", call->result.detail);
    assert_int_equal(failure, call->result.failure.kind);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, http_setup, http_teardown)

#endif
