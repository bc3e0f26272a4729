#ifndef MODEL_HTTP_DATE_H
#define MODEL_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dates in HTTP headers, as seconds since 1970 UTC. */

#define HTTP_DATE_SIZE 30          /* with the terminator */
#define HTTP_DATE_END 253402300800 /* the year 10000 */

/* "Sun, 06 Nov 1994 08:49:37 GMT" and the two older forms of RFC 9110 5.6.7. The day of the week is
 * not checked. */
bool http_date_parse(const char *text, size_t length, int64_t *seconds);

/* The first of these forms, terminated. False before 1970 and after 9999. */
bool http_date_format(int64_t seconds, char *out, size_t size);

#endif
