/*
 * Text: UTF-16 is what the API speaks, UTF-8 what URLs, headers, the store and the log hold. All
 * functions: any thread; what they return is the caller's, ended with mem_free unless said.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/platform.h"

/* Conversions are strict: an unpaired surrogate or malformed UTF-8 is refused, not replaced. NULL
 * on failure, and the last error tells which: ERROR_OUTOFMEMORY or ERROR_NO_UNICODE_TRANSLATION,
 * so HRESULT_FROM_WIN32(GetLastError()) is right for both. The argument must not be NULL. */
char *str_utf8_from_wide(const WCHAR *wide);
WCHAR *str_wide_from_utf8(const char *utf8);

/* A copy, NULL of NULL. E_OUTOFMEMORY leaves *out as it was. */
HRESULT str_dup(const WCHAR *text, WCHAR **out);

/* A copy for a client, to be ended with CoTaskMemFree. E_OUTOFMEMORY (fault point "alloc") leaves
 * *out NULL. */
HRESULT str_cotask_dup(const WCHAR *text, WCHAR **out);

/* Comparison that ignores the case of A-Z and nothing else: header names, schemes, hosts. Order
 * as strcmp. Never depends on the locale. */
int str_compare_nocase(const char *a, const char *b);
bool str_equal_nocase(const char *a, const char *b);
bool str_starts_nocase(const char *text, const char *prefix);
bool str_equal_nocase_wide(const WCHAR *a, const WCHAR *b);

/* {01234567-89AB-CDEF-0123-456789ABCDEF} with braces and in upper case, as Windows writes it.
 * Reading takes any case, with or without braces, and nothing before or after; false otherwise,
 * with *guid untouched. */
#define STR_GUID_SIZE 39 /* with the final 0 */
void str_from_guid(const GUID *guid, char text[STR_GUID_SIZE]);
void str_wide_from_guid(const GUID *guid, WCHAR text[STR_GUID_SIZE]);
bool str_wide_to_guid(const WCHAR *text, GUID *guid);

/* Builds text piece by piece, up to a limit. The first failure sticks, later pieces are ignored,
 * so only the end is checked:
 *
 *     struct str_buf buf;
 *     str_buf_init(&buf, 4096);
 *     str_buf_append(&buf, "bytes=");
 *     str_buf_appendf(&buf, "%llu-", offset);
 *     hr = str_buf_detach(&buf, &text);
 */
struct str_buf
{
    char *text; /* terminated once anything was appended; NULL before */
    size_t length;
    size_t capacity;
    size_t limit;  /* of length */
    HRESULT error; /* S_OK, E_OUTOFMEMORY, or ERROR_INSUFFICIENT_BUFFER: past the limit */
};

void str_buf_init(struct str_buf *buf, size_t limit);
void str_buf_cleanup(struct str_buf *buf); /* after init, any number of times */
void str_buf_append(struct str_buf *buf, const char *text);
void str_buf_append_n(struct str_buf *buf, const char *text, size_t length);
void str_buf_appendf(struct str_buf *buf, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));

/* The text ("" if nothing was appended), now the caller's, and an empty buffer again. A failure
 * is the first one that happened, leaves *text untouched, and the buffer is empty as well. */
HRESULT str_buf_detach(struct str_buf *buf, char **text);

#endif
