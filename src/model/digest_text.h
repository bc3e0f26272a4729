#ifndef MODEL_DIGEST_TEXT_H
#define MODEL_DIGEST_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* A SHA-256 digest as text. */

#define DIGEST_SIZE 32

/* `text` gets lower-case hex, or base64 with padding, and a NUL. */
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)
#define DIGEST_BASE64_SIZE (4 * ((DIGEST_SIZE + 2) / 3) + 1)
void digest_to_hex(const uint8_t value[DIGEST_SIZE], char text[DIGEST_HEX_SIZE]);
void digest_to_base64(const uint8_t value[DIGEST_SIZE], char text[DIGEST_BASE64_SIZE]);
/* Reads either form (hex of any case; base64 with or without padding, or URL-safe). Other text
 * leaves the value as it was. */
bool digest_from_text(const char *text, uint8_t value[DIGEST_SIZE]);

#endif
