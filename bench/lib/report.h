/*
 * What a benchmark found, for people on stdout and, one JSON object a line, in the file that
 * $BENCH_JSON names. Plain C: the native helpers use it as well.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stddef.h>

#define REPORT_RUNS_MAX 31

/* Sorts them; of none: 0. fraction: 0.5 is the median, 1 the largest. */
double report_quantile(double *values, size_t count, double fraction);

/* One way of doing the row's work, measured `count` times. Sorts the values; returns the median. */
double report_way(const char *row, const char *way, const char *unit, double *values, size_t count);

enum report_need
{
    AT_LEAST,
    AT_MOST,
    NO_GOAL
};
/* A figure that is wanted, and what it must reach. */
void report_result(const char *row, const char *what, double value, enum report_need need,
                   double goal, const char *unit);

#endif
