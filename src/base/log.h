/*
 * The log. Off unless the environment says otherwise:
 *
 *     DOSVC_LOG=err|warn|info|trace   how much
 *     DOSVC_LOG_FILE=path             where to; appended, shareable. Default: stderr
 *     DOSVC_LOG_LIMIT=bytes           of that file, before it becomes path.1; 0: none. Default: 8
 * MiB
 *
 * Levels: ERR our own failure, WARN somebody else's (server, disk, client), INFO life cycle,
 * TRACE calls. A failure is logged where it is born and passed on in silence after that.
 *
 *     2026-01-31T12:00:00.000Z 1a2c:1a30 WARN  http_start: connect failed, 12029
 *
 * (UTC, process and thread id in hexadecimal, level, function.) A message takes printf arguments,
 * no end of line. Control characters in it become '?', since servers send text that ends up here;
 * a line longer than 2,000 bytes is cut. Never log a credential: a URL goes through LOG_URL.
 *
 * A line is written whole, from any thread, and the last error is kept. While a level is off its
 * macro costs one load and one branch, and its arguments are not evaluated. No allocation.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/platform.h"

#include <stdatomic.h>

enum log_level
{
    LOG_OFF,
    LOG_ERR,
    LOG_WARN,
    LOG_INFO,
    LOG_TRACE,
    LOG_UNREAD /* the environment has not been looked at; lets every level through to log_line */
};

#define ERR(...) LOG_AT(LOG_ERR, __VA_ARGS__)
#define WARN(...) LOG_AT(LOG_WARN, __VA_ARGS__)
#define INFO(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define TRACE(...) LOG_AT(LOG_TRACE, __VA_ARGS__)

/* Whether lines of this level are written, for callers that must prepare an argument. */
bool log_enabled(enum log_level level);

/* Replaces what the environment says; for unit tests and programs with an option of their own.
 * A NULL path is stderr. Returns false if the file cannot be opened (the log is off then). */
bool log_configure(enum log_level level, const WCHAR *path);

/* The file's limit, in place of DOSVC_LOG_LIMIT. */
void log_limit(UINT64 bytes);

/* Closes the log file; the next line opens it again. For the moment before the DLL is unloaded. */
void log_close(void);

/* Text for one argument of a log line; lives until the end of the block it is used in. NULL
 * arguments give "(null)". */
#define LOG_GUID(guid) log_guid((guid), (struct log_text[1]){{{0}}})
#define LOG_URL(url) log_url((url), (struct log_text[1]){{{0}}})
#define LOG_WIDE(wide) log_wide((wide), (struct log_text[1]){{{0}}})

struct log_text
{
    char text[256];
};

const char *log_guid(const GUID *guid, struct log_text *scratch);

/* A UTF-8 URL without credentials, query and fragment ("https://host/path?..."), cut to fit. */
const char *log_url(const char *url, struct log_text *scratch);

/* UTF-16 text (a path, a display name) as UTF-8, cut to fit. Not for URLs. */
const char *log_wide(const WCHAR *wide, struct log_text *scratch);

/* --- how it is done ---------------------------------------------------------------------- */

extern atomic_int log_threshold;

void log_line(enum log_level level, const char *function, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4)));

#define LOG_AT(level, ...)                                                                         \
    do                                                                                             \
    {                                                                                              \
        if (atomic_load_explicit(&log_threshold, memory_order_relaxed) >= (int)(level))            \
            log_line((level), __func__, __VA_ARGS__);                                              \
    } while (0)

#endif
