#include "base/clock.h"

#include "fake/fake_clock.h"

#include <stdatomic.h>

#define START 1000000 /* ms; no moment is 0, which often stands for "none" */
#define LOOK_MS 10    /* real time after which a wait looks at the clock again */
/* 1 January 2020, as a FILETIME. */
#define WALL_START 0x01D5C03669050000ull

static atomic_ullong now = START;
static atomic_bool waits_move = true;

void fake_clock_pass(UINT64 moment)
{
    unsigned long long seen = atomic_load(&now);

    while (seen < moment && !atomic_compare_exchange_weak(&now, &seen, moment))
        ;
}

void fake_clock_move_by_waits(bool move)
{
    atomic_store(&waits_move, move);
}

UINT64 clock_now(void)
{
    return atomic_load(&now);
}

void clock_filetime(FILETIME *time)
{
    ULARGE_INTEGER wall;

    wall.QuadPart = WALL_START + (clock_now() - START) * 10000;
    time->dwLowDateTime = wall.LowPart;
    time->dwHighDateTime = wall.HighPart;
}

DWORD clock_wait_ms(UINT64 virtual_ms)
{
    return clock_wait_until(virtual_ms == INFINITE || virtual_ms == CLOCK_NEVER
                                ? CLOCK_NEVER
                                : clock_now() + virtual_ms);
}

DWORD clock_wait_until(UINT64 deadline)
{
    if (deadline == CLOCK_NEVER)
        return INFINITE;
    if (atomic_load(&waits_move))
        fake_clock_pass(deadline);
    return clock_now() >= deadline ? 0 : LOOK_MS;
}

UINT64 clock_us(void)
{
    return clock_now() * 1000;
}
