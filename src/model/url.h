#ifndef MODEL_URL_H
#define MODEL_URL_H

#include "model/failure.h"

#include <stddef.h>

/* URLs as UTF-8 text. Only http and https are known here. Outputs are terminated, and untouched
 * when a function returns false. */

#define URL_HOST_SIZE 256 /* host and port */
#define URL_MAX 2200      /* what a client may give */
#define URL_SIZE 2300     /* buffers */

/* FAILURE_NONE, FAILURE_BAD_URL or FAILURE_UNKNOWN_SCHEME. */
enum failure url_judge(const char *url);

/* url_judge and a length of at most `max` bytes. */
bool url_is_valid(const char *url, size_t max);

/* "host" or "host:port", lower case, the scheme's own port left out. */
bool url_host(const char *url, char *host, size_t size);

bool url_is_secure(const char *url);

/* Scheme, host and port agree. */
bool url_same_origin(const char *a, const char *b);

/* RFC 3986 5.2; the fragment is dropped. The result may have any scheme: judge it. */
bool url_resolve(const char *base, const char *reference, char *out, size_t size);

/* For logs and messages: no user, query or fragment; cut to fit. */
void url_redact(const char *url, char *out, size_t size);

#endif
