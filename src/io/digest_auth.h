#ifndef IO_DIGEST_AUTH_H
#define IO_DIGEST_AUTH_H

#include "base/platform.h"

/* HTTP Digest authentication (RFC 7616) with MD5 and SHA-256. Our own because libcurl leaves it to
 * SSPI, whose digest package not every Windows has, and Wine has not. */

struct digest_request
{
    const char *user;
    const char *password;
    const char *method;
    const char *uri;    /* as on the request line */
    const char *cnonce; /* NULL: a fresh one */
};

/* The request header that answers a 401: "Authorization: Digest ...", the caller's to mem_free.
 * head: the whole response head. S_FALSE: it asks for no Digest that we know. */
HRESULT digest_auth_answer(const char *head, const struct digest_request *request, char **header);

#endif
