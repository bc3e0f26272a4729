/* HTTP exchanges whose name lookup hangs or fails. */
#include "http_kit.h"

#include <ws2tcpip.h>

/* ---- lookups that hang and fail ---- */

static HANDLE lookup_may_end;
static volatile LONG lookups_hanging;

/* The linker finds this before the import library's: "slow.test" is looked up until it may end. */
typedef int(WSAAPI *getaddrinfo_function)(const char *, const char *, const ADDRINFOA *,
                                          ADDRINFOA **);
extern getaddrinfo_function __imp_getaddrinfo;

static int WSAAPI test_getaddrinfo(const char *name, const char *service, const ADDRINFOA *hints,
                                   ADDRINFOA **result)
{
    getaddrinfo_function real =
        (getaddrinfo_function)(void *)GetProcAddress(GetModuleHandleW(L"ws2_32"), "getaddrinfo");

    if (name && !strcmp(name, "slow.test"))
    {
        InterlockedIncrement(&lookups_hanging);
        WaitForSingleObject(lookup_may_end, LIMIT);
        InterlockedDecrement(&lookups_hanging);
        name = "127.0.0.1";
    }
    if (name && !strcmp(name, "missing.test"))
        return WSAHOST_NOT_FOUND;
    return real(name, service, hints, result);
}

getaddrinfo_function __imp_getaddrinfo = test_getaddrinfo;

static int setup(void **state)
{
    ResetEvent(lookup_may_end);
    return http_setup(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, http_teardown)

/* ---- tests ---- */

static void an_unknown_name_is_told(void **state)
{
    assert_failure(FAILURE_RESOLVE,
                   get(*state, (struct http_request){.url = "http://missing.test/"}));
}

static void wait_hanging(struct client *client)
{
    ULONGLONG end = GetTickCount64() + LIMIT;

    while (!lookups_hanging && GetTickCount64() < end)
        http_poll(client->http, 10);
    assert_int_equal(1, lookups_hanging);
}

static void end_lookups(struct client *client)
{
    ULONGLONG end = GetTickCount64() + LIMIT;
    int i;

    SetEvent(lookup_may_end);
    while (lookups_hanging && GetTickCount64() < end)
        http_poll(client->http, 10);
    for (i = 0; i < 30; i++) /* libcurl looks at least every 250 ms */
        http_poll(client->http, 10);
}

static void a_hanging_lookup_can_be_stopped(void **state)
{
    struct client *client = *state;
    ULONGLONG begin;

    start_call(client, &client->first, (struct http_request){.url = "http://slow.test/"});
    wait_hanging(client);
    begin = GetTickCount64();
    http_stop(client->first.exchange);
    http_poll(client->http, 1000);
    assert_int_equal(1, client->first.dones);
    assert_true(client->first.result.stopped);
    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 5, .size = 100});
    client->first.dones = 0;
    assert_failure(FAILURE_NONE, get_path(client, "/file"));
    assert_true(GetTickCount64() - begin < 500);
    end_lookups(client);
    assert_int_equal(1, client->first.dones);
}

static void the_connect_limit_covers_the_lookup(void **state)
{
    struct client *client = *state;
    ULONGLONG begin = GetTickCount64();
    struct call *call;

    call =
        get(client, (struct http_request){.url = "http://slow.test/", .connect_timeout_ms = 200});
    assert_failure(FAILURE_TIMEOUT, call);
    assert_in_range(GetTickCount64() - begin, 190, 1000);
    end_lookups(client);
}

static void a_lookup_that_outlives_http_is_left_alone(void **state)
{
    struct client *client = *state;
    ULONGLONG begin;
    ULONGLONG end;

    start_call(client, &client->first, (struct http_request){.url = "http://slow.test/"});
    wait_hanging(client);
    begin = GetTickCount64();
    http_close(client->http);
    assert_true(GetTickCount64() - begin < 500);
    assert_int_equal(1, client->first.dones);
    SetEvent(lookup_may_end); /* and now its thread returns into code that must still be there */
    end = GetTickCount64() + LIMIT;
    while (lookups_hanging && GetTickCount64() < end)
        SwitchToThread();
    assert_int_equal(0, lookups_hanging);
    assert_int_equal(S_OK, http_open(&client->http));
    client->gives_up = true;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(an_unknown_name_is_told),
        TEST(a_hanging_lookup_can_be_stopped),
        TEST(the_connect_limit_covers_the_lookup),
        TEST(a_lookup_that_outlives_http_is_left_alone),
    };

    lookup_may_end = CreateEventW(NULL, TRUE, FALSE, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
