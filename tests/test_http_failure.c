/* HTTP exchanges that fail: each failure by its name, memory included. */
#include "http_kit.h"

static void a_short_body_is_a_lost_connection(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file",
                 {.seed = 7, .size = 100000, .cut = true, .cut_after = 50000});
    call = get_path(client, "/file");
    assert_failure(FAILURE_CONNECTION_RESET, call);
    assert_content(call, 7, 50000);
}

static void a_chunked_body_without_its_end_is_a_lost_connection(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file",
                 {.seed = 7, .size = 100000, .chunked = true, .cut = true, .cut_after = 50000});
    assert_failure(FAILURE_CONNECTION_RESET, get_path(client, "/file"));
}

static void a_reset_is_a_lost_connection(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file",
                 {.seed = 7, .size = 100000, .cut = true, .cut_after = 50000, .reset = true});
    assert_failure(FAILURE_CONNECTION_RESET, get_path(client, "/file"));
}

static void no_answer_is_a_lost_connection(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.drop = true});
    assert_failure(FAILURE_CONNECTION_RESET, get_path(client, "/file"));
}

static void the_cut_fault_cuts(void **state)
{
    struct client *client = *state;
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 7, .size = 100000});
    fault_configure("cut=70000");
    call = get_path(client, "/file");
    assert_failure(FAILURE_CONNECTION_RESET, call);
    assert_content(call, 7, 70000);
}

static void a_refused_connection_is_told(void **state)
{
    struct client *client = *state;

    assert_failure(FAILURE_CONNECT,
                   get(client, (struct http_request){.url = "http://127.0.0.1:1/"}));
    assert_true(*client->first.result.detail);
}

static void the_connect_fault_refuses(void **state)
{
    struct client *client = *state;

    fault_configure("connect=1");
    assert_failure(FAILURE_CONNECT, get_path(client, "/file"));
    assert_int_equal(0, httpd_connections(client->httpd));
}

static void a_bad_url_is_told(void **state)
{
    struct client *client = *state;

    assert_failure(FAILURE_BAD_URL, get(client, (struct http_request){.url = "http://a b/"}));
    client->first.dones = 0;
    assert_failure(FAILURE_UNKNOWN_SCHEME,
                   get(client, (struct http_request){.url = "ftp://127.0.0.1/"}));
    client->first.dones = 0;
    assert_failure(FAILURE_BAD_URL, get(client, (struct http_request){.url = "https://"}));
}

static void a_malformed_answer_is_told(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/a", {.raw = "HTCPCP/1.0 I am a teapot\r\n\r\n"});
    HTTPD_SCRIPT(client->httpd, "/b", {.raw = "HTTP/1.1 abc OK\r\n\r\n"});
    HTTPD_SCRIPT(
        client->httpd, "/c",
        {.raw = "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", .raw_length = 47});
    assert_failure(FAILURE_BAD_RESPONSE, get_path(client, "/a"));
    client->first.dones = 0;
    assert_failure(FAILURE_BAD_RESPONSE, get_path(client, "/b"));
    client->first.dones = 0;
    assert_failure(FAILURE_BAD_RESPONSE, get_path(client, "/c"));
}

static void an_endless_head_is_refused(void **state)
{
    struct client *client = *state;
    size_t size = 1 << 20;
    char *raw = malloc(size + 1);
    size_t at;

    at = (size_t)sprintf(raw, "HTTP/1.1 200 OK\r\n");
    while (at + 100 < size)
        at += (size_t)sprintf(raw + at, "X-Header: %060d\r\n", 0);
    HTTPD_SCRIPT(client->httpd, "/file", {.raw = raw});
    assert_failure(FAILURE_BAD_RESPONSE, get_path(client, "/file"));
    free(raw);
}

static void every_allocation_may_fail(void **state)
{
    struct client *client = *state;
    char script[32];
    struct call *call = &client->first;
    bool whole = false;
    int i;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 1000});
    http_close(client->http);
    client->http = NULL;
    for (i = 1; !whole && i < 2000; i++)
    {
        call->dones = 0;
        call->size = 0;
        snprintf(script, sizeof(script), "alloc=%d", i);
        fault_configure(script);
        if (SUCCEEDED(http_open(&client->http)))
        {
            start_call(client, call, (struct http_request){.url = url(client, "/file")});
            if (call->dones >= 0)
                poll_until(client, &call->dones, 1);
            whole = call->dones == 1 && call->size == 1000;
            http_close(client->http);
            client->http = NULL;
        }
        fault_configure("");
        assert_int_equal(client->blocks, mem_live_blocks());
    }
    assert_true(whole);
    assert_int_equal(S_OK, http_open(&client->http));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        HTTP_TEST(a_short_body_is_a_lost_connection),
        HTTP_TEST(a_chunked_body_without_its_end_is_a_lost_connection),
        HTTP_TEST(a_reset_is_a_lost_connection),
        HTTP_TEST(no_answer_is_a_lost_connection),
        HTTP_TEST(the_cut_fault_cuts),
        HTTP_TEST(a_refused_connection_is_told),
        HTTP_TEST(the_connect_fault_refuses),
        HTTP_TEST(a_bad_url_is_told),
        HTTP_TEST(a_malformed_answer_is_told),
        HTTP_TEST(an_endless_head_is_refused),
        HTTP_TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
