#include "fuzz.h"

#include "model/http_date.h"

#include <string.h>

const char *const fuzz_seeds[] = {
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Thu, 29 Feb 2024 23:59:60 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",  NULL,
};

/* What was read can be written, and reads the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[HTTP_DATE_SIZE];
    int64_t seconds, again;

    if (!http_date_parse((const char *)data, size, &seconds))
        return 0;
    if (!http_date_format(seconds, text, sizeof(text)))
    {
        MUST(seconds < 0 || seconds >= HTTP_DATE_END);
        return 0;
    }
    MUST(strlen(text) == HTTP_DATE_SIZE - 1);
    MUST(http_date_parse(text, strlen(text), &again));
    MUST(again == seconds);
    return 0;
}
