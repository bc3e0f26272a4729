#include "testkit/httpd_internal.h"

#include "testkit/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 65536

/* The head's answer to a request: what the body holds and how it is framed. */
struct plan
{
    int status;
    uint64_t start; /* of the body within the whole */
    uint64_t length;
    bool partial;
    bool body;
    bool close; /* the connection ends after it */
};

struct text
{
    char data[16384];
    size_t length;
};

static void put(struct text *text, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
    size_t room = sizeof(text->data) - text->length;
    va_list arguments;
    int wrote;

    va_start(arguments, format);
    wrote = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (wrote > 0)
        text->length += (size_t)wrote < room ? (size_t)wrote : room - 1;
}

static void put_header(struct text *text, const char *name, const char *value)
{
    if (value && *value)
        put(text, "%s: %s\r\n", name, value);
}

/* ---- what to send -------------------------------------------------------------------------------
 */

static bool is_authorized(const struct httpd_request *request, const char *header,
                          const char *credentials)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char sent[512], expected[512] = "Basic ";
    size_t out = 6, length = strlen(credentials), i;

    for (i = 0; i < length && out + 5 < sizeof(expected); i += 3)
    {
        unsigned int n = (unsigned char)credentials[i] << 16;

        if (i + 1 < length)
            n |= (unsigned int)(unsigned char)credentials[i + 1] << 8;
        if (i + 2 < length)
            n |= (unsigned char)credentials[i + 2];
        expected[out++] = digits[n >> 18];
        expected[out++] = digits[n >> 12 & 63];
        expected[out++] = i + 1 < length ? digits[n >> 6 & 63] : '=';
        expected[out++] = i + 2 < length ? digits[n & 63] : '=';
    }
    expected[out] = 0;
    return httpd_header(request, header, sent, sizeof(sent)) && strcmp(sent, expected) == 0;
}

/* Whether If-Range, if there is one, names what the response would send. */
static bool range_stands(const struct exchange *exchange)
{
    const struct httpd_response *response = exchange->response;
    char validator[512];

    if (!httpd_header(exchange->request, "If-Range", validator, sizeof(validator)))
        return true;
    if (response->etag && strncmp(response->etag, "W/", 2) != 0 &&
        strcmp(validator, response->etag) == 0)
        return true;
    return response->last_modified && strcmp(validator, response->last_modified) == 0;
}

static void plan_range(const struct exchange *exchange, struct plan *plan)
{
    const struct httpd_response *response = exchange->response;
    const struct httpd_request *request = exchange->request;
    uint64_t size = response->size, end = size;

    if (!request->ranged || response->ignore_range || !range_stands(exchange))
        return;
    if (request->first < 0)
        plan->start = size > (uint64_t)request->last ? size - (uint64_t)request->last : 0;
    else
    {
        plan->start = (uint64_t)request->first;
        if (request->last >= 0 && (uint64_t)request->last + 1 < size)
            end = (uint64_t)request->last + 1;
    }
    if (plan->start >= end)
    {
        plan->status = 416;
        plan->start = plan->length = 0;
        return;
    }
    plan->start += response->shift_range;
    if (plan->start > end)
        plan->start = end;
    plan->status = 206;
    plan->partial = true;
    plan->length = end - plan->start;
    if (response->most && plan->length > response->most)
        plan->length = response->most;
}

static void make_plan(const struct exchange *exchange, struct plan *plan)
{
    const struct httpd_response *response = exchange->response;

    memset(plan, 0, sizeof(*plan));
    plan->status = response->status ? response->status : 200;
    plan->length = response->size;
    if (response->require_proxy_basic &&
        !is_authorized(exchange->request, "Proxy-Authorization", response->require_proxy_basic))
        plan->status = 407;
    else if (response->require_basic &&
             !is_authorized(exchange->request, "Authorization", response->require_basic))
        plan->status = 401;
    else if (!response->status)
        plan_range(exchange, plan);
    if (plan->status == 401 || plan->status == 407)
        plan->length = response->status ? plan->length : 0;
    plan->body = strcmp(exchange->request->method, "HEAD") != 0 && !response->no_body &&
                 plan->status != 204 && plan->status != 304 && plan->status / 100 != 1;
    plan->close = response->close || response->silent_close || response->extra ||
                  response->content_length || (response->no_content_length && !response->chunked);
}

static const char *reason_of(int status)
{
    static const struct
    {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {407, "Proxy Authentication Required"},
        {410, "Gone"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {500, "Internal Server Error"},
    };
    size_t i;

    for (i = 0; i < ARRAYSIZE(reasons); i++)
    {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Something";
}

static void put_date(struct text *head, const char *date)
{
    time_t now = time(NULL);
    char text[64];

    if (!date)
    {
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
        date = text;
    }
    put_header(head, "Date", date);
}

static void put_framing(struct text *head, const struct httpd_response *response,
                        const struct plan *plan)
{
    if (response->content_range)
        put_header(head, "Content-Range", response->content_range);
    else if (plan->partial)
        put(head, "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)plan->start,
            (unsigned long long)(plan->start + plan->length - 1),
            (unsigned long long)response->size);
    else if (plan->status == 416)
        put(head, "Content-Range: bytes */%llu\r\n", (unsigned long long)response->size);
    if (response->chunked)
        put(head, "Transfer-Encoding: chunked\r\n");
    else if (response->content_length)
        put_header(head, "Content-Length", response->content_length);
    else if (!response->no_content_length && !response->no_body)
        put(head, "Content-Length: %llu\r\n", (unsigned long long)plan->length);
    if (plan->close && !response->silent_close)
        put(head, "Connection: close\r\n");
}

static void make_head(struct text *head, const struct httpd_response *response,
                      const struct plan *plan)
{
    bool own_reason = response->reason && response->status == plan->status;

    put(head, "HTTP/1.1 %d %s\r\n", plan->status,
        own_reason ? response->reason : reason_of(plan->status));
    put_date(head, response->date);
    put_header(head, "ETag", response->etag);
    put_header(head, "Last-Modified", response->last_modified);
    put_header(head, "Retry-After", response->retry_after);
    put_header(head, "Location", response->location);
    if (response->require_basic && plan->status == 401)
        put_header(head, "WWW-Authenticate", "Basic realm=\"test\"");
    if (response->require_proxy_basic && plan->status == 407)
        put_header(head, "Proxy-Authenticate", "Basic realm=\"proxy\"");
    if (!response->no_accept_ranges && !response->ignore_range)
        put_header(head, "Accept-Ranges", "bytes");
    put_framing(head, response, plan);
    put(head, "%s\r\n", response->headers ? response->headers : "");
}

/* ---- sending it ---------------------------------------------------------------------------------
 */

static void fill(const struct httpd_response *response, uint64_t offset, char *block, size_t length)
{
    if (response->body)
        memcpy(block, response->body + offset, length);
    else
        content_fill(response->seed, offset, block, length);
}

static bool send_block(struct exchange *exchange, const char *block, size_t length)
{
    struct connection *connection = exchange->connection;
    bool chunked = exchange->response->chunked;
    char frame[32];

    if (chunked &&
        !httpd_send(connection, frame, (size_t)snprintf(frame, sizeof(frame), "%zx\r\n", length)))
        return false;
    if (!httpd_send(connection, block, length) || (chunked && !httpd_send(connection, "\r\n", 2)))
        return false;
    httpd_progress(exchange, 0, length);
    return true;
}

/* How much goes out in one piece at `done`: up to the next place where something happens. */
static size_t next_piece(const struct httpd_response *response, uint64_t done, uint64_t total)
{
    uint64_t stop = total;

    if (response->cut && response->cut_after > done && response->cut_after < stop)
        stop = response->cut_after;
    if (response->hold_body && response->hold_at > done && response->hold_at < stop)
        stop = response->hold_at;
    if (stop - done > BLOCK)
        stop = done + BLOCK;
    if (response->trickle)
    {
        unsigned int step = response->trickle_bytes ? response->trickle_bytes : 1;

        if (stop - done > step)
            stop = done + step;
    }
    return (size_t)(stop - done);
}

/* Sends the plan's part of the body; false when the connection must end. */
static bool send_content(struct exchange *exchange, const struct plan *plan, char *block)
{
    const struct httpd_response *response = exchange->response;
    uint64_t done = 0;

    for (;;)
    {
        size_t piece;

        if (response->cut && done >= response->cut_after)
            return false;
        if (response->hold_body && done == response->hold_at && !httpd_wait_release(exchange))
            return false;
        if (done == plan->length)
            return true;
        piece = next_piece(response, done, plan->length);
        fill(response, plan->start + done, block, piece);
        if (!send_block(exchange, block, piece))
            return false;
        done += piece;
        if (response->rate && !httpd_throttle(exchange, piece))
            return false;
        if (response->trickle && !httpd_pause(exchange->connection, response->trickle))
            return false;
    }
}

static bool send_extra(struct exchange *exchange, char *block)
{
    uint64_t left = exchange->response->extra;

    memset(block, 'X', BLOCK);
    while (left)
    {
        size_t piece = left < BLOCK ? (size_t)left : BLOCK;

        if (!send_block(exchange, block, piece))
            return false;
        left -= piece;
    }
    return true;
}

static bool send_body(struct exchange *exchange, const struct plan *plan)
{
    char *block = malloc(BLOCK);
    bool good = block && send_content(exchange, plan, block) && send_extra(exchange, block) &&
                (!exchange->response->chunked || httpd_send(exchange->connection, "0\r\n\r\n", 5));

    free(block);
    return good;
}

bool httpd_answer(struct exchange *exchange, bool *reset)
{
    static const struct httpd_response missing = {.status = 404, .body = "not here", .size = 8};
    struct connection *connection = exchange->connection;
    const struct httpd_response *response;
    struct text head = {.length = 0};
    struct plan plan;

    if (!exchange->response)
        exchange->response = &missing;
    response = exchange->response;
    if ((response->hold && !httpd_wait_release(exchange)) ||
        (response->delay && !httpd_pause(connection, response->delay)))
        return false;
    *reset = response->reset;
    if (response->drop)
        return false;
    if (response->raw)
    {
        httpd_send(connection, response->raw, response->raw_length);
        return false;
    }
    make_plan(exchange, &plan);
    make_head(&head, response, &plan);
    httpd_progress(exchange, plan.status, 0);
    if (!httpd_send(connection, head.data, head.length))
        return false;
    if (response->first_byte_delay && !httpd_pause(connection, response->first_byte_delay))
        return false;
    if (plan.body && !send_body(exchange, &plan))
        return false;
    *reset = false;
    return !plan.close;
}
