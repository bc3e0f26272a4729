/* HTTP exchanges that pause, go on, and are ended from this side. */
#include "http_kit.h"

#define READ_MOST ((size_t)1 << 20) /* bytes of one read */

static void a_refused_body_comes_again_after_resume(void **state)
{
    struct client *client = *state;
    struct call *call = &client->first;
    ULONGLONG end = GetTickCount64() + LIMIT;
    int i;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 6, .size = 3 << 20});
    call->pauses = 1;
    start_call(client, call, (struct http_request){.url = url(client, "/file")});
    while (call->pauses && GetTickCount64() < end)
        http_poll(client->http, 50);
    for (i = 0; i < 5; i++)
        http_poll(client->http, 10);
    assert_int_equal(0, call->size);
    assert_int_equal(0, call->dones);
    call->pauses = 3;
    while (!call->dones && GetTickCount64() < end)
    {
        http_resume(call->exchange);
        http_poll(client->http, 50);
    }
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 6, 3 << 20);
}

/* The head has come, and so much of the body has been sent. */
static void start_without_room(struct client *client, struct call *call, uint64_t sent)
{
    HTTPD_SCRIPT(client->httpd, "/file",
                 {.seed = 6, .size = 6 << 20, .hold_body = true, .hold_at = 4096});
    call->full = true;
    start_call(client, call, (struct http_request){.url = url(client, "/file")});
    poll_until(client, &call->heads, 1);
    httpd_release(client->httpd, "/file");
    assert_true(httpd_wait_sent(client->httpd, "/file", sent, LIMIT));
}

static void nothing_is_read_without_room(void **state)
{
    struct client *client = *state;
    struct call *call = &client->first;
    int i;

    start_without_room(client, call, 65536);
    for (i = 0; i < 5; i++)
        http_poll(client->http, 10);
    assert_true(call->size <= 4096); /* what came with the head */
    assert_int_equal(0, call->dones);
    call->full = false;
    poll_until(client, &call->dones, 1);
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 6, 6 << 20);
}

/* The socket has all of it, and libcurl would read on. */
static void a_read_is_the_last_one_when_room_ends(void **state)
{
    struct client *client = *state;
    struct call *call = &client->first;
    size_t before;
    int i;

    start_without_room(client, call, 3 << 20);
    before = call->size; /* what came with the head */
    call->room = before + READ_MOST + 1;
    call->full = false;
    for (i = 0; i < 20; i++)
        http_poll(client->http, 10);
    assert_in_range(call->size, before + 1, before + READ_MOST);
    call->room = 0;
    poll_until(client, &call->dones, 1);
    assert_failure(FAILURE_NONE, call);
    assert_content(call, 6, 6 << 20);
}

static void assert_stopped(struct client *client, struct call *call, int heads)
{
    poll_until(client, &call->dones, 1);
    assert_true(call->result.stopped);
    assert_int_equal(heads, call->heads);
    assert_int_equal(0, call->size);
}

static void an_exchange_stopped_at_once_is_done(void **state)
{
    struct client *client = *state;

    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    http_stop(client->first.exchange);
    http_stop(client->first.exchange);
    assert_int_equal(0, client->first.dones);
    http_poll(client->http, 1000);
    assert_stopped(client, &client->first, 0);
    assert_int_equal(0, httpd_requests(client->httpd, NULL));
}

static void stopping_in_the_head_gives_no_body(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 6, .size = 3000});
    client->first.head_go = HTTP_STOP;
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    assert_stopped(client, &client->first, 1);
}

static void stopping_in_the_body_ends_it(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 6, .size = 3000000});
    client->first.body_go = HTTP_STOP;
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    assert_stopped(client, &client->first, 1);
    client->second.stop_in_body = true;
    start_call(client, &client->second, (struct http_request){.url = url(client, "/file")});
    poll_until(client, &client->second.dones, 1);
    assert_true(client->second.result.stopped);
    assert_true(client->second.size <= 16384);
}

static void a_silent_server_can_be_stopped(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.hold = true});
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    while (!httpd_wait_request(client->httpd, "/file", 1, 0))
        http_poll(client->http, 10);
    http_stop(client->first.exchange);
    http_poll(client->http, 1000);
    assert_stopped(client, &client->first, 0);
}

struct waker
{
    struct client *client;
    volatile LONG woke;
};

static DWORD WINAPI wake_once_asked(void *context)
{
    struct waker *waker = context;

    httpd_wait_request(waker->client->httpd, "/file", 1, LIMIT);
    InterlockedExchange(&waker->woke, 1);
    http_wake(waker->client->http);
    return 0;
}

static void a_wake_up_ends_a_poll(void **state)
{
    struct client *client = *state;
    struct waker waker = {.client = client};
    ULONGLONG begin = GetTickCount64();
    HANDLE thread;

    HTTPD_SCRIPT(client->httpd, "/file", {.hold = true});
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    thread = CreateThread(NULL, 0, wake_once_asked, &waker, 0, NULL);
    while (!waker.woke) /* the server holds: in the end only the wake-up ends a poll */
        http_poll(client->http, LIMIT);
    assert_true(GetTickCount64() - begin < LIMIT / 2);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static void closing_ends_what_runs(void **state)
{
    struct client *client = *state;

    HTTPD_SCRIPT(client->httpd, "/file", {.hold = true});
    start_call(client, &client->first, (struct http_request){.url = url(client, "/file")});
    http_poll(client->http, 10);
    client->first.chain = client; /* which is refused by now */
    http_close(client->http);
    assert_int_equal(1, client->first.dones);
    assert_int_equal(-1, client->second.dones);
    assert_true(client->first.result.stopped);
    assert_int_equal(S_OK, http_open(&client->http));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        HTTP_TEST(a_refused_body_comes_again_after_resume),
        HTTP_TEST(nothing_is_read_without_room),
        HTTP_TEST(a_read_is_the_last_one_when_room_ends),
        HTTP_TEST(an_exchange_stopped_at_once_is_done),
        HTTP_TEST(stopping_in_the_head_gives_no_body),
        HTTP_TEST(stopping_in_the_body_ends_it),
        HTTP_TEST(a_silent_server_can_be_stopped),
        HTTP_TEST(a_wake_up_ends_a_poll),
        HTTP_TEST(closing_ends_what_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
