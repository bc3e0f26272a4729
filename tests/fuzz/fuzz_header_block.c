#include "fuzz.h"

#include "model/header_block.h"

#include <string.h>

const char *const fuzz_seeds[] = {
    "Authorization: Bearer x\r\nX-A: b\n",
    "Range: bytes=0-1\nA:b",
    "A: b\r\n\r\nC: d",
    NULL,
};

/* What is valid comes out line by line, all of it, and no line holds another. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *cursor = text, *before = text;
    struct header_line line;
    bool valid;

    MUST(text);
    memcpy(text, data, size);
    text[size] = 0;
    valid = header_block_is_valid(text);
    while (header_block_next(&cursor, &line))
    {
        MUST(cursor > before && line.text == before);
        MUST(line.length && line.text + line.length <= cursor);
        MUST(!memchr(line.text, '\r', line.length) && !memchr(line.text, '\n', line.length));
        MUST(line.name_length && line.text[line.name_length] == ':');
        MUST(line.value + line.value_length <= line.text + line.length);
        before = cursor;
    }
    MUST(valid == !*cursor);
    free(text);
    return 0;
}
