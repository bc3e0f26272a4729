/* The command line of `doctl get`. */
#ifndef CLI_GET_OPTIONS_H
#define CLI_GET_OPTIONS_H

#include <windows.h>

#include <stdbool.h>

/* What `doctl get --help` says. */
extern const WCHAR get_options_usage[];

struct get_options
{
    const WCHAR **urls;
    size_t count;
    const WCHAR *file;   /* NULL: named after the URL */
    const WCHAR *folder; /* NULL: the current one */
    WCHAR *headers;      /* lines with their \r\n, or NULL */
    WCHAR *mirrors;      /* URLs with spaces between them, or NULL */
    ULONG timeout;       /* seconds without progress */
    bool background;
    bool quiet;
    bool show_events;
    bool no_clobber;
    bool wants_help; /* nothing else counts then */
};

/* False: the line makes no sense, and stderr says why. get_options_free in any case. */
bool get_options_parse(struct get_options *options, int argc, WCHAR **argv);
void get_options_free(struct get_options *options);

#endif
