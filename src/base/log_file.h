/*
 * The file behind the log: appended, readable by others while it is written, and bounded. Once it
 * has reached its limit it is renamed to "<path>.1", which replaces the one of that name, and a new
 * one is begun: there are never more than two.
 *
 * Several processes may write to the same path: a lock on the file keeps their lines apart. One of
 * them renames; the others notice with their next line, because the file that they hold is full
 * too, and move on to the new one. A file that cannot be renamed (on Windows: while an idle process
 * still holds the older one) grows on until it can be.
 *
 * Not thread-safe: log.c calls it under its lock.
 */
#ifndef BASE_LOG_FILE_H
#define BASE_LOG_FILE_H

#include "base/platform.h"

#define LOG_FILE_LIMIT (8u << 20)

struct log_file
{
    WCHAR path[MAX_PATH * 4];
    UINT64 limit;  /* bytes; 0: none */
    UINT64 retry;  /* not tried again below this size: the last rename failed */
    HANDLE handle; /* NULL: not open. Not counted by base/handle: it stays */
};

/* Opens path, or creates it, for lines from now on; the limit is what it was. False if path cannot
 * be opened or is too long: the file then has no path. */
bool log_file_open(struct log_file *file, const WCHAR *path);

/* Closes it; the next line opens it again. */
void log_file_close(struct log_file *file);

/* Appends one line, whole. What cannot be written is lost. */
void log_file_write(struct log_file *file, const char *line, size_t length);

#endif
