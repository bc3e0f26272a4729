/* doctl explain: what a code means. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <windows.h>

/* The words after "explain"; returns an enum exit_code. */
int explain_run(int argc, WCHAR **argv);

#endif
