#ifndef IO_DIGEST_H
#define IO_DIGEST_H

#include "base/platform.h"
#include "model/digest_text.h"

/* SHA-256 by Windows' BCrypt, of bytes that come in pieces. One thread at a time. */

struct digest;

HRESULT digest_open(struct digest **digest);
void digest_close(struct digest *digest); /* NULL is fine */
HRESULT digest_update(struct digest *digest, const void *data, size_t size);
/* The value of everything since digest_open or the last digest_finish; starts anew. */
HRESULT digest_finish(struct digest *digest, BYTE value[DIGEST_SIZE]);

#endif
