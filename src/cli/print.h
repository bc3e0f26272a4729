/*
 * Text for people: Unicode on a console, UTF-8 in files and pipes. Formats are wide, so a WCHAR
 * string is %ls. One thread prints at a time: doctl's only one.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <windows.h>

#include <stdbool.h>

/* To stdout, as it is. */
void print(const WCHAR *format, ...);
void print_text(const WCHAR *text); /* of any length */

/* To stderr, a line that begins "doctl: ". */
void print_problem(const WCHAR *format, ...);

/* To stderr, as it is. */
void print_error(const WCHAR *format, ...);

/* To stderr, a line, only after print_be_verbose(true). */
void print_detail(const WCHAR *format, ...);
void print_be_verbose(bool verbose);

/* Columns of the console that stdout is; 0 if it is none. */
unsigned int print_columns(void);

#endif
