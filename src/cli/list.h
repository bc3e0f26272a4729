/* doctl list: the jobs of both classes. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <windows.h>

/* The words after "list"; returns an enum exit_code. */
int list_run(int argc, WCHAR **argv);

#endif
