#include "fuzz.h"

#include "model/url.h"

#include <string.h>

/* A base and, after a line end, a reference. */

const char *const fuzz_seeds[] = {
    "http://user:pw@Host.example:80/a/b/../c%20d?q=1#f\n../x/./y",
    "https://[2001:db8::1]:8443\n?only=query",
    "http://a/b/c/d;p?q\n//other/path",
    "http://a/b\nhttps:relative",
    "HTTP://\xc3\xa9/%zz%2\njavascript:alert(1)",
    "http://a/nul.txt\n\xe4 b",
    NULL,
};

static void check_resolved(const char *base, const char *reference)
{
    char first[URL_SIZE], again[URL_SIZE];

    if (!url_resolve(base, reference, first, sizeof(first)))
        return;
    MUST(strlen(first) < sizeof(first));
    MUST(!strpbrk(first, "\r\n #") || url_judge(first) != FAILURE_NONE);
    if (url_judge(first) != FAILURE_NONE)
        return;
    MUST(url_resolve(base, first, again, sizeof(again)));
    MUST(!strcmp(first, again)); /* what is absolute and clean stays as it is */
}

static void check_good(const char *url)
{
    char host[URL_HOST_SIZE], shown[URL_SIZE];

    MUST(url_host(url, host, sizeof(host)));
    MUST(strlen(host) && !strpbrk(host, "/?#@ "));
    MUST(url_same_origin(url, url));
    url_redact(url, shown, sizeof(shown));
    MUST(strlen(shown) < sizeof(shown) && !strpbrk(shown, "?#"));
    url_redact(url, shown, 5);
    MUST(strlen(shown) < 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *reference;

    MUST(text);
    memcpy(text, data, size);
    text[size] = 0;
    reference = strchr(text, '\n');
    if (reference)
        *reference++ = 0;
    if (url_judge(text) == FAILURE_NONE)
        check_good(text);
    if (reference)
    {
        check_resolved(text, reference);
        url_same_origin(text, reference);
    }
    free(text);
    return 0;
}
