/* Answers of the fault injection: late ones, and such that no server gave. */
#include "http_kit.h"

#include "base/clock.h"

static void an_injected_status_comes_from_no_server(void **state)
{
    struct client *client = *state;
    struct call *call;

    fault_configure("status=1:429");
    HTTPD_SCRIPT(client->httpd, "/file", {.size = 100});
    call = get_path(client, "/file");
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(429, call->status);
    assert_null(strstr(call->raw, "Retry-After"));
    assert_int_equal(0, call->size);
    assert_string_equal("", call->result.server_ip);
    assert_int_equal(0, httpd_requests(client->httpd, NULL));
}

static void it_may_ask_to_be_left_alone(void **state)
{
    struct client *client = *state;
    struct call *call;

    fault_configure("status=*:503:120");
    call = get_path(client, "/file");
    assert_int_equal(503, call->status);
    assert_non_null(strstr(call->raw, "Retry-After: 120\r\n"));
}

static void those_that_are_not_named_are_sent(void **state)
{
    static const int expected[] = {404, 500, 500, 404};
    struct client *client = *state;
    size_t i;

    fault_configure("status=2-3:500");
    for (i = 0; i < ARRAY_SIZE(expected); i++)
    {
        client->first.dones = 0;
        assert_int_equal(expected[i], get_path(client, "/none")->status);
    }
    assert_int_equal(2, httpd_requests(client->httpd, "/none"));
}

static void https_needs_no_server_either(void **state)
{
    struct client *client = *state;
    struct call *call;

    fault_configure("status=1:500");
    call = get(client, (struct http_request){.url = "https://localhost:1/"});
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(500, call->status);
}

static void a_head_that_is_refused_ends_it(void **state)
{
    struct client *client = *state;
    struct call *call;

    fault_configure("status=1:500");
    client->first.head_go = HTTP_STOP;
    call = get_path(client, "/file");
    assert_int_equal(1, call->dones);
    assert_true(call->result.stopped);
}

static void another_request_may_follow_at_once(void **state)
{
    struct client *client = *state;

    fault_configure("status=1");
    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 1, .size = 100});
    client->first.chain = client;
    get_path(client, "/file");
    poll_until(client, &client->second.dones, 1);
    assert_failure(FAILURE_NONE, &client->second);
    assert_content(&client->second, 1, 100);
}

static void answers_are_late(void **state)
{
    struct client *client = *state;
    UINT64 begin;
    struct call *call;

    fault_configure("delay=200");
    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 1, .size = 100});
    begin = clock_now();
    call = get_path(client, "/file");
    assert_in_range(clock_now() - begin, 200, LIMIT);
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 1, 100);

    fault_configure("delay=200;status=1:503");
    client->first.dones = 0;
    begin = clock_now();
    assert_int_equal(503, get_path(client, "/file")->status);
    assert_in_range(clock_now() - begin, 200, LIMIT);
}

/* The limit is the connection's, and the answer is what is late. */
static void lateness_follows_the_clock_and_is_no_connect_timeout(void **state)
{
    struct client *client = *state;
    UINT64 begin = clock_us();

    fault_configure("clock=1000;delay=60000");
    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 1, .size = 100});
    start_call(client, &client->first,
               (struct http_request){.url = url(client, "/file"), .connect_timeout_ms = 20000});
    poll_until(client, &client->first.dones, 1);
    assert_failure(FAILURE_NONE, &client->first);
    assert_in_range(clock_us() - begin, 60000, LIMIT * 1000);
}

static void a_late_request_can_be_stopped(void **state)
{
    struct client *client = *state;

    fault_configure("delay=3600000");
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    http_poll(client->http, 0);
    assert_int_equal(0, client->first.dones);
    http_stop(client->first.exchange);
    poll_until(client, &client->first.dones, 1);
    assert_true(client->first.result.stopped);
    assert_int_equal(0, httpd_requests(client->httpd, NULL));

    /* and one that the end of http meets is left to the teardown */
    start_call(client, &client->second, (struct http_request){.url = url(client, "/file")});
    http_poll(client->http, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(an_injected_status_comes_from_no_server),
        HTTP_TEST(it_may_ask_to_be_left_alone),
        HTTP_TEST(those_that_are_not_named_are_sent),
        HTTP_TEST(https_needs_no_server_either),
        HTTP_TEST(a_head_that_is_refused_ends_it),
        HTTP_TEST(another_request_may_follow_at_once),
        HTTP_TEST(answers_are_late),
        HTTP_TEST(lateness_follows_the_clock_and_is_no_connect_timeout),
        HTTP_TEST(a_late_request_can_be_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
