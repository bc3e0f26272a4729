/* The scripted server itself, asked over raw sockets: what the other tests believe must be true. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testkit/content.h"
#include "testkit/httpd.h"

#define LIMIT 5000

/* A client's connection and the last answer read from it. */
struct wire
{
    SOCKET socket;
    char data[200000];
    size_t length;
    const char *body;
    size_t body_length;
    bool closed;
};

static int start(void **state)
{
    *state = httpd_start();
    return *state ? 0 : -1;
}

static int stop(void **state)
{
    httpd_stop(*state);
    return 0;
}

static struct wire *wire_open(struct httpd *httpd)
{
    struct wire *wire = calloc(1, sizeof(*wire));
    struct sockaddr_in address = {.sin_family = AF_INET};
    DWORD limit = LIMIT;

    assert_non_null(wire);
    address.sin_port = htons(httpd_port(httpd));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire->socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_int_equal(0, connect(wire->socket, (struct sockaddr *)&address, sizeof(address)));
    setsockopt(wire->socket, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof(limit));
    return wire;
}

static void wire_close(struct wire *wire)
{
    closesocket(wire->socket);
    free(wire);
}

static void wire_send(struct wire *wire, const char *path, const char *headers)
{
    char request[1024];
    int length =
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, headers);

    assert_int_equal(length, send(wire->socket, request, length, 0));
}

static bool wire_more(struct wire *wire)
{
    int got = recv(wire->socket, wire->data + wire->length,
                   (int)(sizeof(wire->data) - 1 - wire->length), 0);
    int error = got < 0 ? WSAGetLastError() : 0;

    if (got > 0)
        wire->length += (size_t)got;
    wire->closed = got <= 0 && error != WSAETIMEDOUT;
    wire->data[wire->length] = 0;
    return got > 0;
}

/* Reads the head and as much of a body as Content-Length promises, else until the end. */
static void wire_read(struct wire *wire)
{
    const char *end = NULL, *field;
    size_t expected = SIZE_MAX;

    wire->length = 0;
    wire->data[0] = 0;
    while (!(end = strstr(wire->data, "\r\n\r\n")) && wire_more(wire))
        ;
    if (!end)
        return;
    wire->body = end + 4;
    field = strstr(wire->data, "Content-Length: ");
    if (field && field < end)
        expected = strtoul(field + 16, NULL, 10);
    while ((size_t)(wire->data + wire->length - wire->body) < expected && wire_more(wire))
        ;
    wire->body_length = (size_t)(wire->data + wire->length - wire->body);
}

static struct wire *ask(struct httpd *httpd, const char *path, const char *headers)
{
    struct wire *wire = wire_open(httpd);

    wire_send(wire, path, headers);
    wire_read(wire);
    return wire;
}

static void assert_body(struct wire *wire, uint32_t seed, uint64_t offset, size_t length)
{
    char *expected = malloc(length + 1);

    content_fill(seed, offset, expected, length);
    assert_int_equal(length, wire->body_length);
    assert_memory_equal(expected, wire->body, length);
    free(expected);
}

#define assert_has(text, wire) assert_non_null(strstr((wire)->data, (text)))
#define assert_lacks(text, wire) assert_null(strstr((wire)->data, (text)))

static void content_is_the_same_however_it_is_cut(void **state)
{
    unsigned char whole[100], part[100];

    (void)state;
    content_fill(7, 3, whole, sizeof(whole));
    for (size_t i = 0; i < sizeof(whole); i++)
        content_fill(7, 3 + i, part + i, 1);
    assert_memory_equal(whole, part, sizeof(whole));
    content_fill(8, 3, part, sizeof(part));
    assert_memory_not_equal(whole, part, sizeof(whole));
}

static void a_whole_file_comes_with_its_length(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 150000, .etag = "\"v1\""});
    wire = ask(*state, "/a", "");
    assert_has("HTTP/1.1 200 OK\r\n", wire);
    assert_has("Content-Length: 150000\r\n", wire);
    assert_has("ETag: \"v1\"\r\n", wire);
    assert_has("Date: ", wire);
    assert_body(wire, 1, 0, 150000);
    assert_true(httpd_wait_sent(*state, "/a", 150000, LIMIT));
    assert_int_equal(150000, httpd_bytes_sent(*state, "/a"));
    wire_close(wire);
}

static void ranges_are_honoured(void **state)
{
    static const struct
    {
        const char *range;
        const char *answer;
        size_t start, length;
    } cases[] = {
        {"Range: bytes=0-0\r\n", "Content-Range: bytes 0-0/1000", 0, 1},
        {"Range: bytes=10-19\r\n", "Content-Range: bytes 10-19/1000", 10, 10},
        {"Range: bytes=990-\r\n", "Content-Range: bytes 990-999/1000", 990, 10},
        {"Range: bytes=990-5000\r\n", "Content-Range: bytes 990-999/1000", 990, 10},
        {"Range: bytes=-5\r\n", "Content-Range: bytes 995-999/1000", 995, 5},
    };

    HTTPD_SCRIPT(*state, "/a", {.seed = 2, .size = 1000});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
    {
        struct wire *wire = ask(*state, "/a", cases[i].range);

        assert_has("HTTP/1.1 206 Partial Content\r\n", wire);
        assert_has(cases[i].answer, wire);
        assert_body(wire, 2, cases[i].start, cases[i].length);
        wire_close(wire);
    }
}

static void a_range_past_the_end_is_416(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 2, .size = 1000});
    wire = ask(*state, "/a", "Range: bytes=1000-\r\n");
    assert_has("HTTP/1.1 416 ", wire);
    assert_has("Content-Range: bytes */1000\r\n", wire);
    wire_close(wire);
}

static void if_range_decides_between_206_and_200(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 2, .size = 1000, .etag = "\"new\""});
    wire = ask(*state, "/a", "Range: bytes=500-\r\nIf-Range: \"new\"\r\n");
    assert_has("HTTP/1.1 206 ", wire);
    wire_close(wire);
    wire = ask(*state, "/a", "Range: bytes=500-\r\nIf-Range: \"old\"\r\n");
    assert_has("HTTP/1.1 200 ", wire);
    assert_body(wire, 2, 0, 1000);
    wire_close(wire);
    HTTPD_SCRIPT(*state, "/a", {.seed = 2, .size = 1000, .etag = "W/\"new\""});
    wire = ask(*state, "/a", "Range: bytes=500-\r\nIf-Range: W/\"new\"\r\n");
    assert_has("HTTP/1.1 200 ", wire);
    wire_close(wire);
}

static void responses_are_used_in_turn_and_the_last_repeats(void **state)
{
    static const char *const expected[] = {"503 Service Unavailable\r\n", "404 ", "200 ", "200 "};

    HTTPD_SCRIPT(*state, "/a", {.status = 503, .retry_after = "2"}, {.status = 404}, {.body = "x"});
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
    {
        struct wire *wire = ask(*state, "/a", "");

        assert_memory_equal(expected[i], wire->data + 9, strlen(expected[i]));
        wire_close(wire);
    }
    assert_int_equal(4, httpd_requests(*state, "/a"));
    assert_int_equal(503, httpd_request(*state, "/a", 0)->status);
}

static void a_connection_serves_many_requests(void **state)
{
    struct wire *wire = wire_open(*state);

    HTTPD_SCRIPT(*state, "/a", {.body = "literal"});
    for (int i = 0; i < 3; i++)
    {
        wire_send(wire, "/a", "");
        wire_read(wire);
        assert_int_equal(7, wire->body_length);
        assert_memory_equal("literal", wire->body, 7);
    }
    assert_int_equal(1, httpd_connections(*state));
    wire_close(wire);
}

static void a_cut_ends_the_body_early(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 100000, .cut = true, .cut_after = 70001});
    wire = ask(*state, "/a", "");
    assert_has("Content-Length: 100000\r\n", wire);
    assert_true(wire->closed);
    assert_body(wire, 1, 0, 70001);
    wire_close(wire);
}

/* Wine's recv() reports some resets as an orderly end, so only the end is asserted. */
static void a_reset_ends_the_connection(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 100000, .cut = true, .reset = true});
    wire = ask(*state, "/a", "");
    assert_true(wire->closed);
    assert_int_equal(0, wire->body_length);
    wire_close(wire);
}

static void bodies_without_length_end_with_the_connection(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 1000, .no_content_length = true});
    wire = ask(*state, "/a", "");
    assert_lacks("Content-Length", wire);
    assert_true(wire->closed);
    assert_body(wire, 1, 0, 1000);
    wire_close(wire);
}

static void chunks_are_framed(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.body = "hello", .chunked = true, .close = true});
    wire = ask(*state, "/a", "");
    assert_has("Transfer-Encoding: chunked\r\n", wire);
    assert_string_equal("5\r\nhello\r\n0\r\n\r\n", wire->body);
    wire_close(wire);
}

static void lies_are_told_as_scripted(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 1000, .shift_range = 5, .most = 10});
    wire = ask(*state, "/a", "Range: bytes=100-199\r\n");
    assert_has("Content-Range: bytes 105-114/1000\r\n", wire);
    assert_body(wire, 1, 105, 10);
    wire_close(wire);

    HTTPD_SCRIPT(*state, "/b", {.body = "abc", .content_length = "99"});
    wire = ask(*state, "/b", "");
    assert_has("Content-Length: 99\r\n", wire);
    assert_int_equal(3, wire->body_length);
    wire_close(wire);

    HTTPD_SCRIPT(*state, "/c", {.raw = "BOGUS\r\n\r\nstuff"});
    wire = ask(*state, "/c", "");
    assert_string_equal("BOGUS\r\n\r\nstuff", wire->data);
    assert_true(wire->closed);
    wire_close(wire);

    HTTPD_SCRIPT(*state, "/d", {.drop = true});
    wire = ask(*state, "/d", "");
    assert_int_equal(0, wire->length);
    assert_true(wire->closed);
    wire_close(wire);
}

static void a_held_answer_waits_for_its_release(void **state)
{
    struct wire *wire = wire_open(*state);

    HTTPD_SCRIPT(*state, "/a", {.seed = 1, .size = 1000, .hold_body = true, .hold_at = 300});
    wire_send(wire, "/a", "");
    assert_true(httpd_wait_request(*state, "/a", 1, LIMIT));
    assert_true(httpd_wait_sent(*state, "/a", 300, LIMIT));
    assert_false(httpd_wait_sent(*state, "/a", 301, 100));
    assert_int_equal(300, httpd_request(*state, "/a", 0)->sent);
    httpd_release(*state, "/a");
    wire_read(wire);
    assert_body(wire, 1, 0, 1000);
    wire_close(wire);
}

static void a_held_answer_does_not_keep_the_server_from_stopping(void **state)
{
    struct wire *wire = wire_open(*state);
    uint64_t start_time = GetTickCount64();

    HTTPD_SCRIPT(*state, "/a", {.hold = true, .body = "x"});
    wire_send(wire, "/a", "");
    assert_true(httpd_wait_request(*state, "/a", 1, LIMIT));
    httpd_disconnect(*state);
    wire_read(wire);
    assert_true(wire->closed);
    assert_true(GetTickCount64() - start_time < LIMIT);
    wire_close(wire);
}

static void a_trickle_takes_its_time(void **state)
{
    uint64_t start_time = GetTickCount64();
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.body = "abcdef", .trickle = 20, .trickle_bytes = 2});
    wire = ask(*state, "/a", "");
    assert_int_equal(6, wire->body_length);
    assert_true(GetTickCount64() - start_time >= 40);
    wire_close(wire);
}

static void credentials_are_asked_for(void **state)
{
    struct wire *wire;

    HTTPD_SCRIPT(*state, "/a", {.body = "in", .require_basic = "Aladdin:open sesame"});
    wire = ask(*state, "/a", "");
    assert_has("HTTP/1.1 401 ", wire);
    assert_has("WWW-Authenticate: Basic", wire);
    wire_close(wire);
    wire = ask(*state, "/a", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    assert_has("HTTP/1.1 200 ", wire);
    wire_close(wire);
    HTTPD_SCRIPT(*state, "/b", {.body = "in", .require_proxy_basic = "a:b"});
    wire = ask(*state, "http://elsewhere/b", "");
    assert_has("HTTP/1.1 407 ", wire);
    wire_close(wire);
    wire = ask(*state, "http://elsewhere/b", "Proxy-Authorization: Basic YTpi\r\n");
    assert_has("HTTP/1.1 200 ", wire);
    wire_close(wire);
}

static void requests_are_recorded(void **state)
{
    const struct httpd_request *request;
    char value[64];
    struct wire *wire;

    wire = ask(*state, "/none?q=1", "X-Thing:  seven\r\nRange: bytes=5-9\r\n");
    assert_has("HTTP/1.1 404 Not Found", wire);
    wire_close(wire);
    request = httpd_request(*state, NULL, 0);
    assert_non_null(request);
    assert_string_equal("GET", request->method);
    assert_string_equal("/none?q=1", request->target);
    assert_true(request->ranged);
    assert_int_equal(5, request->first);
    assert_int_equal(9, request->last);
    assert_true(httpd_header(request, "x-thing", value, sizeof(value)));
    assert_string_equal("seven", value);
    assert_false(httpd_header(request, "X", value, sizeof(value)));
    assert_null(httpd_request(*state, NULL, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(content_is_the_same_however_it_is_cut),
        TEST(a_whole_file_comes_with_its_length),
        TEST(ranges_are_honoured),
        TEST(a_range_past_the_end_is_416),
        TEST(if_range_decides_between_206_and_200),
        TEST(responses_are_used_in_turn_and_the_last_repeats),
        TEST(a_connection_serves_many_requests),
        TEST(a_cut_ends_the_body_early),
        TEST(a_reset_ends_the_connection),
        TEST(bodies_without_length_end_with_the_connection),
        TEST(chunks_are_framed),
        TEST(lies_are_told_as_scripted),
        TEST(a_held_answer_waits_for_its_release),
        TEST(a_held_answer_does_not_keep_the_server_from_stopping),
        TEST(a_trickle_takes_its_time),
        TEST(credentials_are_asked_for),
        TEST(requests_are_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
