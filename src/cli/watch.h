/* doctl watch: the queue as it goes, until nothing is left to see or somebody interrupts. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <windows.h>

/* The words after "watch"; returns an enum exit_code. */
int watch_run(int argc, WCHAR **argv);

#endif
