#include "base/clock.h"

#include "base/fault.h"

/* Virtual time is real time plus a drift, which grows by speed - 1 for each unit of real time. A
 * change of speed (only unit tests make one) starts a new stretch where the last one ended. */
static SRWLOCK stretch_lock = SRWLOCK_INIT; /* protects the three below */
static unsigned int stretch_speed = 1;
static UINT64 stretch_start; /* real microseconds */
static UINT64 stretch_drift; /* microseconds, when it started */

UINT64 clock_us(void)
{
    LARGE_INTEGER frequency, count;
    UINT64 whole, rest;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    whole = (UINT64)count.QuadPart / (UINT64)frequency.QuadPart;
    rest = (UINT64)count.QuadPart % (UINT64)frequency.QuadPart;
    return whole * 1000000 + rest * 1000000 / (UINT64)frequency.QuadPart;
}

/* Under stretch_lock. */
static UINT64 drift_at(UINT64 real_us)
{
    return stretch_drift + (real_us - stretch_start) * (stretch_speed - 1);
}

/* Real microseconds now, and how far virtual time is ahead of them. */
static UINT64 real_now(UINT64 *drift)
{
    unsigned int speed = fault_clock_speed();
    UINT64 real_us;

    AcquireSRWLockShared(&stretch_lock);
    if (stretch_speed == speed)
    {
        real_us = clock_us();
        *drift = drift_at(real_us);
        ReleaseSRWLockShared(&stretch_lock);
        return real_us;
    }
    ReleaseSRWLockShared(&stretch_lock);

    AcquireSRWLockExclusive(&stretch_lock);
    real_us = clock_us();
    stretch_drift = drift_at(real_us);
    stretch_start = real_us;
    stretch_speed = speed;
    *drift = stretch_drift;
    ReleaseSRWLockExclusive(&stretch_lock);
    return real_us;
}

UINT64 clock_now(void)
{
    UINT64 drift, real_us = real_now(&drift);

    return (real_us + drift) / 1000;
}

void clock_filetime(FILETIME *time)
{
    ULARGE_INTEGER wall;
    UINT64 drift;

    real_now(&drift);
    GetSystemTimePreciseAsFileTime(time);
    wall.LowPart = time->dwLowDateTime;
    wall.HighPart = time->dwHighDateTime;
    wall.QuadPart += drift * 10;
    time->dwLowDateTime = wall.LowPart;
    time->dwHighDateTime = wall.HighPart;
}

DWORD clock_wait_ms(UINT64 virtual_ms)
{
    unsigned int speed = fault_clock_speed();
    UINT64 real_ms;

    if (virtual_ms == CLOCK_NEVER || virtual_ms == INFINITE)
        return INFINITE;
    real_ms = virtual_ms / speed + (virtual_ms % speed != 0);
    return real_ms < INFINITE ? (DWORD)real_ms : INFINITE - 1;
}

DWORD clock_wait_until(UINT64 deadline)
{
    UINT64 now, left;

    if (deadline == CLOCK_NEVER)
        return INFINITE;
    now = clock_now();
    left = deadline > now ? deadline - now : 0;
    return left == INFINITE ? INFINITE - 1 : clock_wait_ms(left);
}
