#include "model/ramp.h"

static void measure(struct ramp *ramp, uint64_t now_ms, uint64_t bytes)
{
    ramp->since_ms = now_ms;
    ramp->since_bytes = bytes;
}

void ramp_begin(struct ramp *ramp, uint64_t now_ms, uint64_t bytes)
{
    *ramp = (struct ramp){.connections = 1};
    measure(ramp, now_ms, bytes);
}

/* What bytes a second come to over 4 s, or the most there can be. */
static uint64_t worth(uint64_t rate)
{
    return rate > UINT64_MAX / RAMP_WORTH_MS ? UINT64_MAX : rate * RAMP_WORTH_MS / 1000;
}

static bool has_risen(uint64_t before, uint64_t rate)
{
    return before <= UINT64_MAX / RAMP_GAIN && rate > before && rate >= before * RAMP_GAIN / 100;
}

/* True: there is nothing more to say of it now. */
static bool judge_new(struct ramp *ramp, uint64_t rate, enum ramp_advice *advice)
{
    *advice = RAMP_WAIT;
    if (has_risen(ramp->rate, rate))
    {
        ramp->connections++;
        ramp->trying = false;
        return false;
    }
    if (!ramp->warm)
    {
        ramp->warm = true;
        return true;
    }
    ramp->trying = false;
    ramp->over = true;
    *advice = RAMP_DROP;
    return true;
}

enum ramp_advice ramp_look(struct ramp *ramp, unsigned most, uint64_t now_ms, uint64_t bytes,
                           uint64_t left)
{
    enum ramp_advice advice = RAMP_WAIT;
    uint64_t rate;

    if (!ramp->connections || ramp->over || (ramp->trying && !ramp->joined) ||
        now_ms < ramp->since_ms + RAMP_STEP_MS)
        return RAMP_WAIT;
    rate = (bytes - ramp->since_bytes) * 1000 / (now_ms - ramp->since_ms);
    measure(ramp, now_ms, bytes);
    if (ramp->trying && judge_new(ramp, rate, &advice))
        return advice;
    ramp->rate = rate;
    if (ramp->connections >= most || !rate || left <= worth(rate))
        return RAMP_WAIT;
    ramp->trying = true;
    ramp->joined = ramp->warm = false;
    return RAMP_ADD;
}

uint64_t ramp_due(const struct ramp *ramp)
{
    if (!ramp->connections || ramp->over || (ramp->trying && !ramp->joined))
        return UINT64_MAX;
    return ramp->since_ms + RAMP_STEP_MS;
}

void ramp_joined(struct ramp *ramp, uint64_t now_ms, uint64_t bytes)
{
    if (!ramp->trying || ramp->joined)
        return;
    ramp->joined = true;
    measure(ramp, now_ms, bytes);
}

void ramp_failed(struct ramp *ramp)
{
    ramp->trying = false;
    ramp->over = true;
}

unsigned ramp_wanted(const struct ramp *ramp)
{
    return ramp->connections + (ramp->trying ? 1 : 0);
}
