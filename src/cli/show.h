/* doctl show: all there is to know about one job. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <windows.h>

/* The words after "show"; returns an enum exit_code. */
int show_run(int argc, WCHAR **argv);

#endif
