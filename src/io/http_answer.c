/* What comes in: the head and the body of an answer, as libcurl hands them over. */
#include "io/http_exchange.h"

#include "base/clock.h"
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#define SWALLOW_LIMIT 65536 /* bytes */

/* ---- what ends an exchange from inside ---- */

void exchange_fail(struct http_exchange *exchange, enum failure kind, HRESULT hr, const char *why)
{
    if (exchange->over)
        return;
    exchange->over = true;
    exchange->failure.kind = kind;
    exchange->failure.hr = (uint32_t)hr;
    exchange->why = why;
}

static void stop(struct http_exchange *exchange)
{
    exchange->over = true;
    exchange->stopped = true;
}

/* ---- the response head ---- */

bool exchange_tell_head(struct http_exchange *exchange)
{
    struct http_head head;

    if (exchange->over)
        return false;
    if (exchange->head_told)
        return true;
    if (exchange->tls_host && !exchange->tls_checked)
    {
        exchange_fail(exchange, FAILURE_TLS, SEC_E_INTERNAL_ERROR,
                      "the certificate was not checked");
        return false;
    }
    if (!http_head_parse(&head, exchange->head.text, exchange->head.length))
    {
        exchange_fail(exchange, FAILURE_BAD_RESPONSE, S_OK, "the response head is malformed");
        return false;
    }
    exchange->head_told = true;
    if (exchange->callbacks->head(exchange->context, &head, exchange->head.text) == HTTP_STOP)
        stop(exchange);
    str_buf_cleanup(&exchange->head);
    return !exchange->over;
}

/* The status of the head so far; libcurl has checked that it begins with a status line. */
static int head_status(const struct http_exchange *exchange)
{
    const char *space = strchr(exchange->head.text, ' ');

    return space ? atoi(space + 1) : 0;
}

static bool end_of_head(struct http_exchange *exchange)
{
    int status = head_status(exchange);

    if (status / 100 == 1)
    {
        str_buf_cleanup(&exchange->head);
        return true;
    }
    if (status == 401 && FAILED(http_login_challenge(&exchange->login, exchange->head.text)))
        exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
    if (exchange->login.again)
        return !exchange->over;
    /* libcurl decides after this call whether it asks again; the body, or the end, will tell */
    if ((status == 401 && exchange->answers_401) || (status == 407 && exchange->answers_407))
        return true;
    return exchange_tell_head(exchange);
}

size_t exchange_on_header(char *data, size_t one, size_t size, void *context)
{
    struct http_exchange *exchange = context;

    (void)one;
    if (exchange->over)
        return 0;
    if (exchange->head_told) /* trailers of a chunked body */
        return size;
    if (size >= 5 && !memcmp(data, "HTTP/", 5)) /* what came before was not final */
        str_buf_cleanup(&exchange->head);
    str_buf_append_n(&exchange->head, data, size);
    if (FAILED(exchange->head.error))
    {
        if (exchange->head.error == E_OUTOFMEMORY)
            exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
        else
            exchange_fail(exchange, FAILURE_BAD_RESPONSE, S_OK, "the response head is too long");
        return 0;
    }
    if (data[0] != '\r' && data[0] != '\n')
        return size;
    return end_of_head(exchange) ? size : 0;
}

/* ---- the body ---- */

/* The body of a 401 that will be answered: read to its end if it is short, so that the connection
 * can be used again. */
static size_t swallow(struct http_exchange *exchange, size_t size)
{
    exchange->swallowed += size;
    return exchange->swallowed <= SWALLOW_LIMIT ? size : CURL_WRITEFUNC_ERROR;
}

bool exchange_has_room(const struct http_exchange *exchange, size_t size)
{
    return exchange->over || !exchange->head_told || !exchange->callbacks->room ||
           exchange->callbacks->room(exchange->context, size);
}

/* As long as the socket has more libcurl reads on, and what a callback does not take it copies. So
 * it is stopped after this read, whose rest the buffers have room for. */
static void pause_in_time(struct http_exchange *exchange)
{
    if (exchange->paused || exchange_has_room(exchange, (size_t)exchange->receive_buffer))
        return;
    exchange->paused = exchange->full = true;
    exchange->paused_at = clock_now();
    curl_easy_pause(exchange->easy, CURLPAUSE_ALL); /* after _RECV alone it reads once more */
}

size_t exchange_on_body(char *data, size_t one, size_t size, void *context)
{
    struct http_exchange *exchange = context;
    UINT64 cut = fault_cut();
    size_t told = size;
    enum http_go go;

    (void)one;
    if (exchange->login.again && !exchange->over)
        return swallow(exchange, size);
    if (!exchange_tell_head(exchange))
        return CURL_WRITEFUNC_ERROR;
    if (cut && exchange->body_bytes + size > cut)
        told = (size_t)(cut - exchange->body_bytes);
    go = told ? exchange->callbacks->body(exchange->context, data, told) : HTTP_GO;
    if (go == HTTP_STOP)
        stop(exchange);
    if (exchange->over)
        return CURL_WRITEFUNC_ERROR;
    if (go == HTTP_PAUSE)
    {
        exchange->paused = true;
        exchange->full = false; /* it goes on when the client says so */
        exchange->paused_at = clock_now();
        return CURL_WRITEFUNC_PAUSE;
    }
    exchange->body_bytes += told;
    *exchange->taken += told;
    if (told == size)
    {
        pause_in_time(exchange);
        return size;
    }
    exchange_fail(exchange, FAILURE_CONNECTION_RESET, S_OK, "cut by the fault injection");
    return CURL_WRITEFUNC_ERROR;
}
