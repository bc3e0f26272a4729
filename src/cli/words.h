/* The command line of the commands that have few options: flags, values and words. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <windows.h>

#include <stdbool.h>

enum option_type
{
    OPTION_FLAG,
    OPTION_VALUE
};

struct option /* a table of them ends with one without a name */
{
    const WCHAR *name;  /* "--json" */
    const WCHAR *brief; /* "-j", or NULL */
    enum option_type type;
};

#define WORDS_OPTIONS 6

struct words
{
    bool given[WORDS_OPTIONS];          /* by the table's index */
    const WCHAR *values[WORDS_OPTIONS]; /* of OPTION_VALUE */
    const WCHAR **words;                /* the rest, in argv's place */
    int count;
};

/* False: the command is over, with *code: help was shown, or the line makes no sense and stderr
 * says why. most: how many words it takes, -1 for any number. `--` ends the options. */
bool words_parse(struct words *words, const WCHAR *command, const struct option *options, int argc,
                 WCHAR **argv, int most, const WCHAR *usage, int *code);

#endif
