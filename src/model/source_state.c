#include "model/source_state.h"

#define IDLE_MAX 2 /* failures in a row after which the other kind has its turn */

static bool is_due(const struct source_state *state, const struct source_world *world)
{
    return world->delay_ms != SOURCE_DELAY_NEVER &&
           world->now_ms - state->began_ms >= world->delay_ms;
}

/* The first named source that is in none of the sets; `world->named` if there is none. */
static unsigned first_not_in(const struct source_world *world, uint32_t set)
{
    unsigned i;

    for (i = 0; i < world->named && (set >> i & 1); i++)
        ;
    return i;
}

static bool asks_cache(struct source_state *state, const struct source_world *world)
{
    if (!world->caches || state->fresh || state->left_cache)
        return false;
    if (world->delay_ms == SOURCE_DELAY_NONE)
        return !state->off_cache && world->caches_usable;
    if (is_due(state, world))
        state->left_cache = true;
    return !state->left_cache; /* banned or not: there is nothing else to ask yet */
}

int source_choose(struct source_state *state, const struct source_world *world)
{
    unsigned index;

    if (!state->begun)
    {
        state->begun = true;
        state->began_ms = world->now_ms;
    }
    if (asks_cache(state, world))
    {
        state->used_cache = true;
        return SOURCE_CACHE;
    }
    index = first_not_in(world, state->tried | state->dead);
    if (index == world->named)
        index = first_not_in(world, state->dead);
    return index < world->named ? (int)index : 0;
}

/* Whether another source may do better. */
static bool is_of_source(const struct failure_info *failure)
{
    switch (failure->kind)
    {
    case FAILURE_HTTP_STATUS:
        return failure->http_status != 407; /* the proxy's */
    case FAILURE_INSUFFICIENT_RANGE:
    case FAILURE_BLOCKSIZE_MISMATCH:
    case FAILURE_INVALID_RANGE:
    case FAILURE_REDIRECT_LOOP:
    case FAILURE_REDIRECT_REFUSED:
    case FAILURE_BAD_RESPONSE:
    case FAILURE_RESOLVE:
    case FAILURE_CONNECT:
    case FAILURE_CONNECTION_RESET:
    case FAILURE_TIMEOUT:
    case FAILURE_STALLED:
    case FAILURE_TLS:
    case FAILURE_DIGEST_MISMATCH:
    case FAILURE_SIZE_MISMATCH:
        return true;
    default:
        return false;
    }
}

static enum source_next cache_failed(struct source_state *state, const struct source_world *world,
                                     const struct failure_info *failure, bool transient)
{
    bool refused = failure->kind == FAILURE_HTTP_STATUS && failure->http_status / 100 == 4;

    if (world->delay_ms == SOURCE_DELAY_NONE)
    {
        /* one that cannot be reached leaves its URLs to its neighbours */
        state->off_cache = !world->caches_usable ||
                           (failure->kind != FAILURE_RESOLVE && failure->kind != FAILURE_CONNECT &&
                            failure->kind != FAILURE_TIMEOUT);
        state->idle = 0;
        return SOURCE_AGAIN;
    }
    if (transient && !refused && !is_due(state, world))
        return SOURCE_WAIT;
    if (world->delay_ms == SOURCE_DELAY_NEVER)
        return SOURCE_FAIL;
    state->left_cache = true;
    return SOURCE_AGAIN;
}

static enum source_next named_failed(struct source_state *state, const struct source_world *world,
                                     unsigned asked, bool transient, bool progressed)
{
    if (transient)
        state->tried |= 1u << asked;
    else
        state->dead |= 1u << asked;
    state->idle = progressed ? 0 : state->idle + 1;
    if (first_not_in(world, state->tried | state->dead) < world->named)
        return SOURCE_AGAIN;
    state->tried = 0;
    if (first_not_in(world, state->dead) == world->named)
        return SOURCE_FAIL;
    if (state->idle >= IDLE_MAX && world->caches_usable)
    {
        state->off_cache = false;
        state->idle = 0;
    }
    return SOURCE_WAIT;
}

enum source_next source_failed(struct source_state *state, const struct source_world *world,
                               int asked, const struct failure_info *failure, bool transient,
                               bool progressed)
{
    if (!is_of_source(failure))
        return transient ? SOURCE_WAIT : SOURCE_FAIL;
    if (failure->kind == FAILURE_DIGEST_MISMATCH && state->used_cache && !state->fresh)
    {
        state->fresh = true; /* what was fetched is gone */
        state->used_cache = false;
        return SOURCE_AGAIN;
    }
    if (asked == SOURCE_CACHE)
        return cache_failed(state, world, failure, transient);
    return named_failed(state, world, (unsigned)asked, transient, progressed);
}
