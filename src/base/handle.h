/*
 * Kernel handles, counted, so that a test can see that none is left (GetProcessHandleCount is no
 * help under Wine). Every handle this library holds is made or adopted here and closed here.
 *
 * All functions: any thread.
 */
#ifndef BASE_HANDLE_H
#define BASE_HANDLE_H

#include "base/platform.h"

/* A new unnamed event; NULL on failure with the last error set (fault point "handle"). */
HANDLE handle_event(bool manual_reset, bool signalled);

/* Counts a handle opened elsewhere (a file, a thread, a duplicate) and returns it. NULL and
 * INVALID_HANDLE_VALUE pass through uncounted and the last error is kept, so that
 * handle_adopt(CreateFileW(...)) can be checked as usual. */
HANDLE handle_adopt(HANDLE handle);

/* Closes a handle of this file; NULL and INVALID_HANDLE_VALUE are fine. Keeps the last error. */
void handle_close(HANDLE handle);

/* How many handles are open. A test's teardown finds the number it began with. */
LONG handle_live(void);

#endif
