#ifndef IO_CERTIFICATE_H
#define IO_CERTIFICATE_H

#include "base/platform.h"

/* Whether the server at the other end of a Schannel connection is who it says it is.
 *
 * context: the connection's CtxtHandle. host: the name in the URL, UTF-8. flags: HTTP_TLS_* of
 * io/http.h. S_OK, or why not: CERT_E_EXPIRED, CERT_E_CN_NO_MATCH, CERT_E_UNTRUSTEDROOT,
 * CERT_E_CHAINING, CERT_E_WRONG_USAGE, CRYPT_E_REVOKED, ... Building the chain may have Windows
 * fetch certificates it lacks, for 5 s at most. */
HRESULT certificate_check(void *context, const char *host, DWORD flags);

#endif
