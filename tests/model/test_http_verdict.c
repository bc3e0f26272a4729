#include "model/http_verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MODIFIED "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static struct http_head head_of(const char *text)
{
    struct http_head head;

    assert_true(http_head_parse(&head, text, strlen(text)));
    return head;
}

static struct validator validator_of(const char *text)
{
    struct http_head head = head_of(text);
    struct validator validator;

    validator_from_head(&validator, &head, http_total(&head));
    return validator;
}

/* What the fixture's question is answered with. */
struct judged
{
    enum http_verdict verdict;
    struct failure_info failure;
    char location[HTTP_LOCATION_SIZE];
};

static struct judged judge(const struct http_question *question, const char *text)
{
    struct http_head head = head_of(text);
    struct judged judged = {.location = ""};

    judged.verdict =
        http_judge(question, &head, judged.location, sizeof(judged.location), &judged.failure);
    if (judged.verdict != HTTP_FAIL)
        assert_int_equal(FAILURE_NONE, judged.failure.kind);
    return judged;
}

static void assert_fails(enum failure kind, const struct http_question *question, const char *text)
{
    struct judged judged = judge(question, text);

    assert_int_equal(HTTP_FAIL, judged.verdict);
    assert_int_equal(kind, judged.failure.kind);
}

static void assert_verdict(enum http_verdict verdict, const struct http_question *question,
                           const char *text)
{
    struct judged judged = judge(question, text);

    assert_int_equal(verdict, judged.verdict);
}

/* The first request of a whole file. */
static const struct http_question fresh = {
    .last = UINT64_MAX, .expected_total = UINT64_MAX, .url = "http://h/a/b"};

/* Bytes 500 and on of a file of 1000. */
static struct http_question resume_with(const struct validator *validator)
{
    const struct http_question question = {
        .ranged = true,
        .first = 500,
        .last = 999,
        .resuming = true,
        .expected_total = 1000,
        .validator = validator,
        .url = "http://h/a/b",
    };

    return question;
}

/* A client's bytes 100 to 199. */
static const struct http_question client = {.ranged = true,
                                            .first = 100,
                                            .last = 199,
                                            .client_range = true,
                                            .expected_total = UINT64_MAX,
                                            .url = "http://h/a/b"};

static void a_whole_file_is_taken(void **state)
{
    (void)state;
    assert_verdict(HTTP_TAKE_ALL, &fresh, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
    assert_verdict(HTTP_TAKE_ALL, &fresh, "HTTP/1.0 200 OK\r\n");
    assert_verdict(HTTP_TAKE_ALL, &fresh, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n");
    assert_verdict(HTTP_TAKE_ALL, &fresh, "HTTP/1.1 203 OK\r\n");
}

static void success_without_the_file_is_an_error(void **state)
{
    static const char *const heads[] = {"HTTP/1.1 201 Created\r\n", "HTTP/1.1 202 Later\r\n",
                                        "HTTP/1.1 204 Nothing\r\n", "HTTP/1.1 205 Reset\r\n"};
    struct http_question post = fresh;
    size_t i;

    (void)state;
    post.other_method = true;
    for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
    {
        assert_fails(FAILURE_BAD_RESPONSE, &fresh, heads[i]);
        assert_verdict(HTTP_TAKE_ALL, &post, heads[i]);
    }
}

static void an_answer_200_to_a_resume_starts_over(void **state)
{
    struct validator kept = validator_of("HTTP/1.1 200 OK\r\nETag: \"a\"\r\n");
    struct http_question question = resume_with(&kept);

    (void)state;
    assert_verdict(HTTP_TAKE_ALL, &question,
                   "HTTP/1.1 200 OK\r\nContent-Length: 1200\r\nETag: \"b\"\r\n");
}

static void the_part_that_was_asked_is_taken(void **state)
{
    struct validator kept =
        validator_of("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"a\"\r\n");
    struct http_question question = resume_with(&kept);

    (void)state;
    assert_verdict(HTTP_TAKE_RANGE, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-999/1000\r\nETag: \"a\"\r\n");
    assert_verdict(HTTP_TAKE_RANGE, &question, /* fewer, the rest is asked again */
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-599/1000\r\n");
    assert_verdict(HTTP_TAKE_RANGE, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-999/*\r\n");
}

static void another_part_is_an_error(void **state)
{
    struct http_question question = resume_with(NULL);
    struct judged judged =
        judge(&question, "HTTP/1.1 206 P\r\nContent-Range: bytes 400-999/1000\r\n");

    (void)state;
    assert_int_equal(HTTP_FAIL, judged.verdict);
    assert_int_equal(FAILURE_BLOCKSIZE_MISMATCH, judged.failure.kind);
    assert_true(failure_is_transient(&judged.failure));
}

static void changed_content_starts_over(void **state)
{
    struct validator kept =
        validator_of("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"a\"\r\n");
    struct validator dated = validator_of("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n" MODIFIED);
    struct http_question question = resume_with(&kept);

    (void)state;
    assert_verdict(HTTP_RESTART, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-999/1001\r\nETag: \"a\"\r\n");
    assert_verdict(HTTP_RESTART, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-999/1000\r\nETag: \"b\"\r\n");
    question.validator = &dated;
    assert_verdict(HTTP_RESTART, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-999/1000\r\n"
                   "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    assert_verdict(HTTP_RESTART, &question,
                   "HTTP/1.1 206 P\r\nContent-Range: bytes 500-1000/*\r\n");
}

static void answers_that_make_no_sense_start_over_once(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 206 P\r\n",
        "HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges; boundary=x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Range: bytes 500-999/1000\r\n",
    };
    struct http_question question = resume_with(NULL);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(answers); i++)
    {
        struct judged judged;

        assert_verdict(HTTP_RESTART, &question, answers[i]);
        assert_fails(FAILURE_BAD_RESPONSE, &fresh, answers[i]);
        judged = judge(&client, answers[i]);
        assert_int_equal(HTTP_FAIL, judged.verdict);
        assert_false(failure_is_transient(&judged.failure));
    }
    assert_fails(FAILURE_BAD_RESPONSE, &fresh, "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/10\r\n");
}

static void a_range_beyond_the_end_is_the_clients_fault(void **state)
{
    struct http_question open = client;

    (void)state;
    open.last = UINT64_MAX;
    assert_fails(FAILURE_INVALID_RANGE, &client,
                 "HTTP/1.1 416 No\r\nContent-Range: bytes */150\r\n");
    assert_fails(FAILURE_INVALID_RANGE, &client, "HTTP/1.1 416 No\r\n");
    assert_fails(FAILURE_INVALID_RANGE, &client,
                 "HTTP/1.1 206 P\r\nContent-Range: bytes 100-149/150\r\n");
    assert_fails(FAILURE_INVALID_RANGE, &client, "HTTP/1.1 200 OK\r\nContent-Length: 199\r\n");
    assert_fails(FAILURE_INVALID_RANGE, &open, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n");
    assert_verdict(HTTP_TAKE_SKIPPING, &open, "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n");
}

static void a_client_range_is_cut_from_the_whole_file(void **state)
{
    struct validator kept = validator_of("HTTP/1.1 200 OK\r\nETag: W/\"a\"\r\n");
    struct http_question later = client;

    (void)state;
    later.resuming = true;
    later.validator = &kept;
    assert_verdict(HTTP_TAKE_SKIPPING, &client, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n");
    assert_verdict(HTTP_TAKE_SKIPPING, &client, "HTTP/1.1 200 OK\r\n");
    assert_verdict(HTTP_TAKE_SKIPPING, &later, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\n");
    assert_verdict(HTTP_RESTART, &later, "HTTP/1.1 200 OK\r\nETag: \"b\"\r\n");
}

static void a_416_may_mean_that_nothing_is_missing(void **state)
{
    struct validator kept =
        validator_of("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"a\"\r\n");
    struct http_question question = resume_with(&kept);

    (void)state;
    assert_verdict(HTTP_RESTART, &question, "HTTP/1.1 416 No\r\nContent-Range: bytes */1000\r\n");
    question.complete = true;
    assert_verdict(HTTP_COMPLETE, &question, "HTTP/1.1 416 No\r\nContent-Range: bytes */1000\r\n");
    assert_verdict(HTTP_RESTART, &question, "HTTP/1.1 416 No\r\nContent-Range: bytes */999\r\n");
    assert_verdict(HTTP_RESTART, &question,
                   "HTTP/1.1 416 No\r\nContent-Range: bytes */1000\r\nETag: \"b\"\r\n");
    assert_verdict(HTTP_RESTART, &question, "HTTP/1.1 416 No\r\n");
    /* a file whose length nobody told before */
    validator_init(&kept);
    question.complete = false;
    question.expected_total = UINT64_MAX;
    assert_verdict(HTTP_COMPLETE, &question, "HTTP/1.1 416 No\r\nContent-Range: bytes */500\r\n");
    assert_fails(FAILURE_HTTP_STATUS, &fresh, "HTTP/1.1 416 No\r\n");
}

static void statuses_are_passed_on(void **state)
{
    static const int statuses[] = {300, 304, 305, 400, 401, 403, 404, 407, 410, 429, 500, 503, 599};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(statuses); i++)
    {
        char line[] = "HTTP/1.1 000 X\r\n";
        struct judged judged;

        line[9] = (char)('0' + statuses[i] / 100);
        line[10] = (char)('0' + statuses[i] / 10 % 10);
        line[11] = (char)('0' + statuses[i] % 10);
        judged = judge(&fresh, line);
        assert_int_equal(HTTP_FAIL, judged.verdict);
        assert_int_equal(FAILURE_HTTP_STATUS, judged.failure.kind);
        assert_int_equal(statuses[i], judged.failure.http_status);
    }
    assert_fails(FAILURE_BAD_RESPONSE, &fresh, "HTTP/1.1 600 X\r\n");
    assert_fails(FAILURE_BAD_RESPONSE, &fresh, "HTTP/1.1 101 X\r\n");
}

static void redirects_are_followed(void **state)
{
    static const char *const rows[][2] = {
        {"HTTP/1.1 301 X\r\nLocation: c?d\r\n", "http://h/a/c?d"},
        {"HTTP/1.1 302 X\r\nLocation: https://other/\r\n", "https://other/"},
        {"HTTP/1.1 303 X\r\nLocation: //o:8080/x y\r\n", "http://o:8080/x%20y"},
        {"HTTP/1.1 307 X\r\nLocation: /a/b\r\n", "http://h/a/b"}, /* after a cookie was set */
        {"HTTP/1.1 308 X\r\nLocation: ../z\r\n", "http://h/z"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
    {
        struct judged judged = judge(&fresh, rows[i][0]);

        assert_int_equal(HTTP_FOLLOW, judged.verdict);
        assert_string_equal(rows[i][1], judged.location);
    }
}

static void some_redirects_are_not(void **state)
{
    static const char *const refused[] = {"file:///c:/x", "ftp://h/x", "javascript:alert(1)",
                                          "http://", "//:80/"};
    struct http_question question = fresh;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(refused); i++)
    {
        char text[100] = "HTTP/1.1 302 X\r\nLocation: ";

        assert_fails(FAILURE_REDIRECT_REFUSED, &fresh, strcat(strcat(text, refused[i]), "\r\n"));
    }
    assert_fails(FAILURE_REDIRECT_LOOP, &fresh, "HTTP/1.1 302 X\r\n");
    question.hops = HTTP_HOPS_MAX - 1;
    assert_verdict(HTTP_FOLLOW, &question, "HTTP/1.1 302 X\r\nLocation: /x\r\n");
    question.hops = HTTP_HOPS_MAX;
    assert_fails(FAILURE_REDIRECT_LOOP, &question, "HTTP/1.1 302 X\r\nLocation: /x\r\n");
}

static void a_secure_transfer_stays_secure(void **state)
{
    struct http_question question = fresh;

    (void)state;
    question.url = "https://h/a";
    assert_fails(FAILURE_REDIRECT_REFUSED, &question, "HTTP/1.1 302 X\r\nLocation: http://h/a\r\n");
    assert_verdict(HTTP_FOLLOW, &question, "HTTP/1.1 302 X\r\nLocation: https://i/a\r\n");
    question.allow_insecure_redirect = true;
    assert_verdict(HTTP_FOLLOW, &question, "HTTP/1.1 302 X\r\nLocation: http://h/a\r\n");
}

static void a_coded_body_counts_only_with_the_right_length(void **state)
{
    struct http_question question = fresh;

    (void)state;
    assert_verdict(HTTP_TAKE_ALL, &question,
                   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n");
    assert_fails(FAILURE_BAD_RESPONSE, &question, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n");
    question.expected_total = 6;
    assert_fails(FAILURE_BAD_RESPONSE, &question,
                 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n");
}

static void if_range_takes_only_what_is_strong(void **state)
{
    struct validator validator = validator_of("HTTP/1.1 200 OK\r\nETag: \"a\"\r\n");
    char text[HTTP_ETAG_SIZE];

    (void)state;
    assert_true(validator_if_range(&validator, text, sizeof(text)));
    assert_string_equal("\"a\"", text);
    validator = validator_of("HTTP/1.1 200 OK\r\nETag: W/\"a\"\r\n" MODIFIED
                             "Date: Sun, 06 Nov 1994 08:50:37 GMT\r\n");
    assert_false(validator_if_range(&validator, text, sizeof(text)));
    validator =
        validator_of("HTTP/1.1 200 OK\r\n" MODIFIED "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    assert_true(validator_if_range(&validator, text, sizeof(text)));
    assert_string_equal("Sun, 06 Nov 1994 08:49:37 GMT", text);
    validator =
        validator_of("HTTP/1.1 200 OK\r\n" MODIFIED "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    assert_false(validator_if_range(&validator, text, sizeof(text)));
    validator = validator_of("HTTP/1.1 200 OK\r\n" MODIFIED);
    assert_false(validator_if_range(&validator, text, sizeof(text)));
    validator_init(&validator);
    assert_false(validator_if_range(&validator, text, sizeof(text)));
    assert_true(validator_same(&validator, &validator));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_taken),
        cmocka_unit_test(success_without_the_file_is_an_error),
        cmocka_unit_test(an_answer_200_to_a_resume_starts_over),
        cmocka_unit_test(the_part_that_was_asked_is_taken),
        cmocka_unit_test(another_part_is_an_error),
        cmocka_unit_test(changed_content_starts_over),
        cmocka_unit_test(answers_that_make_no_sense_start_over_once),
        cmocka_unit_test(a_range_beyond_the_end_is_the_clients_fault),
        cmocka_unit_test(a_client_range_is_cut_from_the_whole_file),
        cmocka_unit_test(a_416_may_mean_that_nothing_is_missing),
        cmocka_unit_test(statuses_are_passed_on),
        cmocka_unit_test(redirects_are_followed),
        cmocka_unit_test(some_redirects_are_not),
        cmocka_unit_test(a_secure_transfer_stays_secure),
        cmocka_unit_test(a_coded_body_counts_only_with_the_right_length),
        cmocka_unit_test(if_range_takes_only_what_is_strong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
