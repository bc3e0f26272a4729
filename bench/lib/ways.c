#include "ways.h"

#include "measure.h"
#include "report.h"

#include <stdio.h>

#define WAYS_MAX 16
#define SLOW_RUNS 5
#define GIVEN_BACK_MS 2500 /* until no free memory is on its way to the host */

struct rates
{
    double values[REPORT_RUNS_MAX];
    size_t count;
};

static bool is_wanted(const struct ways *ways, const struct way *way)
{
    size_t length = strlen(way->name);
    const char *at;

    if (strcmp(way->row, ways->row))
        return false;
    for (at = ways->only; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (!strncmp(at, way->name, length) && (!at[length] || at[length] == ','))
            return true;
    return !ways->only;
}

static HRESULT run(const struct ways *ways, const struct way *way, double *seconds)
{
    double start = measure_now();
    HRESULT hr = way->run(ways->context), right;

    *seconds = measure_now() - start;
    right = ways->done(ways->context, way);
    return FAILED(hr) ? hr : right;
}

static bool measure(const struct ways *ways, const struct way *way, struct rates *rates)
{
    HRESULT hr = S_OK;
    double seconds;

    if (ways->warm && !way->slow)
    {
        Sleep(GIVEN_BACK_MS);
        hr = run(ways, way, &seconds);
    }
    if (SUCCEEDED(hr))
        hr = run(ways, way, &seconds);
    if (SUCCEEDED(hr))
        rates->values[rates->count++] = ways->amount / seconds;
    else
        fprintf(stderr, "%s failed: 0x%08x\n", way->name, (unsigned int)hr);
    return SUCCEEDED(hr);
}

static struct rates *find(const struct ways *ways, struct rates *rates, const char *name)
{
    size_t i;

    for (i = 0; i < ways->way_count; i++)
        if (!strcmp(ways->ways[i].row, ways->row) && !strcmp(ways->ways[i].name, name) &&
            rates[i].count)
            return &rates[i];
    return NULL;
}

static void compare(const struct ways *ways, const struct goal *goal, struct rates *rates)
{
    struct rates *way = find(ways, rates, goal->way);
    struct rates *peer = find(ways, rates, goal->peer);
    char what[80];
    double base;

    if (strcmp(goal->row, ways->row) || !way || !peer)
        return;
    base = report_quantile(peer->values, peer->count, 0.5);
    snprintf(what, sizeof(what), "%s / %s", goal->way, goal->peer);
    report_result(ways->row, what, report_quantile(way->values, way->count, 0.5) / base, AT_LEAST,
                  goal->median, "times");
    if (!(goal->lowest > 0))
        return;
    snprintf(what, sizeof(what), "slowest %s / %s", goal->way, goal->peer);
    report_result(ways->row, what, way->values[0] / base, AT_LEAST, goal->lowest, "times");
}

int ways_run(const struct ways *ways)
{
    static struct rates rates[WAYS_MAX];
    unsigned int run;
    int code = 0;
    size_t i;

    for (run = 0; run < ways->runs; run++)
        for (i = 0; i < ways->way_count; i++)
            if (is_wanted(ways, &ways->ways[i]) && !(ways->ways[i].slow && run >= SLOW_RUNS) &&
                !measure(ways, &ways->ways[i], &rates[i]))
                code = 1;
    for (i = 0; i < ways->way_count; i++)
        report_way(ways->row, ways->ways[i].name, ways->unit, rates[i].values, rates[i].count);
    for (i = 0; i < ways->goal_count; i++)
        compare(ways, &ways->goals[i], rates);
    return code;
}
