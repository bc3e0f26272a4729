#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/policy.h"
#include "core/request.h"

/* A cache hands out the origin's own validators; a mirror makes up its own. */
bool transfer_is_elsewhere(const struct transfer *transfer)
{
    int asked = transfer->source.index, learnt = transfer->validator_source;

    return asked != learnt && (asked > 0 || learnt > 0);
}

/* What the next answer must agree with. Servers make up ETags in their own way, so at another one
 * the date of the file is the better witness, where there is one. */
static const struct validator *plan_validator(struct transfer *transfer)
{
    if (!transfer_is_elsewhere(transfer) || !transfer->validator.has_last_modified)
        return &transfer->validator;
    transfer->elsewhere = transfer->validator;
    transfer->elsewhere.has_etag = false;
    return &transfer->elsewhere;
}

/* Sets what the next request asks for. False: nothing is missing. */
static bool plan_request(struct transfer *transfer)
{
    struct http_question *question = &transfer->question;
    const struct file *file = transfer->file;
    struct sink_lane *lane = sink_front(transfer->sink);
    UINT64 position = sink_lane_position(lane), limit = sink_lane_limit(lane, transfer->total);
    bool kept = !sink_is_empty(transfer->sink);
    UINT64 first, left;
    size_t index;

    if (position == transfer->total ||
        !range_locate(file->ranges, file->range_count, position, &index, &first, &left))
        return false;
    *question = (struct http_question){
        .ranged = file->range_count || kept,
        .first = first,
        .last = left == RANGE_TO_END ? UINT64_MAX : first + left - 1,
        .resuming = kept,
        .client_range = file->range_count != 0,
        .expected_total = transfer->remote,
        .validator = kept ? plan_validator(transfer) : NULL,
        .url = transfer->url,
        .hops = transfer->hops,
        .other_method = transfer->security.method != NULL,
        .refuse_redirect = transfer->security.refuse_redirect,
        .allow_insecure_redirect = transfer->security.insecure_redirect,
    };
    if (!file->range_count && transfer->remote != UINT64_MAX && kept)
        question->last = limit - 1;
    transfer->left = left;
    if (!file->range_count && transfer->total != UINT64_MAX)
        transfer->left = limit - position;
    transfer->lane = lane;
    transfer->asked_from = position;
    transfer->wanted_first = first;
    transfer->skip = 0;
    transfer->overlap_left = 0;
    return true;
}

/* No If-Range is allowed: the resume goes back and compares. */
static void plan_overlap(struct transfer *transfer)
{
    size_t size;
    const BYTE *tail = sink_tail(transfer->sink, &size);

    if (transfer->file->range_count || sink_position(transfer->sink) != transfer->opened_at)
        return; /* of this transfer's own bytes, the validator is proof enough */
    transfer->overlap = tail;
    transfer->overlap_left = size;
    transfer->question.first -= size;
}

HRESULT transfer_send(struct transfer *transfer, const struct http_question *question,
                      const char *if_range, struct http_request *http,
                      struct http_exchange **exchange)
{
    bool home = transfer_at_home(transfer);
    struct login server = {0}, proxy = {0};
    struct request request;
    HRESULT hr;

    if (!transfer->cookies &&
        FAILED(hr = http_cookies_create(transfer->runner->http, &transfer->cookies)))
        return hr;
    if (FAILED(
            hr = request_init(&request, home ? transfer->custom : NULL,
                              home && transfer->logins[AUTH_SERVER].asked ? transfer->auth : NULL)))
        return hr;
    if (question->ranged)
        request_add_range(&request, question->first, question->last);
    if (transfer->source.fresh)
        request_add_fresh(&request);
    if (if_range)
        request_add_if_range(&request, if_range);
    INFO("%s: asking %s from byte %llu%s%s", LOG_FILE(transfer->file), LOG_URL(transfer->url),
         question->ranged ? (unsigned long long)question->first : 0ull,
         transfer->proxy ? ", proxy " : "", transfer->proxy ? LOG_URL(transfer->proxy) : "");
    http->url = transfer->url;
    http->proxy = transfer->proxy;
    http->method = transfer->security.method;
    http->connect_timeout_ms = transfer->source.connect_ms;
    http->tls_timeout_ms = policy_now()->tls_ms;
    http->tls = transfer->security.tls;
    http->approved = transfer->security.judged ? transfer->security.approved : NULL;
    http->certificate = home ? transfer->security.certificate : NULL;
    http->headers = request.lines;
    http->header_count = request.count;
    http->cookies = transfer->cookies;
    if (SUCCEEDED(hr = transfer_reveal_login(transfer, AUTH_SERVER, &server, &http->server_auth)) &&
        SUCCEEDED(hr = transfer_reveal_login(transfer, AUTH_PROXY, &proxy, &http->proxy_auth)))
        hr = http_start(transfer->runner->http, http, exchange);
    credentials_wipe(&server);
    credentials_wipe(&proxy);
    request_cleanup(&request);
    return hr;
}

static HRESULT send_request(struct transfer *transfer)
{
    struct http_question *question = &transfer->question;
    struct http_request http = {
        .callbacks = &transfer_answer, .context = transfer, .small = transfer->left <= 65536};
    char validator[HTTP_ETAG_SIZE] = "";

    if (question->resuming &&
        (transfer_is_elsewhere(transfer) ||
         !validator_if_range(&transfer->validator, validator, sizeof(validator))))
    {
        validator[0] = 0;
        plan_overlap(transfer);
    }
    return transfer_send(transfer, question, validator[0] ? validator : NULL, &http,
                         &transfer->exchange);
}

static void send_or_end(struct transfer *transfer)
{
    HRESULT hr;

    transfer->asked_at = transfer->heard_at = clock_now();
    if (FAILED(hr = send_request(transfer)))
        transfer_end_with(transfer, hr == E_OUTOFMEMORY ? FAILURE_OUT_OF_MEMORY : FAILURE_INTERNAL,
                          hr, NULL);
}

static void route_found(struct route_call *call, HRESULT hr, const char *proxy)
{
    struct transfer *transfer = CONTAINER_OF(call, struct transfer, route);

    mem_free(transfer->proxy);
    transfer->proxy = mem_strdup(proxy);
    if (proxy && !transfer->proxy)
        hr = E_OUTOFMEMORY;
    transfer->routed = SUCCEEDED(hr);
    if (transfer->routed && transfer->lane)
        send_or_end(transfer);
    else if (transfer->routed)
        transfer_ask(transfer); /* what was planned is not what is missing any more */
    else
        transfer_end_with(transfer, hr == E_OUTOFMEMORY ? FAILURE_OUT_OF_MEMORY : FAILURE_INTERNAL,
                          hr, "the proxy settings cannot be used");
}

/* Nothing would show whether bytes behind a gap are of the content that comes now: neither If-Range
 * nor bytes before the gap that are asked again. */
static bool is_unproven(const struct transfer *transfer)
{
    char validator[HTTP_ETAG_SIZE];

    return !sink_position(transfer->sink) && !sink_is_empty(transfer->sink) &&
           (transfer_is_elsewhere(transfer) ||
            !validator_if_range(&transfer->validator, validator, sizeof(validator)));
}

void transfer_ask(struct transfer *transfer)
{
    if (!transfer->ending && is_unproven(transfer))
        transfer_begin_anew(transfer, "what is here may be of other content");
    if (transfer->ending)
        return;
    if ((transfer->idle = sink_lane_is_growing(sink_front(transfer->sink))))
    {
        crew_fill(transfer);
        return;
    }
    if (!plan_request(transfer))
    {
        transfer_end(transfer, NULL, NULL);
        return;
    }
    if (crew_ends_for_pause(transfer))
        return;
    sink_lane_set_growing(transfer->lane, true);
    transfer->step = NEXT_JUDGE;
    transfer->headed = false;
    stall_restart(&transfer->file->stall);
    transfer->route.found = route_found;
    if (transfer->routed)
        send_or_end(transfer);
    else
        routes_find(transfer->runner->routes, transfer->file->job, transfer->url, &transfer->route);
}
