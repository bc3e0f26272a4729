/*
 * The clock of the fake, in place of base/clock: it stands until somebody moves it.
 *
 * Threads: any.
 */
#ifndef DOSVC_FAKE_FAKE_CLOCK_H
#define DOSVC_FAKE_FAKE_CLOCK_H

#include "base/platform.h"

/* Moves it there unless it is past that. */
void fake_clock_pass(UINT64 moment);

/* Whether a wait with a limit moves the clock itself: nobody else would, where callbacks are called
 * on the telling thread. Else it waits for whoever moves it. */
void fake_clock_move_by_waits(bool move);

#endif
