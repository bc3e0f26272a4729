#ifndef MODEL_RANGE_H
#define MODEL_RANGE_H

#include "model/failure.h"

#include <stddef.h>

/* The pieces of a remote file that a client asked for. They land back to back in the local file, in
 * the order given. No ranges at all is the whole file. */

#define RANGE_TO_END UINT64_MAX
#define RANGE_UNKNOWN UINT64_MAX /* a length that is not known yet */

struct range
{
    uint64_t offset;
    uint64_t length; /* RANGE_TO_END: up to the end of the remote file */
};

/* FAILURE_NONE, FAILURE_INVALID_RANGE (no bytes, or past what 64 bits can say) or
 * FAILURE_OVERLAPPING_RANGES. O(n log n) is not needed: a client gives a few. */
enum failure range_judge(const struct range *ranges, size_t count);

/* Where a byte of the local file comes from: which range, its place in the remote file, and how
 * many bytes follow in that range, itself included (RANGE_TO_END: an open one).
 * False past the end of the ranges; with no ranges local and remote are the same. */
bool range_locate(const struct range *ranges, size_t count, uint64_t local_offset, size_t *index,
                  uint64_t *remote_offset, uint64_t *left);

/* Bytes of the local file. RANGE_UNKNOWN: depends on a remote length that is not known. */
uint64_t range_total(const struct range *ranges, size_t count, uint64_t remote_length);

/* Whether a remote file of this length has all of it. */
bool range_within(const struct range *ranges, size_t count, uint64_t remote_length);

#endif
