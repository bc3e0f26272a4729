/* doctl log: the end of the log file. */
#ifndef CLI_LOG_VIEW_H
#define CLI_LOG_VIEW_H

#include <windows.h>

/* The words after "log"; returns an enum exit_code. */
int log_run(int argc, WCHAR **argv);

#endif
