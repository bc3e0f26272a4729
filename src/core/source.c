#include "core/source.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/log_name.h"
#include "core/mirrors.h"
#include "core/policy.h"
#include "model/bans.h"
#include "model/limits.h"

#include <string.h>

#define CACHE_CONNECT_MS 3000 /* nobody waits long for what should be near */

static struct bans bans; /* the engine thread's; they outlive it */

/* ---- what there is to ask ---- */

/* What a client's own headers, method or certificate get may be meant for it alone. */
static bool may_be_cached(const struct job *job)
{
    const WCHAR *headers = job->texts[JOB_CUSTOM_HEADERS];

    return !(headers && *headers) && !job->texts[JOB_HTTP_METHOD] &&
           !job->texts[JOB_CLIENT_CERTIFICATE];
}

/* Bit per cache that is left alone now. */
static uint32_t banned(const struct cache_hosts *caches, const char *url)
{
    char origin[URL_HOST_SIZE] = "";
    uint32_t mask = 0;
    size_t i;

    url_host(url, origin, sizeof(origin));
    for (i = 0; i < caches->count; i++)
        if (bans_cover(&bans, caches->names[i], origin, clock_now()))
            mask |= 1u << i;
    return mask;
}

static struct source_world world_of(const struct file *file, const struct policy *policy)
{
    const struct job *job = file->job;
    struct source_world world = {.now_ms = clock_now(),
                                 .named = 1 + mirrors_count(file->texts[FILE_MIRRORS])};

    world.caches = policy->caches.count && may_be_cached(job);
    if (!world.caches)
        return world;
    world.caches_usable =
        cache_hosts_pick(&policy->caches, file->url, banned(&policy->caches, file->url)) >= 0;
    world.delay_ms = job->numbers[JOB_PRIORITY] == JOB_PRIORITY_FOREGROUND
                         ? policy->foreground_delay_ms
                         : policy->background_delay_ms;
    return world;
}

/* ---- the choice ---- */

static bool name_cache(const struct file *file, const struct policy *policy, struct source *source)
{
    const struct cache_hosts *caches = &policy->caches;
    int which = cache_hosts_pick(caches, file->url, banned(caches, file->url));

    if (which < 0) /* all are left alone, and nobody else may be asked yet */
        which = cache_hosts_pick(caches, file->url, 0);
    if (which < 0 ||
        !cache_host_url(file->url, caches->names[which], source->url, sizeof(source->url)))
        return false;
    lstrcpynA(source->cache, caches->names[which], sizeof(source->cache));
    lstrcpynA(source->home, file->url, sizeof(source->home));
    source->connect_ms = MIN(CACHE_CONNECT_MS, policy->connect_ms);
    return true;
}

void source_choose_locked(struct file *file, struct source *source)
{
    const struct policy *policy = policy_now();
    struct source_world world = world_of(file, policy);
    struct source_state *state = &file->source;

    if (file->source_session != file->job->active_since)
    {
        memset(state, 0, sizeof(*state));
        file->source_session = file->job->active_since;
    }
    memset(source, 0, sizeof(*source));
    source->highest = file->highest;
    source->index = source_choose(state, &world);
    source->fresh = state->fresh;
    source->connect_ms = policy->connect_ms;
    if (source->index == SOURCE_CACHE)
    {
        if (name_cache(file, policy, source))
            return;
        state->left_cache = true; /* no cache can be asked for such a URL */
        source->index = source_choose(state, &world);
    }
    if (!source->index || !mirrors_at(file->texts[FILE_MIRRORS], (unsigned int)source->index - 1,
                                      source->url, sizeof(source->url)))
        lstrcpynA(source->url, file->url, sizeof(source->url));
    lstrcpynA(source->home, source->url, sizeof(source->home));
}

/* ---- failures ---- */

static void ban(const struct file *file, const struct source *source,
                const struct failure_info *failure)
{
    enum cache_ban extent = cache_host_ban(failure);
    char origin[URL_HOST_SIZE] = "";

    if (source->index != SOURCE_CACHE || extent == CACHE_BAN_NONE)
        return;
    url_host(file->url, origin, sizeof(origin));
    WARN("the cache %s is left alone for 15 minutes%s%s", source->cache,
         extent == CACHE_BAN_ORIGIN ? " in matters of " : "",
         extent == CACHE_BAN_ORIGIN ? origin : "");
    bans_add(&bans, source->cache, extent == CACHE_BAN_ORIGIN ? origin : NULL, clock_now(),
             clock_now() + CACHE_BAN_MS);
}

enum source_next source_failed_locked(struct file *file, const struct source *source,
                                      const struct failure_info *failure, bool transient)
{
    struct source_world world;
    enum source_next next;

    ban(file, source, failure);
    world = world_of(file, policy_now());
    next = source_failed(&file->source, &world, source->index, failure, transient,
                         file->highest > source->highest);
    if (next == SOURCE_AGAIN)
        WARN("%s: another source is asked", LOG_FILE(file));
    return next;
}

void source_damaged_locked(struct file *file, const struct source *source)
{
    const struct failure_info failure = {.kind = FAILURE_DIGEST_MISMATCH};

    ban(file, source, &failure);
}
