#ifndef IO_DIGEST_H
#define IO_DIGEST_H

#include "base/platform.h"

/* SHA-256 by Windows' BCrypt, of bytes that come in pieces. One thread at a time. */

#define DIGEST_SIZE 32

struct digest;

HRESULT digest_open(struct digest **digest);
void digest_close(struct digest *digest); /* NULL is fine */
HRESULT digest_update(struct digest *digest, const void *data, size_t size);
/* The value of everything since digest_open or the last digest_finish; starts anew. */
HRESULT digest_finish(struct digest *digest, BYTE value[DIGEST_SIZE]);

/* `text` gets lower-case hex, or base64 with padding, and a NUL. */
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)
#define DIGEST_BASE64_SIZE (4 * ((DIGEST_SIZE + 2) / 3) + 1)
void digest_to_hex(const BYTE value[DIGEST_SIZE], char text[DIGEST_HEX_SIZE]);
void digest_to_base64(const BYTE value[DIGEST_SIZE], char text[DIGEST_BASE64_SIZE]);
/* Reads either form (hex of any case; base64 with or without padding, or URL-safe). */
bool digest_from_text(const char *text, BYTE value[DIGEST_SIZE]);

#endif
