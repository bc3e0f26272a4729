#ifndef MODEL_RUNS_H
#define MODEL_RUNS_H

#include "model/range.h"

/* A file that several connections fetch is here in runs of bytes, each growing at its end. */

#define RUNS_MAX 16

struct run
{
    uint64_t start;
    uint64_t end; /* of what is here; start if that is nothing */
    bool growing; /* a connection appends to it */
};

/* What one more connection should do. */
struct run_help
{
    size_t run;  /* of these */
    uint64_t at; /* its end: append to it; else a new run begins there, behind it */
};

/* `runs`: 1 to RUNS_MAX in order, apart from each other, the first from 0, all below `total`. What
 * nobody fetches is taken whole; of what somebody does the second half, if that is `least` bytes or
 * more. False: there is nothing to do. */
bool runs_find_help(const struct run *runs, size_t count, uint64_t total, uint64_t least,
                    struct run_help *help);

/* Whether bytes that were kept may be what a file of `total` has behind its first `front` ones: in
 * order, apart, few enough. */
bool runs_are_behind(const struct range *spans, size_t count, uint64_t front, uint64_t total);

#endif
