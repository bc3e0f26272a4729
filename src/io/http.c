#include "io/http.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_exchange.h"
#include "io/http_global.h"
#include "io/http_wait.h"

#define MANY 4 /* exchanges; more of them share the cache better with smaller receive buffers */

#define RECEIVE_BUFFER_HTTP (1024L << 10)
#define RECEIVE_BUFFER_HTTPS (256L << 10) /* 1 MiB halves Schannel's rate */
#define RECEIVE_BUFFER_MANY (256L << 10)
#define RECEIVE_BUFFER_SMALL (16L << 10)
#define READS_AT_LEAST 4 /* between two pauses */
#define PATIENCE_MS 20   /* virtual; after that one will do */

struct http
{
    CURLM *multi;
    struct http_wait *wait;
    UINT64 taken; /* bytes of all bodies */
    /* In the order they were started, parked ones included. Only http_poll and http_close take any
     * out, so callbacks may start and stop what they like while the list is walked. */
    struct http_exchange *first;
    struct http_exchange *last;
    size_t alive; /* not parked */
    bool closing;
};

/* ---- the list ---- */

static void link_last(struct http *http, struct http_exchange *exchange)
{
    exchange->prev = http->last;
    if (http->last)
        http->last->next = exchange;
    else
        http->first = exchange;
    http->last = exchange;
    http->alive++;
}

static void unlink_exchange(struct http *http, struct http_exchange *exchange)
{
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        http->first = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    else
        http->last = exchange->prev;
}

/* ---- the end of an exchange ---- */

static void reap(struct http *http, struct http_exchange *exchange)
{
    if (exchange->phase != EXCHANGE_WAITING)
        curl_multi_remove_handle(http->multi, exchange->easy);
    unlink_exchange(http, exchange);
    exchange_free(exchange);
}

/* The lookup's thread will come back into this code, and its memory cannot be freed under it. */
static void pin_module(void)
{
    HMODULE module;

    WARN("a name lookup outlives its request: this module stays loaded");
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       (LPCWSTR)pin_module, &module);
}

/* Not inside one of libcurl's callbacks. The exchange is gone, or parked, when this returns. */
static void finish(struct http *http, struct http_exchange *exchange, CURLcode code)
{
    struct http_result result;

    exchange_result(exchange, code, &result);
    exchange->over = true;
    exchange->callbacks->done(exchange->context, &result);
    http->alive--;
    if (exchange->resolving && code == CURLE_OPERATION_TIMEDOUT)
        pin_module(); /* libcurl's limit was faster than ours, and has left its thread alone */
    if (exchange->resolving && code == CURLE_OK)
        exchange_park(exchange);
    else
        reap(http, exchange);
}

/* ---- what http_poll does ---- */

static void add_waiting(struct http *http, struct http_exchange *exchange)
{
    if (curl_multi_add_handle(http->multi, exchange->easy))
        exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
    else
        exchange->phase = EXCHANGE_RUNNING;
}

/* Each pause costs some calls of the system, so there should be a few reads between two. But others
 * may take every buffer that comes back. */
static bool may_unpause(const struct http_exchange *exchange)
{
    size_t read = (size_t)exchange->receive_buffer;

    return exchange_has_room(exchange, READS_AT_LEAST * read) ||
           (clock_now() - exchange->paused_at >= PATIENCE_MS && exchange_has_room(exchange, read));
}

static bool waits_for_room(const struct http_exchange *exchange)
{
    return (exchange->resume || exchange->full) && !exchange->over;
}

static void unpause(struct http_exchange *exchange)
{
    exchange->resume = false;
    exchange->full = false;
    exchange->paused = false;
    /* may call body at once, whose verdict is in the exchange */
    if (curl_easy_pause(exchange->easy, CURLPAUSE_CONT))
        exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
}

/* When it has to be looked at without an event from the network. */
static UINT64 look_at(const struct http_exchange *exchange)
{
    if (exchange->over)
        return 0;
    return exchange->phase == EXCHANGE_WAITING ? exchange->not_before : exchange->connect_deadline;
}

/* Real milliseconds until something has to be done without an event from the network. */
static DWORD prepare(struct http *http, DWORD milliseconds)
{
    struct http_exchange *exchange;
    DWORD left;

    for (exchange = http->first; exchange; exchange = exchange->next)
    {
        if (exchange->phase == EXCHANGE_PARKED)
            continue;
        if (exchange->phase == EXCHANGE_WAITING && !exchange->over && !exchange->injected &&
            clock_now() >= exchange->not_before)
            add_waiting(http, exchange);
        if (waits_for_room(exchange) && may_unpause(exchange))
            unpause(exchange);
        if (waits_for_room(exchange))
            milliseconds = MIN(milliseconds, PATIENCE_MS);
        if (exchange->phase == EXCHANGE_RUNNING && !exchange->over)
            exchange_watch_connect(exchange);
        left = clock_wait_until(look_at(exchange));
        if (left < milliseconds)
            milliseconds = left;
    }
    return milliseconds;
}

/* What libcurl says has ended. */
static void collect(struct http *http)
{
    struct http_exchange *exchange;
    CURLMsg *message;
    CURLcode code;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left)))
    {
        if (message->msg != CURLMSG_DONE)
            continue;
        code = message->data.result;
        exchange = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        if (code != CURLE_OPERATION_TIMEDOUT)
            exchange->resolving = false;
        if (exchange->phase == EXCHANGE_PARKED)
        {
            reap(http, exchange);
            continue;
        }
        if (exchange->login.again && !exchange->over)
        {
            curl_multi_remove_handle(http->multi, exchange->easy);
            exchange_again(exchange);
            continue;
        }
        if (!code)
            exchange_tell_head(exchange);
        finish(http, exchange, code);
    }
}

/* What we say has ended. */
static void expire(struct http *http)
{
    struct http_exchange *exchange;
    struct http_exchange *next;

    for (exchange = http->first; exchange; exchange = next)
    {
        next = exchange->next;
        if (exchange->phase == EXCHANGE_PARKED)
            continue;
        if (exchange_is_answered(exchange))
        {
            exchange_answer(exchange);
            finish(http, exchange, CURLE_OK);
            continue;
        }
        if (clock_now() >= exchange->connect_deadline)
            exchange_late(exchange);
        if (exchange->over)
            finish(http, exchange, CURLE_OK);
    }
}

void http_poll(struct http *http, DWORD milliseconds)
{
    http_wait_work(http->wait, prepare(http, milliseconds));
    collect(http);
    expire(http);
}

void http_wake(struct http *http)
{
    http_wait_wake(http->wait);
}

/* ---- the client's side ---- */

static long receive_buffer(const struct http *http, const struct http_request *request)
{
    if (request->small)
        return RECEIVE_BUFFER_SMALL;
    if (http->alive >= MANY)
        return RECEIVE_BUFFER_MANY;
    return str_starts_nocase(request->url, "https:") ? RECEIVE_BUFFER_HTTPS : RECEIVE_BUFFER_HTTP;
}

HRESULT http_start(struct http *http, const struct http_request *request,
                   struct http_exchange **exchange)
{
    struct http_exchange *made;
    HRESULT hr;

    if (http->closing)
        return E_ABORT;
    hr = exchange_create(http, request, receive_buffer(http, request), &made);
    if (FAILED(hr))
        return hr;
    made->taken = &http->taken;
    TRACE("%p %s %s", (void *)made, request->method ? request->method : "GET",
          LOG_URL(request->url));
    link_last(http, made);
    *exchange = made;
    return S_OK;
}

void http_stop(struct http_exchange *exchange)
{
    exchange->over = true;
    exchange->stopped = true;
}

struct certificate *http_take_certificate(struct http_exchange *exchange)
{
    struct certificate *taken = exchange->unjudged;

    exchange->unjudged = NULL;
    return taken;
}

void http_resume(struct http_exchange *exchange)
{
    exchange->resume = exchange->paused;
}

static UINT64 bytes_taken(void *context)
{
    const struct http *http = context;

    return http->taken;
}

static bool may_read(void *context, CURL *easy)
{
    struct http_exchange *exchange = NULL;

    (void)context;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
    return exchange_has_room(exchange, (size_t)exchange->receive_buffer);
}

static const struct http_wait_client wait_client = {bytes_taken, may_read};

static void http_free(struct http *http)
{
    curl_multi_cleanup(http->multi);
    http_wait_close(http->wait);
    http_global_release();
    mem_free(http);
}

HRESULT http_open(struct http **http)
{
    struct http *made;
    HRESULT hr;

    made = mem_zalloc(sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    hr = http_global_acquire();
    if (FAILED(hr))
    {
        mem_free(made);
        return hr;
    }
    made->multi = curl_multi_init();
    hr = made->multi ? http_wait_open(made->multi, &wait_client, made, &made->wait) : E_OUTOFMEMORY;
    if (FAILED(hr))
    {
        http_free(made);
        return hr;
    }
    curl_multi_setopt(made->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    *http = made;
    return S_OK;
}

void http_close(struct http *http)
{
    struct http_exchange *exchange;

    if (!http)
        return;
    http->closing = true; /* a done may want to try again */
    for (exchange = http->first; exchange; exchange = exchange->next)
        if (exchange->phase != EXCHANGE_PARKED)
            http_stop(exchange);
    expire(http);
    assert(!http->alive);
    if (http->first)
    {
        http_wait_close(http->wait); /* nobody asks libcurl to work any more */
        pin_module();
        return;
    }
    http_free(http);
}
