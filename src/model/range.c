#include "model/range.h"

static bool overlap(const struct range *a, const struct range *b)
{
    const struct range *low = a->offset <= b->offset ? a : b;
    const struct range *high = low == a ? b : a;

    return low->length == RANGE_TO_END || high->offset - low->offset < low->length;
}

static bool is_possible(const struct range *range)
{
    if (!range->length || range->offset == RANGE_TO_END)
        return false;
    /* the last byte must have a number, and not the one that means "unknown" */
    return range->length == RANGE_TO_END || range->length < RANGE_UNKNOWN - range->offset;
}

enum failure range_judge(const struct range *ranges, size_t count)
{
    size_t i, j;

    for (i = 0; i < count; i++)
        if (!is_possible(&ranges[i]))
            return FAILURE_INVALID_RANGE;
    for (i = 0; i < count; i++)
        for (j = i + 1; j < count; j++)
            if (overlap(&ranges[i], &ranges[j]))
                return FAILURE_OVERLAPPING_RANGES;
    return FAILURE_NONE;
}

bool range_locate(const struct range *ranges, size_t count, uint64_t local_offset, size_t *index,
                  uint64_t *remote_offset, uint64_t *left)
{
    static const struct range whole = {0, RANGE_TO_END};
    size_t i;

    if (!count)
    {
        ranges = &whole;
        count = 1;
    }
    for (i = 0; i < count; i++)
    {
        const struct range *range = &ranges[i];

        if (range->length == RANGE_TO_END || local_offset < range->length)
        {
            if (local_offset > RANGE_TO_END - range->offset)
                return false;
            *index = i;
            *remote_offset = range->offset + local_offset;
            *left = range->length == RANGE_TO_END ? RANGE_TO_END : range->length - local_offset;
            return true;
        }
        local_offset -= range->length;
    }
    return false;
}

uint64_t range_total(const struct range *ranges, size_t count, uint64_t remote_length)
{
    uint64_t total = 0;
    size_t i;

    if (!count)
        return remote_length;
    for (i = 0; i < count; i++)
    {
        uint64_t length = ranges[i].length;

        if (length == RANGE_TO_END)
        {
            if (remote_length == RANGE_UNKNOWN)
                return RANGE_UNKNOWN;
            length = remote_length > ranges[i].offset ? remote_length - ranges[i].offset : 0;
        }
        if (length >= RANGE_UNKNOWN - total)
            return RANGE_UNKNOWN;
        total += length;
    }
    return total;
}

bool range_within(const struct range *ranges, size_t count, uint64_t remote_length)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        const struct range *range = &ranges[i];

        if (range->length == RANGE_TO_END && !range->offset)
            continue; /* "all of it" also fits a file of no bytes */
        if (range->offset >= remote_length)
            return false;
        if (range->length != RANGE_TO_END && range->length > remote_length - range->offset)
            return false;
    }
    return true;
}
