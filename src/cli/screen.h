/*
 * A picture of some lines on the console, drawn over itself in one write, so that it does not
 * flicker. Where stdout is no console nothing is drawn.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <windows.h>

#include <stdbool.h>

struct screen
{
    bool live;             /* stdout is a console, and a picture is wanted */
    WCHAR *text;           /* of the picture that is being made */
    size_t used, capacity; /* characters */
    unsigned int columns, rows;
    unsigned int lines; /* of the picture that is being made */
    unsigned int drawn; /* lines that are on the console */
};

/* plain: no picture even on a console. */
void screen_init(struct screen *screen, bool plain);
void screen_begin(struct screen *screen);
/* One more line, cut to the console's width; those that do not fit on it are left out. */
void screen_line(struct screen *screen, const WCHAR *line);
void screen_end(struct screen *screen); /* draws */

#endif
