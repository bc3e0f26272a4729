#ifndef MODEL_HEADER_BLOCK_H
#define MODEL_HEADER_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* The request headers that a client adds: "Name: value" lines, each ended by "\r\n" or "\n", the
 * last end optional. UTF-8 text. */

/* Whether the block may go out as it is. False if a line is empty, has no name, a blank or another
 * character in its name that RFC 9110 does not allow, or a control character in its value (a lone
 * CR included: it would smuggle a second line past us), or if it names a header on which the
 * transfer itself depends: Accept-Encoding, Connection, Content-Length, Expect, Host, If-*, Range,
 * TE, Trailer, Transfer-Encoding, Upgrade. An empty block is valid. */
bool header_block_is_valid(const char *block);

struct header_line /* points into the block */
{
    const char *text; /* the line without its end, not terminated */
    size_t length;
    size_t name_length; /* of text; the colon follows */
    const char *value;  /* without blanks around it */
    size_t value_length;
};

/* The next line; *cursor begins as the block and moves on. False at the end, and at a line that
 * header_block_is_valid would refuse. */
bool header_block_next(const char **cursor, struct header_line *line);

#endif
