/* HTTP exchanges against the scripted server: what is sent, what arrives. */
#include "http_kit.h"

/* ---- responses ---- */

static void a_body_arrives_whole_and_done_comes_once(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 1, .size = 5 << 20});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(200, call->status);
    assert_memory_equal("HTTP/1.1 200", call->raw, 12);
    assert_content(call, 1, 5 << 20);
    assert_int_equal(5 << 20, call->result.body_bytes);
    assert_string_equal("127.0.0.1", call->result.server_ip);
    assert_false(call->result.reused_connection);
    http_poll(client->http, 0);
    assert_int_equal(1, call->dones);
}

static void an_empty_body_has_a_head(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.size = 0});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(0, call->size);
}

static void an_error_status_is_no_failure(void **state)
{
    struct client *client = *state;
    struct call *call = get_path(client, "/nothing");

    assert_failure(FAILURE_NONE, call);
    assert_int_equal(404, call->status);
}

static void a_redirect_is_not_followed(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/from", {.status = 302, .location = "/to"});
    call = get_path(client, "/from");
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(302, call->status);
    assert_int_equal(0, httpd_requests(client->httpd, "/to"));
}

static void an_interim_response_is_not_the_head(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file",
                 {.raw = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(200, call->status);
    assert_null(strstr(call->raw, "Link"));
    assert_int_equal(2, call->size);
}

static void a_body_without_length_ends_with_the_connection(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 2, .size = 100000, .no_content_length = true});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 2, 100000);
}

static void a_chunked_body_arrives_whole(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 3, .size = 100000, .chunked = true});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 3, 100000);
}

static void bytes_beyond_the_length_are_dropped(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 4, .size = 1000, .extra = 500});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 4, 1000);
}

static void an_encoded_body_is_not_decoded(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file",
                 {.seed = 4, .size = 1000, .headers = "Content-Encoding: gzip\r\n"});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 4, 1000);
}

/* ---- requests ---- */

static void headers_are_sent_as_they_are(void **state)
{
    static const char *const lines[] = {"Range: bytes=10-19", "X-Custom: a, b",
                                        "X-Empty:", "User-Agent: me"};
    struct client *client = *state;
    char value[64];
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 100});
    call = get(client, (struct http_request){.url = url(client, "/file"),
                                             .headers = lines,
                                             .header_count = ARRAY_SIZE(lines)});
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(206, call->status);
    assert_int_equal(10, call->size);
    assert_true(httpd_header(httpd_request(client->httpd, "/file", 0), "X-Custom", value, 64));
    assert_string_equal("a, b", value);
    assert_true(httpd_header(httpd_request(client->httpd, "/file", 0), "X-Empty", value, 64));
    assert_string_equal("", value);
    assert_true(httpd_header(httpd_request(client->httpd, "/file", 0), "User-Agent", value, 64));
    assert_string_equal("me", value);
    assert_true(
        httpd_header(httpd_request(client->httpd, "/file", 0), "Accept-Encoding", value, 64));
    assert_string_equal("identity", value);
}

static void a_line_break_in_a_request_is_refused(void **state)
{
    static const char *const lines[] = {"X: a\r\nY: b"};
    struct client *client = *state;
    struct http_request request = {.url = "http://127.0.0.1/", .callbacks = &callbacks};
    struct http_exchange *exchange;

    request.headers = lines;
    request.header_count = 1;
    assert_int_equal(E_INVALIDARG, http_start(client->http, &request, &exchange));
    request.header_count = 0;
    request.url = "http://127.0.0.1/\r\nX: y";
    assert_int_equal(E_INVALIDARG, http_start(client->http, &request, &exchange));
    request.url = "http://127.0.0.1/";
    request.method = "GET / HTTP/1.1\r\n";
    assert_int_equal(E_INVALIDARG, http_start(client->http, &request, &exchange));
}

static void a_head_request_has_no_body(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 100});
    call = get(client, (struct http_request){.url = url(client, "/file"), .method = "HEAD"});
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(200, call->status);
    assert_int_equal(0, call->size);
    assert_string_equal("HEAD", httpd_request(client->httpd, "/file", 0)->method);
}

static void a_connection_is_used_again(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 100});
    client->first.chain = client;
    call = get_path(client, "/file");
    poll_until(client, &client->second.dones, 1);
    assert_failure(FAILURE_NONE, call);
    assert_failure(FAILURE_NONE, &client->second);
    assert_true(client->second.result.reused_connection);
    assert_int_equal(1, httpd_connections(client->httpd));
}

static void a_kept_connection_that_has_gone_is_no_failure(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 100, .silent_close = true});
    client->first.chain = client;
    get_path(client, "/file");
    poll_until(client, &client->second.dones, 1);
    assert_failure(FAILURE_NONE, &client->second);
    assert_content(&client->second, 5, 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        HTTP_TEST(a_body_arrives_whole_and_done_comes_once),
        HTTP_TEST(an_empty_body_has_a_head),
        HTTP_TEST(an_error_status_is_no_failure),
        HTTP_TEST(a_redirect_is_not_followed),
        HTTP_TEST(an_interim_response_is_not_the_head),
        HTTP_TEST(a_body_without_length_ends_with_the_connection),
        HTTP_TEST(a_chunked_body_arrives_whole),
        HTTP_TEST(bytes_beyond_the_length_are_dropped),
        HTTP_TEST(an_encoded_body_is_not_decoded),
        HTTP_TEST(headers_are_sent_as_they_are),
        HTTP_TEST(a_line_break_in_a_request_is_refused),
        HTTP_TEST(a_head_request_has_no_body),
        HTTP_TEST(a_connection_is_used_again),
        HTTP_TEST(a_kept_connection_that_has_gone_is_no_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
