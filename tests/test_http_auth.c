/* HTTP exchanges with credentials, proxies and cookies. */
#include "http_kit.h"

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        HTTP_TEST(credentials_answer_a_401),
        HTTP_TEST(a_digest_challenge_is_answered_with_digest),
        HTTP_TEST(a_proxy_is_asked_in_place_of_the_server),
        HTTP_TEST(a_proxy_that_refuses_a_tunnel_is_told),
        HTTP_TEST(cookies_are_sent_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
