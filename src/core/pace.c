#include "core/transfer_parts.h"

#include "base/clock.h"
#include "core/lock.h"
#include "core/policy.h"
#include "core/throttle.h"

#include <stdio.h>

#define RATE_MS 20000 /* over which the rate is taken */

UINT64 transfer_rate(struct transfer *transfer, UINT64 now)
{
    UINT64 elapsed = now - transfer->rate_since;

    if (elapsed >= RATE_MS)
    {
        transfer->rate = (transfer->heard - transfer->rate_heard) * 1000 / elapsed;
        transfer->rate_since = now;
        transfer->rate_heard = transfer->heard;
    }
    return transfer->rate;
}

UINT64 transfer_limited_since(const struct transfer *transfer)
{
    return transfer->ending || transfer->paused ? 0 : transfer->limited_since;
}

void transfer_try_limit(struct transfer *transfer, UINT64 now)
{
    if (!transfer->exchange || !throttle_is_open(transfer->file, now))
        return;
    transfer->limited_since = 0;
    transfer->heard_at = now;
    stall_restart(&transfer->file->stall);
    http_resume(transfer->exchange);
}

UINT64 transfer_wait_for_limit(struct transfer *transfer, UINT64 now)
{
    UINT64 opens = throttle_opens_at(transfer->file, now);

    sink_tick(transfer->sink, now);
    lock_take(&engine_lock);
    transfer->file->job->progress_at = now;
    lock_drop(&engine_lock);
    return MIN(opens, now + TRANSFER_TICK_MS);
}

/* The limit is named, with what it is at the moment. */
static void end_late(struct transfer *transfer, enum failure kind, const char *what, UINT64 limit)
{
    char detail[JOB_DETAIL_CHARS];

    snprintf(detail, sizeof(detail), "%s %llu s", what, limit / 1000);
    transfer_end_with(transfer, kind, S_OK, detail);
}

void transfer_judge_pace(struct transfer *transfer, UINT64 now)
{
    struct stall *stall = &transfer->file->stall;
    const struct policy *policy = policy_now();

    if (!transfer->headed)
    {
        if (now - transfer->asked_at >= policy->first_byte_ms)
            end_late(transfer, FAILURE_TIMEOUT, "the server did not answer within",
                     policy->first_byte_ms);
        return;
    }
    if (transfer->stall_rule && throttle_limits(transfer->file))
    {
        stall_restart(stall); /* what is slow is we */
        return;
    }
    if (transfer->stall_rule && policy->stall_rate)
    {
        stall_rule(stall, policy->stall_rate, policy->stall_ms);
        if (!stall_tick(stall, now, transfer->heard))
            return;
        stall_reconnect(stall);
        end_late(transfer, FAILURE_STALLED, "the server sends too slowly, judged over",
                 stall->window_ms);
    }
    else if (transfer->heard_at + policy->silence_ms <= now)
        end_late(transfer, FAILURE_TIMEOUT, "the server fell silent for", policy->silence_ms);
}
