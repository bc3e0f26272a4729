/* doctl purge: cancels what nobody has come back to. */
#ifndef CLI_PURGE_H
#define CLI_PURGE_H

#include <windows.h>

/* The words after "purge"; returns an enum exit_code. */
int purge_run(int argc, WCHAR **argv);

#endif
