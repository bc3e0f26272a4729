/* doctl suspend, resume, cancel, complete, priority: orders to jobs by their ids. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include <windows.h>

/* The words after the command's name; each returns an enum exit_code. */
int suspend_run(int argc, WCHAR **argv);
int resume_run(int argc, WCHAR **argv);
int cancel_run(int argc, WCHAR **argv);
int complete_run(int argc, WCHAR **argv);
int priority_run(int argc, WCHAR **argv);
/* For doctl limit: bytes a second, 0 for as fast as may be. */
int limit_jobs_run(UINT64 rate, int argc, WCHAR **argv);

#endif
