#ifndef IO_JSON_H
#define IO_JSON_H

#include "base/platform.h"

/* Reads one JSON object, by SQLite's JSON functions. One thread at a time. What it returns as text
 * is UTF-8 and ends at a \u0000. */

struct json;

/* The text is borrowed until json_close. HRESULT_FROM_WIN32(ERROR_INVALID_DATA): it is not a JSON
 * (RFC 8259) object. */
HRESULT json_open(const char *text, size_t size, struct json **json);
void json_close(struct json *json); /* NULL is fine */

/* The value of a key; of equal keys the first. S_FALSE: there is none, or one of another type (for
 * numbers: anything but an integer from 0 to 2^63 - 1). `text` is the caller's, ended with
 * mem_free. */
HRESULT json_text(struct json *json, const char *key, char **text);
HRESULT json_number(struct json *json, const char *key, UINT64 *number);

/* Gives the elements of an array one by one; NULL for one that is no text. Stops at the first error
 * of take and returns it. No array is the same as an empty one. */
HRESULT json_texts(struct json *json, const char *key,
                   HRESULT (*take)(void *context, const char *text), void *context);

#endif
