/* What `doctl doctor` looks at, one thing a check. COM must be initialised. */
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include <windows.h>

#include <stdbool.h>

enum verdict
{
    VERDICT_GOOD,
    VERDICT_NOTE, /* works, but somebody may wonder */
    VERDICT_WRONG
};

#define FINDING_CHARS 1200

struct check
{
    const WCHAR *name; /* one word */
    enum verdict verdict;
    WCHAR finding[FINDING_CHARS]; /* sentences: what is, and what helps */
};

/* The check of that number; false: there are no more. Changes nothing on the machine. */
bool check_run(size_t number, struct check *check);

#endif
