/* doctl.exe as its users run it: a process of its own, in the test's folder and on its queue. */
#ifndef TESTKIT_DOCTL_H
#define TESTKIT_DOCTL_H

#include "testkit/kit.h"

#define OUTPUT_BYTES 65536

struct run
{
    DWORD code;
    char out[OUTPUT_BYTES];
    char err[OUTPUT_BYTES];
};

/* Starts it with these arguments; doctl_finish waits for its end, within a limit. */
HANDLE doctl_start(const struct kit *kit, const WCHAR *arguments);
void doctl_finish(const struct kit *kit, HANDLE process, struct run *run);
/* Both; the result is good until the next run. */
struct run *run_doctl(const struct kit *kit, const WCHAR *format, ...);

void assert_code(DWORD expected, const struct run *run);
void assert_says(const char *expected, const char *text);

#endif
