/*
 * Threads, counted, each of which keeps our module loaded until its last instruction has run.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/platform.h"

/* Runs run(context) on a new thread. `name` is shown by debuggers and in the log and must live as
 * long as the process (a literal). With `joinable` the caller gets a handle to wait for, to be
 * closed with handle_close; without, nobody can wait for the end.
 *
 * On failure (fault point "thread") run is never called, context is still the caller's and
 * *joinable is untouched. The thread is in no apartment. Any thread may call this.
 *
 * The module is pinned with a reference of its own while the thread lives, and released by
 * FreeLibraryAndExitThread, so the code cannot vanish below it: run must return, never ExitThread.
 */
HRESULT thread_start(const char *name, void (*run)(void *), void *context, HANDLE *joinable);

/* How many threads of thread_start have not finished run. A thread counts until it is about to
 * leave our code; one that was joined counts no more. Any thread. */
LONG thread_live(void);

#endif
