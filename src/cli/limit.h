/* doctl limit: how fast bytes may come, for this user or for jobs. */
#ifndef CLI_LIMIT_H
#define CLI_LIMIT_H

#include <windows.h>

/* The words after the command's name; an enum exit_code. */
int limit_run(int argc, WCHAR **argv);

#endif
