/*
 * How far the downloads are: a bar that redraws itself on a console, a line now and then elsewhere,
 * nothing when quiet.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <windows.h>

#include <stdbool.h>

#define SIZE_UNKNOWN ((UINT64)-1)
#define TEXT_CHARS 24

struct progress_sum
{
    UINT64 bytes;
    UINT64 total; /* SIZE_UNKNOWN while any file's is */
    unsigned int files;
    unsigned int files_done;
};

struct progress
{
    bool quiet;
    bool live;          /* stdout is a console: the bar is drawn over and over */
    unsigned int drawn; /* columns of the bar that is on the screen; 0: none */
    ULONGLONG shown;    /* tick of the last drawing */
    ULONGLONG sampled;  /* tick of the last sample of the rate; 0: none */
    UINT64 sampled_bytes;
    double rate; /* bytes per second, smoothed */
};

/* quiet: nothing is shown. plain: lines even on a console. */
void progress_init(struct progress *progress, bool quiet, bool plain);

/* How long to wait for an event at most before the bar is to be drawn anew, in ms. */
DWORD progress_interval(const struct progress *progress);

/* Shows it, unless it was shown a moment ago. */
void progress_show(struct progress *progress, const struct progress_sum *sum);

/* Clears the bar away, so that something else can be printed. */
void progress_erase(struct progress *progress);

/* "12.3 MiB" and "1:02:03", into buffer, which is returned. */
const WCHAR *size_text(UINT64 bytes, WCHAR buffer[TEXT_CHARS]);
const WCHAR *time_text(UINT64 seconds, WCHAR buffer[TEXT_CHARS]);

#endif
