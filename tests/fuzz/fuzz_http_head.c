#include "fuzz.h"

#include "model/http_verdict.h"
#include "model/url.h"

#include <string.h>

/* The first bytes make the question, the rest is the head that answers it. */

const char *const fuzz_seeds[] = {
    "0123456789HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: "
    "5\r\nETag: \"abc\"\r\n\r\n",
    "aaaaaaaaaaHTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nLast-Modified: Sunday, "
    "06-Nov-94 08:49:37 GMT\r\nRetry-After: Sun Nov  6 08:49:37 1994\r\nAccept-Ranges: bytes\r\n",
    "          HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 302 Found\r\nLocation: ../a?b#c\r\n",
    "\x01\x05\x09 1 2 3 4HTTP/2 416 \nContent-Range: bytes */18446744073709551614\n"
    "ETag: W/\"x\"\nTransfer-Encoding: gzip, chunked\nContent-Encoding: br\n folded\n",
    "bbbbbbbbbbHTTP/1.1 503 x\nRetry-After: 99999999999999999999\nRetry-After: 120\n"
    "Content-Type: multipart/byteranges; boundary=x\nContent-Length: 5, 5\n",
    NULL,
};

static void check_head(const struct http_head *head)
{
    MUST(head->bytes <= HTTP_HEAD_MAX);
    MUST(memchr(head->etag, 0, sizeof(head->etag)));
    MUST(memchr(head->location, 0, sizeof(head->location)));
    MUST(!head->has_range || head->range_first <= head->range_last);
    MUST(!head->has_range || !head->range_unsatisfied);
    MUST(!head->has_range || !head->range_total_known || head->range_last < head->range_total);
    MUST(!strpbrk(head->etag, "\r\n") && !strpbrk(head->location, "\r\n"));
}

static void check_verdict(const struct http_question *question, const struct http_head *head)
{
    char location[HTTP_LOCATION_SIZE] = "";
    struct failure_info failure;
    enum http_verdict verdict = http_judge(question, head, location, sizeof(location), &failure);

    MUST((verdict == HTTP_FAIL) == (failure.kind != FAILURE_NONE));
    MUST(verdict != HTTP_FAIL || failure_code(DIALECT_BITS, &failure) >> 31);
    MUST(verdict == HTTP_FAIL || !head->bad);
    if (verdict == HTTP_TAKE_RANGE)
        MUST(head->status == 206 && head->range_first == question->first);
    if (verdict == HTTP_FOLLOW)
        MUST(url_judge(location) == FAILURE_NONE && question->hops < HTTP_HOPS_MAX);
    if (verdict == HTTP_FOLLOW && !question->allow_insecure_redirect)
        MUST(!url_is_secure(question->url) || url_is_secure(location));
    if (verdict == HTTP_RESTART)
        MUST(question->ranged || question->resuming);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const urls[] = {"http://a/b/c", "https://a.example:8443/b?c",
                                       "http://[::1]"};
    struct http_question question = {0};
    struct validator validator;
    struct http_head head;
    char if_range[HTTP_ETAG_SIZE];
    bool good;

    if (size < 10)
        return 0;
    good = http_head_parse(&head, (const char *)data + 10, size - 10);
    MUST(good == (!head.bad && head.status));
    check_head(&head);
    validator_from_head(&validator, &head, http_total(&head));
    MUST(validator_same(&validator, &validator));
    if (validator_if_range(&validator, if_range, sizeof(if_range)))
        MUST(!strpbrk(if_range, "\r\n") && strncmp(if_range, "W/", 2));

    if (data[1] & 1)
        validator_init(&validator);
    question.ranged = data[0] & 1;
    question.resuming = data[0] & 2;
    question.client_range = data[0] & 4;
    question.complete = data[0] & 8;
    question.allow_insecure_redirect = data[0] & 16;
    question.first = data[2] & 15;
    question.last = data[3] & 1 ? UINT64_MAX : question.first + (data[4] & 15);
    question.expected_total = data[5] & 1 ? UINT64_MAX : data[5] >> 3;
    question.validator = data[6] & 1 ? &validator : NULL;
    question.hops = data[7] % 12;
    question.url = urls[data[8] % 3];
    check_verdict(&question, &head);
    return 0;
}
