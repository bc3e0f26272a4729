#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

double report_quantile(double *values, size_t count, double fraction)
{
    size_t at;

    if (!count)
        return 0;
    qsort(values, count, sizeof(*values), compare);
    at = (size_t)(fraction * (double)count);
    return values[at < count ? at : count - 1];
}

static void add_line(const char *format, ...)
{
    const char *path = getenv("BENCH_JSON");
    va_list arguments;
    FILE *file;

    if (!path || !(file = fopen(path, "ab")))
        return;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fclose(file);
}

double report_way(const char *row, const char *way, const char *unit, double *values, size_t count)
{
    double median = report_quantile(values, count, 0.5);

    if (!count)
        return 0;
    printf("%-10s %-10s %12.4g %-10s (%.4g to %.4g, %u runs)\n", row, way, median, unit, values[0],
           values[count - 1], (unsigned int)count);
    fflush(stdout);
    add_line("{\"row\":\"%s\",\"way\":\"%s\",\"unit\":\"%s\",\"median\":%.6g,\"low\":%.6g,"
             "\"high\":%.6g,\"runs\":%u}\n",
             row, way, unit, median, values[0], values[count - 1], (unsigned int)count);
    return median;
}

void report_result(const char *row, const char *what, double value, enum report_need need,
                   double goal, const char *unit)
{
    static const char *const names[] = {"at least", "at most", ""};
    const char *met = need == NO_GOAL ? "" : "no";

    if (need == AT_LEAST ? value >= goal : need == AT_MOST && value <= goal)
        met = "yes";
    printf("%-10s %s: %.4g %s", row, what, value, unit);
    if (need != NO_GOAL)
        printf(" (%s %.4g: %s)", names[need], goal, met);
    puts("");
    fflush(stdout);
    add_line("{\"row\":\"%s\",\"what\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"need\":\"%s\","
             "\"goal\":%.6g,\"met\":\"%s\"}\n",
             row, what, value, unit, names[need], goal, met);
}
