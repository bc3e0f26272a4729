/* doctl get: downloads files and waits, by callbacks, until they are in place. */
#ifndef CLI_GET_H
#define CLI_GET_H

#include <windows.h>

/* The words after "get"; returns an enum exit_code. */
int get_run(int argc, WCHAR **argv);

#endif
