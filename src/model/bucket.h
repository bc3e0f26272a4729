#ifndef MODEL_BUCKET_H
#define MODEL_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* A limit of bytes a second, as a bucket that fills at that rate: whoever finds it open takes what
 * has come, perhaps more than is in it; then it is shut until the debt is paid and a little more is
 * there, so that bytes come in portions and not one by one. */

#define BUCKET_BURST_MS 200u /* what it holds when full, in time */

struct bucket /* zeros: no limit */
{
    uint64_t rate; /* bytes per second; 0: no limit */
    int64_t credit;
    uint64_t filled_ms; /* up to when the credit is counted */
    bool shut;
};

/* A limit, or another one; the same one changes nothing. */
void bucket_set(struct bucket *bucket, uint64_t rate, uint64_t now_ms);
bool bucket_is_open(struct bucket *bucket, uint64_t now_ms);
void bucket_take(struct bucket *bucket, uint64_t bytes, uint64_t now_ms);
/* Not before that; now if it is open. */
uint64_t bucket_opens_at(const struct bucket *bucket, uint64_t now_ms);

#endif
