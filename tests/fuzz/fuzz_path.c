#include "fuzz.h"

#include "model/path.h"

#include <string.h>

/* Bytes as UTF-16 units; 0xff is followed by the other half of a unit. */

const char *const fuzz_seeds[] = {
    "C:\\folder\\file.txt",
    "\\\\server\\share\\a\\..\\b",
    "\\\\?\\C:\\a\\b",
    "c:/x/NUL.txt",
    "\\\\?\\UNC\\s\\t\\u",
    "\\\\.\\COM1",
    "C:\\a:b",
    "C:\\com\xb9",
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t *path = malloc((size + 1) * sizeof(*path));
    size_t length = 0, i;

    MUST(path);
    for (i = 0; i < size; i++)
        if (data[i] == 0xff && i + 1 < size)
            path[length++] = (uint16_t)(0x100 | data[++i]);
        else
            path[length++] = data[i];
    path[length] = 0;
    for (length = 0; path[length]; length++)
        ;
    if (path_is_acceptable(path))
    {
        MUST(length > 3 && path[length - 1] != '.' && path[length - 1] != ' ' &&
             path[length - 1] != '\\');
        for (i = 2; i < length; i++)
            MUST(path[i] != ':' || i == 5); /* "\\?\C:" */
    }
    free(path);
    return 0;
}
