#include "core/helper.h"

#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/lock.h"
#include "core/throttle.h"

/* ---- the answer ---- */

static enum http_go head_came(void *context, const struct http_head *head, const char *raw)
{
    struct helper *helper = context;
    char location[HTTP_LOCATION_SIZE];
    struct failure_info failure;

    (void)raw;
    if (!helper->lane)
        return HTTP_STOP;
    helper->heard_at = clock_now();
    helper->body_left = head->has_length && !head->chunked ? head->content_length : UINT64_MAX;
    if (http_judge(&helper->question, head, location, sizeof(location), &failure) ==
        HTTP_TAKE_RANGE)
        return HTTP_GO;
    INFO("%s: a further connection got %d", LOG_FILE(helper->transfer->file), head->status);
    if ((head->status == 429 || head->status == 503) && head->has_retry_after)
    {
        helper->refusal = failure;
        helper->retry_after = head->retry_after;
    }
    helper->end = HELPER_REFUSED;
    return HTTP_STOP;
}

static UINT64 left_of(const struct helper *helper)
{
    return sink_lane_limit(helper->lane, helper->transfer->total) -
           sink_lane_position(helper->lane);
}

static enum http_go body_came(void *context, const void *data, size_t size)
{
    struct helper *helper = context;
    struct transfer *transfer = helper->transfer;
    UINT64 now = clock_now(), left;

    if (!helper->lane)
        return HTTP_STOP;
    helper->heard_at = now;
    left = left_of(helper);
    if (!throttle_is_open(transfer->file, now))
        return HTTP_PAUSE; /* crew_tick ends it */
    switch (sink_put(helper->lane, data, (size_t)MIN(left, size), left))
    {
    case SINK_FULL:
        return HTTP_PAUSE;
    case SINK_FAILED:
        transfer_end_with(transfer, FAILURE_OUT_OF_MEMORY, S_OK, NULL);
        return HTTP_STOP;
    case SINK_TAKEN:
        break;
    }
    throttle_took(transfer->file, size, now);
    transfer->heard += size;
    transfer->heard_at = now;
    helper->taken += MIN(left, size);
    if (helper->trial && transfer->crew.ramp.trying && !transfer->crew.ramp.joined)
    {
        ramp_joined(&transfer->crew.ramp, now, transfer->heard);
        runner_wake(); /* to be judged in time */
    }
    if (helper->body_left != UINT64_MAX)
        helper->body_left -= MIN(size, helper->body_left);
    /* where nothing follows, the connection can be used again */
    return left > size || !helper->body_left ? HTTP_GO : HTTP_STOP;
}

static bool has_room(void *context, size_t size)
{
    struct helper *helper = context;

    if (!helper->lane || sink_takes(helper->lane, size, left_of(helper)))
        return true;
    helper->heard_at = clock_now(); /* the disk is to blame */
    return false;
}

/* If it brought nothing, all is as if it had never been: the connection before it goes on. */
static void leave_lane(struct helper *helper)
{
    struct transfer *transfer = helper->transfer;

    if (!helper->lane)
        return;
    sink_lane_set_growing(helper->lane, false);
    sink_close_empty_lane(helper->lane);
    helper->lane = NULL;
    if (transfer->lane)
        transfer->left =
            sink_lane_limit(transfer->lane, transfer->total) - sink_lane_position(transfer->lane);
}

static void exchange_done(void *context, const struct http_result *result)
{
    struct helper *helper = context;
    struct file *file = helper->transfer->file;

    mem_free(http_take_certificate(helper->exchange));
    helper->exchange = NULL;
    lock_take(&engine_lock);
    transfer_count_locked(helper->transfer);
    if (*result->server_ip && !result->reused_connection)
    {
        file->connections++;
        file->cache_connections += helper->transfer->source.index == SOURCE_CACHE;
    }
    lock_drop(&engine_lock);
    leave_lane(helper);
    if (helper->end == HELPER_DONE && !result->stopped && result->failure.kind != FAILURE_NONE)
    {
        INFO("%s: a further connection failed: %s", LOG_FILE(file), result->detail);
        /* one that was never made: the server, or somebody on the way, has enough of us */
        helper->end = helper->taken ? HELPER_CUT : HELPER_REFUSED;
    }
    else if (helper->end == HELPER_DONE && !helper->taken)
        helper->end = HELPER_CUT;
    crew_helper_ended(helper, helper->end);
}

static const struct http_callbacks callbacks = {head_came, body_came, exchange_done, has_room};

/* ---- the question ---- */

HRESULT helper_start(struct helper *helper, struct transfer *transfer, struct sink_lane *lane)
{
    char validator[HTTP_ETAG_SIZE];
    UINT64 limit = sink_lane_limit(lane, transfer->total);
    struct http_request http = {.callbacks = &callbacks, .context = helper};
    HRESULT hr;

    if (!validator_if_range(&transfer->validator, validator, sizeof(validator)))
        return E_UNEXPECTED;
    *helper = (struct helper){.transfer = transfer, .lane = lane, .heard_at = clock_now()};
    helper->question = (struct http_question){
        .ranged = true,
        .first = sink_lane_position(lane),
        .last = limit - 1,
        .resuming = true,
        .expected_total = transfer->remote,
        .validator = &transfer->validator,
        .url = transfer->url,
        .refuse_redirect = true,
    };
    http.small = left_of(helper) <= 65536;
    hr = transfer_send(transfer, &helper->question, validator, &http, &helper->exchange);
    if (SUCCEEDED(hr))
        sink_lane_set_growing(lane, true);
    return hr;
}

void helper_stop(struct helper *helper, enum helper_end end)
{
    if (!helper->exchange)
        return;
    leave_lane(helper);
    helper->end = end;
    http_stop(helper->exchange);
}
