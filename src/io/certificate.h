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

#define CERTIFICATE_HASH_SIZE 20 /* SHA-1: it names, it proves nothing */

/* A server's certificate for somebody else to judge; one block, freed with mem_free. */
struct certificate
{
    BYTE hash[CERTIFICATE_HASH_SIZE];
    DWORD encoding;
    DWORD size;
    DWORD store_size;
    const BYTE *encoded;
    const BYTE *store; /* serialized: what the server sent along */
};

/* context as above. */
HRESULT certificate_copy(void *context, struct certificate **out);

#endif
