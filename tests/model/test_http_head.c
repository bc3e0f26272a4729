#include "model/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OK_LINE "HTTP/1.1 200 OK\r\n"

static bool parse(struct http_head *head, const char *text)
{
    return http_head_parse(head, text, strlen(text));
}

static struct http_head parsed(const char *lines)
{
    struct http_head head;
    char text[4096] = OK_LINE;

    strncat(text, lines, sizeof(text) - sizeof(OK_LINE) - 1);
    assert_true(parse(&head, text));
    return head;
}

static bool is_bad(const char *lines)
{
    struct http_head head;
    char text[4096] = OK_LINE;

    strncat(text, lines, sizeof(text) - sizeof(OK_LINE) - 1);
    return !parse(&head, text) && head.bad;
}

static void status_lines_are_read(void **state)
{
    static const char *const bad[] = {"",
                                      "\r\n",
                                      "hello\r\n",
                                      "HTTP/1.1\r\n",
                                      "HTTP/1.1 \r\n",
                                      "HTTP/1.1 2x0\r\n",
                                      "HTTP/1.1 99\r\n",
                                      "HTTP/1.1 2000\r\n",
                                      "HTTP/x.1 200\r\n",
                                      "HTTP/1.1200 OK\r\n",
                                      "A: b\r\n"};
    struct http_head head;
    size_t i;

    (void)state;
    assert_true(parse(&head, "HTTP/1.0 206 Partial Content\r\n\r\n"));
    assert_int_equal(206, head.status);
    assert_int_equal(1, head.version_major);
    assert_int_equal(0, head.version_minor);
    assert_true(parse(&head, "HTTP/2 200\n"));
    assert_int_equal(2, head.version_major);
    for (i = 0; i < COUNT(bad); i++)
        assert_false(parse(&head, bad[i]));
}

static void a_new_status_line_forgets_the_interim_response(void **state)
{
    struct http_head head;

    (void)state;
    assert_true(parse(&head, "HTTP/1.1 103 Early Hints\r\nETag: \"x\"\r\nContent-Length: 5\r\n\r\n"
                             "HTTP/1.1 404 No\r\nContent-Length: 7\r\n\r\n"));
    assert_int_equal(404, head.status);
    assert_false(head.has_etag);
    assert_int_equal(7, head.content_length);
}

static void lengths_are_exact(void **state)
{
    static const char *const bad[] = {"Content-Length: -1\r\n",
                                      "Content-Length: +1\r\n",
                                      "Content-Length:\r\n",
                                      "Content-Length: 1 2\r\n",
                                      "Content-Length: 5, 6\r\n",
                                      "Content-Length: 5\r\ncontent-length: 6\r\n",
                                      "Content-Length: 0x10\r\n",
                                      "Content-Length: 99999999999999999999\r\n",
                                      "Content-Length: 18446744073709551615\r\n"};
    struct http_head head = parsed("content-LENGTH:\t18446744073709551614 \r\n");
    size_t i;

    (void)state;
    assert_true(head.has_length && head.content_length == UINT64_MAX - 1);
    head = parsed("Content-Length: 5, 5\r\nContent-Length: 5\r\n");
    assert_int_equal(5, head.content_length);
    for (i = 0; i < COUNT(bad); i++)
        assert_true(is_bad(bad[i]));
}

static void content_ranges_are_read(void **state)
{
    static const char *const none[] = {"items 0-1/2",
                                       "bytes 5-4/10",
                                       "bytes 0-10/10",
                                       "bytes 0-/10",
                                       "bytes -5/10",
                                       "bytes 0-5",
                                       "bytes 0-5/x",
                                       "bytes",
                                       "bytes */*x",
                                       "bytes0-1/2",
                                       ""};
    struct http_head head = parsed("Content-Range: bytes 100-199/1000\r\n");
    size_t i;

    (void)state;
    assert_true(head.has_range && head.range_total_known && !head.range_unsatisfied);
    assert_int_equal(100, head.range_first);
    assert_int_equal(199, head.range_last);
    assert_int_equal(1000, head.range_total);
    head = parsed("Content-Range: Bytes 0-0/*\r\n");
    assert_true(head.has_range && !head.range_total_known);
    head = parsed("Content-Range: bytes */47\r\n");
    assert_true(!head.has_range && head.range_unsatisfied && head.range_total_known);
    assert_int_equal(47, head.range_total);
    for (i = 0; i < COUNT(none); i++)
    {
        char line[64] = "Content-Range: ";

        strcat(strcat(line, none[i]), "\r\n");
        head = parsed(line);
        assert_false(head.has_range);
    }
}

static void tags_are_strong_weak_or_neither(void **state)
{
    static char line[400] = "ETag: \"";
    struct http_head head = parsed("ETag: \"a\\b\"\r\n");

    (void)state;
    assert_true(head.has_etag && !head.etag_weak);
    assert_string_equal("\"a\\b\"", head.etag);
    head = parsed("ETag: W/\"abc\"\r\n");
    assert_true(head.has_etag && head.etag_weak);
    assert_string_equal("\"abc\"", head.etag);
    head = parsed("ETag: unquoted\r\n");
    assert_true(head.has_etag && head.etag_weak);
    head = parsed("ETag:\r\n");
    assert_false(head.has_etag);
    memset(line + 7, 'x', 300);
    strcat(line, "\"\r\n");
    head = parsed(line);
    assert_false(head.has_etag);
}

static void codings_are_noticed(void **state)
{
    struct http_head head = parsed("Transfer-Encoding: gzip, Chunked\r\n");

    (void)state;
    assert_true(head.chunked && head.encoded);
    head = parsed("Transfer-Encoding: chunked\r\nContent-Encoding: identity\r\n");
    assert_true(head.chunked && !head.encoded);
    head = parsed("Content-Encoding: gzip\r\n");
    assert_true(head.encoded);
    head = parsed("Content-Type: multipart/byteranges; boundary=x\r\nAccept-Ranges: bytes\r\n");
    assert_true(head.multipart && head.accept_ranges);
    head = parsed("Accept-Ranges: none\r\n");
    assert_false(head.accept_ranges);
}

static void retry_after_counts_from_the_servers_clock(void **state)
{
    struct http_head head = parsed("Retry-After: 120\r\n");

    (void)state;
    assert_true(head.has_retry_after);
    assert_int_equal(120, head.retry_after);
    head = parsed("Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n"
                  "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    assert_true(head.has_retry_after);
    assert_int_equal(60, head.retry_after);
    head = parsed("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                  "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT\r\n");
    assert_true(head.has_retry_after);
    assert_int_equal(0, head.retry_after);
    head = parsed("Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n");
    assert_false(head.has_retry_after);
    head = parsed("Retry-After: soon\r\n");
    assert_false(head.has_retry_after);
}

static void the_first_location_counts(void **state)
{
    static char line[HTTP_LOCATION_SIZE + 100] = "Location: ";
    struct http_head head = parsed("Location:  /a?b \r\nLocation: /c\r\n");

    (void)state;
    assert_true(head.has_location);
    assert_string_equal("/a?b", head.location);
    memset(line + 10, 'x', HTTP_LOCATION_SIZE);
    strcat(line, "\r\n");
    head = parsed(line);
    assert_false(head.has_location);
}

static void malformed_heads_are_refused(void **state)
{
    static const char nul[] = OK_LINE "A: b\0c\r\n";
    static const char *const bad[] = {"no colon\r\n",
                                      ": no name\r\n",
                                      "A : b\r\n",
                                      "A: \x01\r\n",
                                      "A: b\rC: d\r\n",
                                      "A\x80: b\r\n",
                                      "Content-Length: 5\r\n 6\r\n",
                                      " early: x\r\nA\r\n"};
    struct http_head head;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        assert_true(is_bad(bad[i]));
    assert_false(http_head_parse(&head, nul, sizeof(nul) - 1));
    assert_true(head.bad);
    head = parsed("X-Long: a\r\n b\r\nX: \xff\xe9\r\n"); /* obsolete, but harmless */
    assert_false(head.bad);
}

static void a_head_has_a_limit(void **state)
{
    static char line[1 << 20];
    struct http_head head;
    unsigned i;

    (void)state;
    memset(line, 'a', sizeof(line));
    memcpy(line, "X: ", 3);
    http_head_init(&head);
    assert_true(http_head_line(&head, OK_LINE, strlen(OK_LINE)));
    assert_false(http_head_line(&head, line, sizeof(line)));
    assert_true(head.bad);
    http_head_init(&head);
    assert_true(http_head_line(&head, OK_LINE, strlen(OK_LINE)));
    for (i = 0; http_head_line(&head, line, 1000); i++)
        assert_true(i < 100);
    assert_int_equal(65, i);
    assert_false(http_head_line(&head, OK_LINE, strlen(OK_LINE)));
}

static void dates_come_in_three_forms(void **state)
{
    static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Sunday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    static const char *const bad[] = {
        "",
        "Sun",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994",
        "Sun, 06 Nvo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:4x:37 GMT",
        "06 11 1994 08:49:37",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 99994 08:49:37 GMT",
    };
    int64_t seconds;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(forms); i++)
    {
        assert_true(http_date_parse(forms[i], strlen(forms[i]), &seconds));
        assert_true(seconds == 784111777);
    }
    for (i = 0; i < COUNT(bad); i++)
        assert_false(http_date_parse(bad[i], strlen(bad[i]), &seconds));
}

static void dates_survive_the_way_back(void **state)
{
    static const int64_t moments[] = {0,          951782399,  951782400,
                                      951868800,  784111777,  1709164800,
                                      4102444799, 4107542400, HTTP_DATE_END - 1};
    char text[HTTP_DATE_SIZE];
    int64_t seconds;
    size_t i;

    (void)state;
    assert_true(http_date_format(784111777, text, sizeof(text)));
    assert_string_equal("Sun, 06 Nov 1994 08:49:37 GMT", text);
    for (i = 0; i < COUNT(moments); i++)
    {
        assert_true(http_date_format(moments[i], text, sizeof(text)));
        assert_true(http_date_parse(text, strlen(text), &seconds));
        assert_true(seconds == moments[i]);
    }
    assert_false(http_date_format(-1, text, sizeof(text)));
    assert_false(http_date_format(HTTP_DATE_END, text, sizeof(text)));
    assert_false(http_date_format(0, text, 29));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_lines_are_read),
        cmocka_unit_test(a_new_status_line_forgets_the_interim_response),
        cmocka_unit_test(lengths_are_exact),
        cmocka_unit_test(content_ranges_are_read),
        cmocka_unit_test(tags_are_strong_weak_or_neither),
        cmocka_unit_test(codings_are_noticed),
        cmocka_unit_test(retry_after_counts_from_the_servers_clock),
        cmocka_unit_test(the_first_location_counts),
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(a_head_has_a_limit),
        cmocka_unit_test(dates_come_in_three_forms),
        cmocka_unit_test(dates_survive_the_way_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
