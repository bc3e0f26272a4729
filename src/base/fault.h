/*
 * Fault injection: makes chosen operations fail, cuts transfers, speeds time up and ends the
 * process at named points, so that every error path can be tested from outside.
 *
 * The script is the environment variable DOSVC_FAULTS, read at the first question; without it a
 * question costs one load and one branch. Clauses are separated by ';', spaces are ignored:
 *
 *     write=3            the third write of this process fails
 *     write=3-5          the third, fourth and fifth fail
 *     write=3+           the third and all later ones fail
 *     write=*            all fail (same as 1+)
 *     write=3:112        ... with Win32 error 112 (ERROR_DISK_FULL); else the point's usual error
 *     status=1-2:503:30  the first two requests are not sent but answered: status 503, Retry-After
 *                        30; 503 if none is named, no Retry-After unless it is
 *     delay=200          every answer comes so many virtual milliseconds later
 *     cut=65536          every response body is cut after so many bytes
 *     clock=60           base/clock runs 60 times faster
 *     kill=NAME:n        the process ends (exit code 99) at the n-th passage of that named point
 *
 * A point is named once, "delay", "cut" and "clock" once, "kill" up to 8 times. A malformed script
 * is one ERR line in the log and ignored as a whole; an active one is a WARN line.
 *
 * All functions: any thread, no allocation, and the last error is kept.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/platform.h"

#include <stdatomic.h>

enum fault_point /* name in a script: the word in lower case; its usual error */
{
    FAULT_ALLOC,   /* an allocation of base/mem: ERROR_OUTOFMEMORY */
    FAULT_THREAD,  /* thread_start: ERROR_NOT_ENOUGH_MEMORY */
    FAULT_HANDLE,  /* handle_event: ERROR_NO_SYSTEM_RESOURCES */
    FAULT_CONNECT, /* opening a connection: WSAECONNREFUSED */
    FAULT_OPEN,    /* opening or creating a file: ERROR_ACCESS_DENIED */
    FAULT_READ,    /* reading a file: ERROR_CRC */
    FAULT_WRITE,   /* writing a file: ERROR_DISK_FULL */
    FAULT_FLUSH,   /* flushing a file: ERROR_IO_DEVICE */
    FAULT_RENAME,  /* renaming a file: ERROR_SHARING_VIOLATION */
    FAULT_DELETE,  /* deleting a file: ERROR_SHARING_VIOLATION */
    FAULT_STORE,   /* a commit of the job store: ERROR_DISK_FULL */
    FAULT_STATUS,  /* an HTTP request: status 503, in place of a Win32 error */
    FAULT_SPARSE,  /* making a file sparse: ERROR_INVALID_FUNCTION */
    FAULT_RING,    /* telling another process of a commit, which it then finds by looking */
    FAULT_COUNT
};

/* Counts this passage and tells whether it must fail. Ask exactly once for each real attempt. */
static inline bool fault_hit(enum fault_point point);

/* The Win32 error an injected failure of this point reports; never 0. */
DWORD fault_error(enum fault_point point);

/* Seconds that an injected answer (FAULT_STATUS) asks to be left alone; false: it does not say. */
bool fault_retry_after(unsigned int *seconds);

/* How many virtual milliseconds every answer is to be late; 0 = not at all. */
unsigned int fault_delay(void);

/* A response body is to be cut after so many bytes; 0 = do not cut. */
UINT64 fault_cut(void);

/* How many times faster than real time base/clock is to run; at least 1. */
unsigned int fault_clock_speed(void);

/* A named point for crash tests: ends the process with TerminateProcess(99) if the script says so.
 * Names are lower-case words joined by '-', at most 31 characters. */
static inline void fault_point(const char *name);

/* Replaces the script and sets all counts to 0; for unit tests, while nobody else asks. NULL or ""
 * turns injection off. Returns false for a malformed script (and injection is off then). */
bool fault_configure(const char *script);

/* --- how it is done ---------------------------------------------------------------------- */

enum fault_mode
{
    FAULT_MODE_UNREAD, /* the environment has not been looked at */
    FAULT_MODE_OFF,
    FAULT_MODE_ON
};

extern atomic_int fault_mode;

bool fault_hit_slow(enum fault_point point);
void fault_point_slow(const char *name);

static inline bool fault_hit(enum fault_point point)
{
    return atomic_load_explicit(&fault_mode, memory_order_acquire) != FAULT_MODE_OFF &&
           fault_hit_slow(point);
}

static inline void fault_point(const char *name)
{
    if (atomic_load_explicit(&fault_mode, memory_order_acquire) != FAULT_MODE_OFF)
        fault_point_slow(name);
}

#endif
