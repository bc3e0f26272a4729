/*
 * Several ways of doing the same work, in turns, so that a busy moment of the machine hits all of
 * them; and what is wanted of how they compare.
 */
#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include "base/platform.h"

struct way
{
    const char *row;
    const char *name;
    HRESULT (*run)(void *context); /* one time */
    bool slow;                     /* five times are enough */
};

struct goal /* the way's median is at least so many times the peer's */
{
    const char *row;
    const char *way;
    const char *peer;
    double median;
    double lowest; /* and its slowest run so many times the peer's median; 0: does not matter */
};

struct ways
{
    const char *row; /* ways and goals of other rows are passed over */
    const struct way *ways;
    size_t way_count;
    const struct goal *goals;
    size_t goal_count;
    const char *only; /* names with commas between them; NULL: all */
    unsigned int runs;
    double amount; /* of what one run does, in units: rates are told as units a second */
    const char *unit;
    /* Each run follows an untimed one of the same way (slow ways do without). Linux gives free
     * memory back to a virtual machine's host two seconds after it became free, and the first touch
     * of a page then costs several times what the copy into it does: so each run begins with free
     * memory that its own kind of run has touched just now. */
    bool warm;
    HRESULT (*done)(void *context, const struct way *way); /* untimed: was it right? Tidies up */
    void *context;
};
/* The program's exit code: 0 if every run succeeded. */
int ways_run(const struct ways *ways);

#endif
