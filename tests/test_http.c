/* HTTP exchanges against the scripted server: each callback at its time, each failure by its name.
 */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ws2tcpip.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "io/http.h"
#include "testkit/content.h"
#include "testkit/httpd.h"

#define LIMIT 10000 /* ms */
#define BODY_ROOM ((size_t)8 << 20)

/* ---- name lookups that hang ---- */

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

/* ---- fixture ---- */

struct call /* one exchange and what its callbacks were told */
{
    struct http_exchange *exchange;
    int heads;
    int status;
    char raw[4096];
    char *body;
    size_t size;
    int pauses; /* how many times body still refuses */
    int dones;
    struct http_result result;
    enum http_go head_go;
    enum http_go body_go;
    struct client *chain; /* done starts another exchange */
    bool stop_in_body;
};

struct client
{
    struct httpd *httpd;
    struct http *http;
    LONG blocks;
    LONG handles;
    bool gives_up; /* memory, knowingly */
    char url[HTTPD_URL_MAX];
    struct call first;
    struct call second;
};

static void start_call(struct client *client, struct call *call, struct http_request request);

static enum http_go on_head(void *context, const struct http_head *head, const char *raw)
{
    struct call *call = context;

    call->heads++;
    call->status = head->status;
    snprintf(call->raw, sizeof(call->raw), "%s", raw);
    return call->head_go;
}

static enum http_go on_body(void *context, const void *data, size_t size)
{
    struct call *call = context;

    if (call->pauses)
    {
        call->pauses--;
        return HTTP_PAUSE;
    }
    if (call->stop_in_body)
        http_stop(call->exchange);
    if (call->body_go == HTTP_GO && call->size + size <= BODY_ROOM)
    {
        memcpy(call->body + call->size, data, size);
        call->size += size;
    }
    return call->body_go;
}

static void on_done(void *context, const struct http_result *result)
{
    struct call *call = context;

    call->dones++;
    call->result = *result;
    if (call->chain)
        start_call(call->chain, &call->chain->second,
                   (struct http_request){.url = call->chain->url});
}

static const struct http_callbacks callbacks = {on_head, on_body, on_done};

static void start_call(struct client *client, struct call *call, struct http_request request)
{
    if (!call->body)
        call->body = malloc(BODY_ROOM);
    request.callbacks = &callbacks;
    request.context = call;
    if (http_start(client->http, &request, &call->exchange) != S_OK)
        call->dones = -1;
}

static const char *url(struct client *client, const char *path)
{
    return httpd_url(client->httpd, path, client->url);
}

static void poll_until(struct client *client, const int *count, int value)
{
    ULONGLONG end = GetTickCount64() + LIMIT;

    while (*count < value && GetTickCount64() < end)
        http_poll(client->http, 50);
    assert_int_equal(value, *count);
}

static struct call *get(struct client *client, struct http_request request)
{
    start_call(client, &client->first, request);
    poll_until(client, &client->first.dones, 1);
    return &client->first;
}

static struct call *get_path(struct client *client, const char *path)
{
    return get(client, (struct http_request){.url = url(client, path)});
}

static int setup(void **state)
{
    struct client *client = calloc(1, sizeof(*client));

    fault_configure("");
    ResetEvent(lookup_may_end);
    client->httpd = httpd_start();
    client->blocks = mem_live_blocks();
    client->handles = handle_live();
    if (!client->httpd || http_open(&client->http))
        return -1;
    *state = client;
    return 0;
}

static int teardown(void **state)
{
    struct client *client = *state;
    bool clean;

    fault_configure("");
    http_close(client->http);
    clean = (client->gives_up || mem_live_blocks() == client->blocks) &&
            handle_live() == client->handles;
    if (!clean)
        print_error("blocks %ld -> %ld, handles %ld -> %ld\n", client->blocks, mem_live_blocks(),
                    client->handles, handle_live());
    httpd_stop(client->httpd);
    free(client->first.body);
    free(client->second.body);
    free(client);
    return clean ? 0 : -1;
}

static void assert_content(const struct call *call, uint32_t seed, size_t size)
{
    char *expected = malloc(size + 1);

    assert_int_equal(size, call->size);
    content_fill(seed, 0, expected, size);
    assert_memory_equal(expected, call->body, size);
    free(expected);
}

static void assert_failure(enum failure failure, const struct call *call)
{
    assert_int_equal(1, call->dones);
    assert_false(call->result.stopped);
    if (call->result.failure.kind != failure)
        print_error("%s\n", call->result.detail);
    assert_int_equal(failure, call->result.failure.kind);
}

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

/* ---- pause, resume, stop ---- */

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

static DWORD WINAPI wake_soon(void *http)
{
    Sleep(50);
    http_wake(http);
    return 0;
}

static void a_wake_up_ends_a_poll(void **state)
{
    struct client *client = *state;
    ULONGLONG begin = GetTickCount64();
    HANDLE thread = CreateThread(NULL, 0, wake_soon, client->http, 0, NULL);

    http_poll(client->http, 5000);
    assert_true(GetTickCount64() - begin < 2000);
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

/* ---- failures ---- */

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

static void an_unknown_name_is_told(void **state)
{
    assert_failure(FAILURE_RESOLVE,
                   get(*state, (struct http_request){.url = "http://missing.test/"}));
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

/* ---- hanging lookups ---- */

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

/* ---- credentials, proxies, cookies ---- */

static void credentials_answer_a_401(void **state)
{
    struct client *client = *state;
    struct http_request request = {.url = url(client, "/file")};
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file", {.seed = 8, .size = 100, .require_basic = "me:secret"});
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(401, call->status);
    call->dones = call->heads = 0;
    call->size = 0;
    request.server_auth.schemes = HTTP_AUTH_BASIC | HTTP_AUTH_DIGEST;
    request.server_auth.user = "me";
    request.server_auth.password = "secret";
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(200, call->status);
    assert_content(call, 8, 100);
    call->dones = call->heads = 0;
    request.server_auth.password = "wrong";
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(401, call->status);
}

static void a_digest_challenge_is_answered_with_digest(void **state)
{
    struct client *client = *state;
    struct http_request request = {.url = url(client, "/file?a=b")};
    char value[512];
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "/file?a=b",
                 {.status = 401,
                  .headers = "WWW-Authenticate: Basic realm=\"r\"\r\n"
                             "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
                  .body = "who are you?"},
                 {.seed = 8, .size = 100}, {.status = 401, .body = "no"});
    request.server_auth.schemes = HTTP_AUTH_ANY;
    request.server_auth.user = "me";
    request.server_auth.password = "secret";
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(200, call->status);
    assert_content(call, 8, 100);
    assert_int_equal(1, httpd_connections(client->httpd));
    assert_false(
        httpd_header(httpd_request(client->httpd, "/file?a=b", 0), "Authorization", value, 512));
    assert_true(
        httpd_header(httpd_request(client->httpd, "/file?a=b", 1), "Authorization", value, 512));
    assert_memory_equal("Digest username=\"me\"", value, 20);
    assert_non_null(strstr(value, "uri=\"/file?a=b\""));
    call->dones = call->heads = 0;
    call = get(client, request); /* 401 without a challenge, twice: libcurl asks again in between */
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(1, call->heads);
    assert_int_equal(401, call->status);
}

static void a_proxy_is_asked_in_place_of_the_server(void **state)
{
    struct client *client = *state;
    char proxy[HTTPD_URL_MAX];
    struct http_request request = {.url = "http://example.test/file",
                                   .proxy = httpd_url(client->httpd, "", proxy)};
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "http://example.test/file",
                 {.seed = 9, .size = 100, .require_proxy_basic = "me:secret"});
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(407, call->status);
    call->dones = call->heads = 0;
    call->size = 0;
    request.proxy_auth.schemes = HTTP_AUTH_ANY;
    request.proxy_auth.user = "me";
    request.proxy_auth.password = "secret";
    call = get(client, request);
    assert_failure(FAILURE_NONE, call);
    assert_int_equal(200, call->status);
    assert_content(call, 9, 100);
}

static void a_proxy_that_refuses_a_tunnel_is_told(void **state)
{
    struct client *client = *state;
    char proxy[HTTPD_URL_MAX];
    struct call *call;

    HTTPD_SCRIPT(client->httpd, "example.test:443", {.status = 407, .body = "no"});
    call = get(client, (struct http_request){.url = "https://example.test/",
                                             .proxy = httpd_url(client->httpd, "", proxy)});
    assert_int_equal(0, call->heads);
    assert_failure(FAILURE_HTTP_STATUS, call);
    assert_int_equal(407, call->result.failure.http_status);
}

static void cookies_are_sent_back(void **state)
{
    struct client *client = *state;
    struct http_cookies *cookies;
    char value[64];

    HTTPD_SCRIPT(client->httpd, "/file", {.headers = "Set-Cookie: a=b; Path=/\r\n", .size = 1});
    assert_int_equal(S_OK, http_cookies_create(client->http, &cookies));
    get(client, (struct http_request){.url = url(client, "/file"), .cookies = cookies});
    client->first.dones = 0;
    get(client, (struct http_request){.url = url(client, "/file"), .cookies = cookies});
    assert_true(httpd_header(httpd_request(client->httpd, "/file", 1), "Cookie", value, 64));
    assert_string_equal("a=b", value);
    client->first.dones = 0;
    get(client, (struct http_request){.url = url(client, "/file")});
    assert_false(httpd_header(httpd_request(client->httpd, "/file", 2), "Cookie", value, 64));
    http_cookies_release(cookies);
}

/* ---- memory ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_body_arrives_whole_and_done_comes_once),
        TEST(an_empty_body_has_a_head),
        TEST(an_error_status_is_no_failure),
        TEST(a_redirect_is_not_followed),
        TEST(an_interim_response_is_not_the_head),
        TEST(a_body_without_length_ends_with_the_connection),
        TEST(a_chunked_body_arrives_whole),
        TEST(bytes_beyond_the_length_are_dropped),
        TEST(an_encoded_body_is_not_decoded),
        TEST(headers_are_sent_as_they_are),
        TEST(a_line_break_in_a_request_is_refused),
        TEST(a_head_request_has_no_body),
        TEST(a_connection_is_used_again),
        TEST(a_kept_connection_that_has_gone_is_no_failure),
        TEST(a_refused_body_comes_again_after_resume),
        TEST(an_exchange_stopped_at_once_is_done),
        TEST(stopping_in_the_head_gives_no_body),
        TEST(stopping_in_the_body_ends_it),
        TEST(a_silent_server_can_be_stopped),
        TEST(a_wake_up_ends_a_poll),
        TEST(closing_ends_what_runs),
        TEST(a_short_body_is_a_lost_connection),
        TEST(a_chunked_body_without_its_end_is_a_lost_connection),
        TEST(a_reset_is_a_lost_connection),
        TEST(no_answer_is_a_lost_connection),
        TEST(the_cut_fault_cuts),
        TEST(a_refused_connection_is_told),
        TEST(the_connect_fault_refuses),
        TEST(an_unknown_name_is_told),
        TEST(a_bad_url_is_told),
        TEST(a_malformed_answer_is_told),
        TEST(an_endless_head_is_refused),
        TEST(a_hanging_lookup_can_be_stopped),
        TEST(the_connect_limit_covers_the_lookup),
        TEST(credentials_answer_a_401),
        TEST(a_digest_challenge_is_answered_with_digest),
        TEST(a_proxy_is_asked_in_place_of_the_server),
        TEST(a_proxy_that_refuses_a_tunnel_is_told),
        TEST(cookies_are_sent_back),
        TEST(every_allocation_may_fail),
        TEST(a_lookup_that_outlives_http_is_left_alone),
    };

    lookup_may_end = CreateEventW(NULL, TRUE, FALSE, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
