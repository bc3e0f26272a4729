/* What the benchmarks share: a target on a server, clocks, memory, a callback to wait with. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/platform.h"

#include <stdio.h>
#include <stdlib.h>

#include "dosvc.h"

struct bench_target
{
    char url[1024];
    WCHAR wide_url[1024];
    char host[256]; /* host:port */
    char port[16];
    char url_path[512];
    UINT64 size;          /* as the server tells */
    WCHAR path[MAX_PATH]; /* where it is downloaded to; each run deletes it */
};
/* Asks the server for the size. False, with a line on stderr, if that fails. */
bool bench_target_init(struct bench_target *target, const char *url);
SOCKET bench_connect(const struct bench_target *target);
HANDLE bench_create(const WCHAR *path);
UINT64 bench_size(const WCHAR *path); /* UINT64_MAX: there is none */

double bench_now(void);                            /* seconds */
double bench_median(double *values, size_t count); /* sorts them */

/* The growth of the process's working set, sampled by a thread. */
struct bench_memory
{
    HANDLE thread;
    HANDLE stop;
    SIZE_T before, most;
};
void bench_memory_start(struct bench_memory *memory);
SIZE_T bench_memory_stop(struct bench_memory *memory);

struct bench_waiter /* an IBackgroundCopyCallback that sets an event; lives on the stack */
{
    IBackgroundCopyCallback callback;
    HANDLE event;
    HRESULT result;
};
void bench_waiter_init(struct bench_waiter *waiter);
/* S_OK when the job is transferred, its error otherwise. Clears the job's notify interface. */
HRESULT bench_waiter_wait(struct bench_waiter *waiter, IBackgroundCopyJob *job, DWORD ms);
void bench_waiter_cleanup(struct bench_waiter *waiter);

#endif
