/* Clocks and memory. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/platform.h"

double measure_now(void); /* seconds */

/* Processor ticks, for what is over in less than the clock can tell. */
UINT64 measure_ticks(void);
double measure_ticks_per_second(void); /* takes 100 ms, once */

SIZE_T measure_working_set(void);

/* The process's working set, sampled by a thread. */
struct memory_watch
{
    HANDLE thread;
    HANDLE stop;
    SIZE_T before;
    SIZE_T most[2]; /* in the first and in the second part, which memory_watch_half begins */
    volatile LONG part;
};
void memory_watch_start(struct memory_watch *watch);
void memory_watch_half(struct memory_watch *watch);
void memory_watch_stop(struct memory_watch *watch);

#endif
