#include "measure.h"

#include <psapi.h>

double measure_now(void)
{
    LARGE_INTEGER now, frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

UINT64 measure_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

double measure_ticks_per_second(void)
{
    static double rate;
    double start;
    UINT64 ticks;

    if (rate > 0)
        return rate;
    start = measure_now();
    ticks = measure_ticks();
    while (measure_now() - start < 0.1)
        ;
    rate = (double)(measure_ticks() - ticks) / (measure_now() - start);
    return rate;
}

SIZE_T measure_working_set(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters))
               ? counters.WorkingSetSize
               : 0;
}

static DWORD WINAPI sample(void *context)
{
    struct memory_watch *watch = context;

    while (WaitForSingleObject(watch->stop, 10) == WAIT_TIMEOUT)
    {
        SIZE_T now = measure_working_set();
        SIZE_T *most = &watch->most[watch->part];

        if (now > *most)
            *most = now;
    }
    return 0;
}

void memory_watch_start(struct memory_watch *watch)
{
    memset(watch, 0, sizeof(*watch));
    watch->before = measure_working_set();
    watch->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    watch->thread = CreateThread(NULL, 0, sample, watch, 0, NULL);
}

void memory_watch_half(struct memory_watch *watch)
{
    watch->part = 1;
}

void memory_watch_stop(struct memory_watch *watch)
{
    SetEvent(watch->stop);
    WaitForSingleObject(watch->thread, INFINITE);
    CloseHandle(watch->thread);
    CloseHandle(watch->stop);
}
