#include "core/throttle.h"

#include "core/job.h"
#include "core/policy.h"

#define WINDOW_MS 1000             /* over which the rate of the foreground is taken */
#define YIELD_RATE_MIN (64u << 10) /* bytes a second that the background has in any case */
#define YIELD_SHARE 10             /* of what the foreground receives: a tenth */

static struct bucket all, foreground, background, yield;
static UINT64 window_began; /* of what the foreground receives now */
static UINT64 window_bytes;

/* ---- the background gives way ---- */

static void refresh_yield(UINT64 now)
{
    UINT64 rate, elapsed = now - window_began;

    if (elapsed < WINDOW_MS)
        return;
    rate = window_bytes * 1000 / elapsed / YIELD_SHARE;
    if (!window_bytes)
        bucket_set(&yield, 0, now);
    else
        bucket_set(&yield, rate > YIELD_RATE_MIN ? rate : YIELD_RATE_MIN, now);
    window_began = now;
    window_bytes = 0;
}

static void count_foreground(UINT64 bytes, UINT64 now)
{
    window_bytes += bytes;
    if (!yield.rate)
        bucket_set(&yield, YIELD_RATE_MIN, now);
}

/* ---- limits ---- */

void throttle_refresh(UINT64 now)
{
    const struct policy *policy = policy_now();

    bucket_set(&all, policy->rate, now);
    bucket_set(&foreground, policy->foreground_rate, now);
    bucket_set(&background, policy->background_rate, now);
    refresh_yield(now);
}

void throttle_refresh_job_locked(struct job *job, UINT64 now)
{
    bucket_set(&job->bucket, job->numbers[JOB_MAX_RATE], now);
}

#define BUCKETS 4

/* Those that count for the file. */
static void buckets_of(const struct file *file, struct bucket *buckets[BUCKETS])
{
    bool first = file->line.class == PICK_FOREGROUND;

    buckets[0] = &all;
    buckets[1] = first ? &foreground : &background;
    buckets[2] = first ? NULL : &yield;
    buckets[3] = &file->job->bucket;
}

bool throttle_is_open(struct file *file, UINT64 now)
{
    struct bucket *buckets[BUCKETS];
    bool open = true;
    size_t i;

    buckets_of(file, buckets);
    for (i = 0; i < BUCKETS; i++)
        if (buckets[i] && !bucket_is_open(buckets[i], now))
            open = false;
    return open;
}

void throttle_took(struct file *file, UINT64 bytes, UINT64 now)
{
    struct bucket *buckets[BUCKETS];
    size_t i;

    buckets_of(file, buckets);
    for (i = 0; i < BUCKETS; i++)
        if (buckets[i])
            bucket_take(buckets[i], bytes, now);
    if (file->line.class == PICK_FOREGROUND)
        count_foreground(bytes, now);
}

UINT64 throttle_opens_at(const struct file *file, UINT64 now)
{
    struct bucket *buckets[BUCKETS];
    UINT64 at = now;
    size_t i;

    buckets_of(file, buckets);
    for (i = 0; i < BUCKETS; i++)
    {
        UINT64 opens = buckets[i] ? bucket_opens_at(buckets[i], now) : now;

        at = opens > at ? opens : at;
    }
    return at;
}

bool throttle_limits(const struct file *file)
{
    struct bucket *buckets[BUCKETS];
    size_t i;

    buckets_of(file, buckets);
    for (i = 0; i < BUCKETS; i++)
        if (buckets[i] && buckets[i]->rate)
            return true;
    return false;
}
