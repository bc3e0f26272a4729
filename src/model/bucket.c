#include "model/bucket.h"

#define SECOND_MS 1000u
#define RATE_MAX ((uint64_t)1 << 40) /* more is no limit; so no product wraps */

static int64_t size_of(const struct bucket *bucket)
{
    return (int64_t)(bucket->rate * BUCKET_BURST_MS / SECOND_MS) + 1;
}

/* What must be there before it opens again. */
static int64_t threshold(const struct bucket *bucket)
{
    return size_of(bucket) / 4 + 1;
}

static void fill(struct bucket *bucket, uint64_t now_ms)
{
    uint64_t elapsed, earned;

    if (now_ms <= bucket->filled_ms)
        return;
    elapsed = now_ms - bucket->filled_ms;
    if (elapsed > 3600u * SECOND_MS) /* long since full, whatever it owed */
    {
        bucket->credit = size_of(bucket);
        bucket->filled_ms = now_ms;
        return;
    }
    earned = bucket->rate * elapsed / SECOND_MS;
    if (!earned)
        return;
    bucket->credit += (int64_t)earned;
    /* the rest of a byte is not lost */
    bucket->filled_ms += earned * SECOND_MS / bucket->rate;
    if (bucket->credit >= size_of(bucket))
    {
        bucket->credit = size_of(bucket);
        bucket->filled_ms = now_ms;
    }
}

void bucket_set(struct bucket *bucket, uint64_t rate, uint64_t now_ms)
{
    if (rate > RATE_MAX)
        rate = 0;
    if (rate == bucket->rate)
        return;
    *bucket = (struct bucket){.rate = rate, .filled_ms = now_ms};
    bucket->credit = size_of(bucket);
}

bool bucket_is_open(struct bucket *bucket, uint64_t now_ms)
{
    if (!bucket->rate)
        return true;
    fill(bucket, now_ms);
    if (bucket->shut)
        bucket->shut = bucket->credit < threshold(bucket);
    return !bucket->shut;
}

void bucket_take(struct bucket *bucket, uint64_t bytes, uint64_t now_ms)
{
    if (!bucket->rate)
        return;
    fill(bucket, now_ms);
    bucket->credit -= (int64_t)bytes;
    bucket->shut = bucket->shut || bucket->credit <= 0;
}

uint64_t bucket_opens_at(const struct bucket *bucket, uint64_t now_ms)
{
    uint64_t lacking;

    if (!bucket->rate || !bucket->shut || bucket->credit >= threshold(bucket))
        return now_ms;
    lacking = (uint64_t)(threshold(bucket) - bucket->credit);
    return bucket->filled_ms + lacking * SECOND_MS / bucket->rate + 1;
}
