/*
 * Time. The only source of it, because the fault injection can speed it up ("clock=60"), so that
 * hours of waiting are tested in seconds. Virtual time starts equal to real time at the first
 * question in this process and then runs N times as fast; without injection the two are the same.
 *
 * All functions: any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/platform.h"

/* A deadline that never comes. */
#define CLOCK_NEVER UINT64_MAX

/* Virtual milliseconds since some moment before this process asked first; never goes back, goes
 * on across changes of the wall clock, and is meaningless in another process. */
UINT64 clock_now(void);

/* The virtual wall clock, UTC. May jump when somebody sets the machine's clock. */
void clock_filetime(FILETIME *time);

/* The real milliseconds to hand to a wait that is to last `virtual_ms`: rounded up, so waiting
 * again for what is left never spins. A system wait may end a little early: look at the clock.
 * CLOCK_NEVER and INFINITE give INFINITE; anything else gives less than INFINITE, so a very long
 * wait just ends early. */
DWORD clock_wait_ms(UINT64 virtual_ms);

/* The same for a deadline in terms of clock_now: 0 if it has passed, CLOCK_NEVER is INFINITE. */
DWORD clock_wait_until(UINT64 deadline);

/* Real microseconds, for measurements only; never goes back. */
UINT64 clock_us(void);

#endif
