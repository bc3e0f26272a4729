#include "model/runs.h"

#define SPLIT_UNIT 65536u /* runs begin at multiples of it, as disks like */

static uint64_t missing_behind(const struct run *runs, size_t count, uint64_t total, size_t i)
{
    return (i + 1 < count ? runs[i + 1].start : total) - runs[i].end;
}

/* Where the second half of what is missing behind a run begins, and how long it is. */
static uint64_t second_half(uint64_t end, uint64_t missing, uint64_t *length)
{
    uint64_t at = end + missing / 2;

    at += SPLIT_UNIT - 1 - (at + SPLIT_UNIT - 1) % SPLIT_UNIT;
    *length = at - end < missing ? end + missing - at : 0;
    return at;
}

bool runs_find_help(const struct run *runs, size_t count, uint64_t total, uint64_t least,
                    struct run_help *help)
{
    uint64_t most = 0;
    size_t i;

    for (i = 0; i < count; i++)
    {
        uint64_t missing = missing_behind(runs, count, total, i), at = runs[i].end;
        uint64_t length = missing;

        if (runs[i].growing)
        {
            at = second_half(runs[i].end, missing, &length);
            if (count == RUNS_MAX || length < least)
                continue;
        }
        if (length <= most)
            continue;
        most = length;
        *help = (struct run_help){i, at};
    }
    return most != 0;
}

bool runs_are_behind(const struct range *spans, size_t count, uint64_t front, uint64_t total)
{
    size_t i;

    if (count >= RUNS_MAX)
        return false;
    for (i = 0; i < count; i++)
    {
        if (spans[i].offset <= front || !spans[i].length || spans[i].offset > total ||
            spans[i].length > total - spans[i].offset)
            return false;
        front = spans[i].offset + spans[i].length;
    }
    return true;
}
