#include "model/retry.h"

#include <string.h>

#define SECOND_MS 1000u
#define QUICK_TRIES 3u /* of the BITS dialect, unseen */
#define BITS_DELAY_SECONDS 600u
#define LONGEST_STEP_SECONDS 30u
#define DELAY_SECONDS_MAX (90u * 86400u) /* no Retry-After is obeyed beyond a job's life */

#define STALL_WINDOW_MS (20u * SECOND_MS)
#define STALL_RATE 4000u /* bytes per second */
#define STALL_FLOOR_WINDOW_MS (60u * SECOND_MS)

/* 2, 4, 8, 16, 30, 30 ... */
static uint64_t step_seconds(unsigned attempt)
{
    return attempt < 5 ? 1u << attempt : LONGEST_STEP_SECONDS;
}

void retry_init(struct retry *retry)
{
    retry->attempts = 0;
}

void retry_progress(struct retry *retry)
{
    retry->attempts = 0;
}

struct retry_plan retry_next(struct retry *retry, enum dialect dialect,
                             uint64_t client_delay_seconds, uint64_t retry_after_seconds)
{
    struct retry_plan plan = {0, true};
    uint64_t seconds;

    if (retry->attempts < UINT32_MAX)
        retry->attempts++;
    if (dialect == DIALECT_BITS && retry->attempts <= QUICK_TRIES)
    {
        seconds = step_seconds(retry->attempts);
        plan.visible = false;
    }
    else if (client_delay_seconds)
        seconds = client_delay_seconds;
    else
        seconds = dialect == DIALECT_BITS ? BITS_DELAY_SECONDS : step_seconds(retry->attempts);
    if (retry_after_seconds > seconds)
    {
        seconds = retry_after_seconds;
        plan.visible = true;
    }
    if (seconds > DELAY_SECONDS_MAX)
        seconds = DELAY_SECONDS_MAX;
    plan.delay_ms = seconds * SECOND_MS;
    return plan;
}

void stall_init(struct stall *stall)
{
    memset(stall, 0, sizeof(*stall));
    stall_rule(stall, STALL_RATE, STALL_WINDOW_MS);
}

void stall_rule(struct stall *stall, uint64_t bytes_per_second, uint64_t window_ms)
{
    if (stall->rule_rate == bytes_per_second && stall->rule_ms == window_ms)
        return;
    stall->rule_rate = bytes_per_second;
    stall->rule_ms = window_ms;
    stall->window_ms = window_ms;
    stall->threshold = bytes_per_second * window_ms / SECOND_MS;
    if (!stall->threshold)
        stall->threshold = 1;
    stall->running = false;
}

static void soften(struct stall *stall)
{
    stall->threshold /= 2;
    if (stall->threshold <= 1)
    {
        stall->threshold = 1;
        stall->window_ms = STALL_FLOOR_WINDOW_MS;
    }
}

/* Ticks may come late: what counts is the rate, but never less than one byte. */
static bool is_enough(const struct stall *stall, uint64_t bytes, uint64_t elapsed)
{
    return bytes && bytes >= stall->threshold * elapsed / stall->window_ms;
}

static void open_window(struct stall *stall, uint64_t now_ms, uint64_t total_bytes)
{
    stall->window_start_ms = now_ms;
    stall->window_bytes = total_bytes;
    stall->running = true;
}

bool stall_tick(struct stall *stall, uint64_t now_ms, uint64_t total_bytes)
{
    uint64_t bytes, elapsed, rate;

    if (!stall->running || now_ms < stall->window_start_ms || total_bytes < stall->window_bytes)
    {
        open_window(stall, now_ms, total_bytes);
        return false;
    }
    elapsed = now_ms - stall->window_start_ms;
    bytes = total_bytes - stall->window_bytes;
    if (elapsed < stall->window_ms)
        return false;
    rate = bytes / (elapsed / SECOND_MS);
    open_window(stall, now_ms, total_bytes);
    if (is_enough(stall, bytes, elapsed))
        return false;
    if (stall->reconnected && rate <= stall->last_rate)
    {
        /* The connection was not to blame. */
        soften(stall);
        if (is_enough(stall, bytes, elapsed))
            return false;
    }
    stall->seen_rate = rate;
    return true;
}

void stall_reconnect(struct stall *stall)
{
    stall->last_rate = stall->seen_rate;
    stall->reconnected = true;
    stall->running = false;
}

void stall_restart(struct stall *stall)
{
    stall->running = false;
}
