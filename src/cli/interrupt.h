/*
 * Ctrl+C, Ctrl+Break and the closing of the console: they end the wait for the next event, and the
 * main thread does what is to be done.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <windows.h>

#include "dosvc.h"

#include <stdbool.h>

/* From now on an interruption ends interrupt_wait and closes `callback`, which may be NULL. */
void interrupt_watch(IDosvcCallback *callback);

/* Everything that an interruption asks for has been done; the process may be ended. */
void interrupt_unwatch(void);

bool interrupt_came(void);

/* Waits for an interruption; false after so many milliseconds. */
bool interrupt_wait(DWORD milliseconds);

#endif
