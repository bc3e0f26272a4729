#include "core/fetch.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/policy.h"
#include "core/request.h"
#include "core/transfer_parts.h"

#include <string.h>

static void finish(struct fetch *fetch)
{
    fetch->busy = false;
    fetch->done(fetch);
}

/* The first failure counts. */
static void fail(struct fetch *fetch, enum failure kind, HRESULT hr)
{
    if (fetch->failure.kind == FAILURE_NONE)
        fetch->failure = (struct failure_info){.kind = kind, .hr = (uint32_t)hr};
}

static void fail_hr(struct fetch *fetch, HRESULT hr)
{
    fail(fetch, hr == E_OUTOFMEMORY ? FAILURE_OUT_OF_MEMORY : FAILURE_INTERNAL, hr);
}

/* ---- the answer ---- */

static void ask(struct fetch *fetch);

static enum http_go head_came(void *context, const struct http_head *head, const char *raw)
{
    struct fetch *fetch = context;
    char location[HTTP_LOCATION_SIZE];
    struct failure_info failure;

    (void)raw;
    fetch->heard_at = clock_now();
    switch (http_judge(&fetch->question, head, location, sizeof(location), &failure))
    {
    case HTTP_TAKE_ALL:
    case HTTP_TAKE_RANGE:
        fetch->size = 0;
        return HTTP_GO;
    case HTTP_FOLLOW:
        lstrcpynA(fetch->url, location, sizeof(fetch->url));
        fetch->question.hops++;
        fetch->again = true;
        return HTTP_STOP;
    case HTTP_FAIL:
        fetch->failure = failure;
        return HTTP_STOP;
    default: /* a part was wanted, and the server has none to give */
        fail(fetch, FAILURE_INSUFFICIENT_RANGE, S_OK);
        return HTTP_STOP;
    }
}

static enum http_go body_came(void *context, const void *data, size_t size)
{
    struct fetch *fetch = context;
    char *grown;

    fetch->heard_at = clock_now();
    if (size > fetch->most - fetch->size)
    {
        fail(fetch, FAILURE_BAD_RESPONSE, S_OK);
        return HTTP_STOP;
    }
    if (!(grown = mem_array_grow(fetch->data, &fetch->capacity, fetch->size + size, 1)))
    {
        fail(fetch, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY);
        return HTTP_STOP;
    }
    fetch->data = grown;
    memcpy(grown + fetch->size, data, size);
    fetch->size += size;
    return HTTP_GO;
}

static void exchange_done(void *context, const struct http_result *result)
{
    struct fetch *fetch = context;

    fetch->exchange = NULL;
    if (!result->stopped && result->failure.kind != FAILURE_NONE)
        fail(fetch, result->failure.kind, (HRESULT)result->failure.hr);
    if (fetch->length && !fetch->again && fetch->size != fetch->length)
        fail(fetch, FAILURE_BAD_RESPONSE, S_OK);
    if (fetch->again && !fetch->stopped)
        ask(fetch);
    else
        finish(fetch);
}

static const struct http_callbacks callbacks = {head_came, body_came, exchange_done, NULL};

/* ---- the question ---- */

static HRESULT send_request(struct fetch *fetch)
{
    const struct transfer *transfer = fetch->transfer;
    bool home = url_same_origin(fetch->url, transfer->source.home);
    struct http_request http = {.url = fetch->url,
                                .proxy = fetch->proxy,
                                .tls = transfer->security.tls,
                                .certificate = home ? transfer->security.certificate : NULL,
                                .small = true,
                                .callbacks = &callbacks,
                                .context = fetch};
    struct request request;
    HRESULT hr = request_init(&request, home ? transfer->custom : NULL, NULL);

    if (FAILED(hr))
        return hr;
    if (fetch->length)
        request_add_range(&request, fetch->question.first, fetch->question.last);
    if (fetch->fresh)
        request_add_fresh(&request);
    if (transfer->security.judged)
        http.approved = transfer->security.approved;
    http.connect_timeout_ms = policy_now()->connect_ms;
    http.tls_timeout_ms = policy_now()->tls_ms;
    http.headers = request.lines;
    http.header_count = request.count;
    hr = http_start(transfer->runner->http, &http, &fetch->exchange);
    request_cleanup(&request);
    return hr;
}

static void route_found(struct route_call *call, HRESULT hr, const char *proxy)
{
    struct fetch *fetch = CONTAINER_OF(call, struct fetch, route);

    mem_free(fetch->proxy);
    fetch->proxy = mem_strdup(proxy);
    if (proxy && !fetch->proxy)
        hr = E_OUTOFMEMORY;
    fetch->heard_at = clock_now();
    if (SUCCEEDED(hr))
        hr = send_request(fetch);
    if (SUCCEEDED(hr))
        return;
    fail_hr(fetch, hr);
    finish(fetch);
}

static void ask(struct fetch *fetch)
{
    const struct transfer *transfer = fetch->transfer;

    fetch->again = false;
    fetch->heard_at = clock_now();
    routes_find(transfer->runner->routes, transfer->file->job, fetch->url, &fetch->route);
}

void fetch_start(struct fetch *fetch)
{
    const struct security *security = &fetch->transfer->security;

    fetch->busy = true;
    fetch->route.found = route_found;
    fetch->question = (struct http_question){
        .ranged = fetch->length != 0,
        .client_range = fetch->length != 0,
        .first = fetch->first,
        .last = fetch->first + fetch->length - 1,
        .expected_total = UINT64_MAX,
        .url = fetch->url,
        .refuse_redirect = security->refuse_redirect,
        .allow_insecure_redirect = security->insecure_redirect,
    };
    ask(fetch);
}

void fetch_stop(struct fetch *fetch)
{
    if (!fetch->busy || fetch->stopped)
        return;
    fetch->stopped = true;
    if (fetch->exchange)
    {
        http_stop(fetch->exchange);
        return;
    }
    route_cancel(&fetch->route);
    finish(fetch);
}

void fetch_tick(struct fetch *fetch, UINT64 now)
{
    if (!fetch->busy || !fetch->exchange || now - fetch->heard_at < policy_now()->first_byte_ms)
        return;
    fail(fetch, FAILURE_TIMEOUT, S_OK);
    fetch->again = false;
    http_stop(fetch->exchange);
}

void fetch_cleanup(struct fetch *fetch)
{
    mem_free(fetch->data);
    mem_free(fetch->proxy);
    fetch->data = fetch->proxy = NULL;
    fetch->size = fetch->capacity = 0;
}
