#include "io/http_exchange.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/certificate.h"
#include "io/http_request.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <ws2tcpip.h>

/* Names are looked up by threads of libcurl's that it neither counts nor pins. Removing a transfer
 * joins its thread, which takes as long as the lookup (10 s were seen), or leaves it to return into
 * code that may have been unloaded. So an exchange that ends meanwhile is parked: the client is
 * told, the easy handle stays in the multi handle with its callbacks disabled, and is freed when
 * the lookup has failed or wants its first socket, which it does not get. */

#define LOOPBACK_RECEIVE_BUFFER ((int)4 << 20)
#define CONNECT_MS 15000
#define TLS_MS 15000
#define CURL_LATER_MS                                                                              \
    2000 /* libcurl's own connect limit comes after ours, which knows how to park */

/* ---- the connection ---- */

static int on_resolver_start(void *state, void *reserved, void *context)
{
    struct http_exchange *exchange = context;

    (void)state;
    (void)reserved;
    exchange->resolving = true;
    return exchange->over;
}

/* libcurl tells the time of a connection only once the handshake is done, too. */
void exchange_watch_connect(struct http_exchange *exchange)
{
    struct sockaddr_storage peer;
    int size = sizeof(peer);

    if (!exchange->tls_host || exchange->shakes_hands || exchange->socket == INVALID_SOCKET ||
        exchange->connect_deadline == CLOCK_NEVER ||
        getpeername(exchange->socket, (struct sockaddr *)&peer, &size))
        return;
    exchange->shakes_hands = true;
    exchange->connect_deadline = clock_now() + exchange->tls_ms;
}

void exchange_late(struct http_exchange *exchange)
{
    DWORD limit = exchange->shakes_hands ? exchange->tls_ms : exchange->connect_ms;

    if (exchange->over)
        return;
    snprintf(exchange->why_text, sizeof(exchange->why_text), "%s within %u.%u s",
             exchange->shakes_hands ? "the TLS handshake was not done"
             : exchange->resolving  ? "the name was not found"
                                    : "there was no connection",
             (unsigned int)limit / 1000, (unsigned int)limit / 100 % 10);
    exchange_fail(exchange, FAILURE_TIMEOUT, S_OK, exchange->why_text);
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.S_un.S_un_b.s_b1 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    struct http_exchange *exchange = context;
    int size = LOOPBACK_RECEIVE_BUFFER;
    SOCKET socket;

    (void)purpose;
    exchange->resolving = false;
    if (exchange->over || fault_hit(FAULT_CONNECT))
        return CURL_SOCKET_BAD;
    socket = WSASocketW(address->family, address->socktype, address->protocol, NULL, 0,
                        WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    /* A sender on this machine and we fall into lockstep at the initial window. On a real network a
     * fixed size would turn the system's auto-tuning off. */
    if (socket != INVALID_SOCKET && is_loopback(&address->addr))
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, (const char *)&size, sizeof(size));
    exchange->socket = socket;
    return socket;
}

/* Whether it is the certificate that the client has judged already; if not, it is kept for that. */
static bool is_approved(struct http_exchange *exchange, void *context)
{
    struct certificate *certificate;
    HRESULT hr = certificate_copy(context, &certificate);

    if (FAILED(hr))
    {
        exchange_fail(exchange, FAILURE_TLS, hr, "the server's certificate cannot be read");
        return false;
    }
    if (!memcmp(certificate->hash, exchange->approved, sizeof(exchange->approved)))
    {
        mem_free(certificate);
        return true;
    }
    mem_free(exchange->unjudged);
    exchange->unjudged = certificate;
    exchange_fail(exchange, FAILURE_CERTIFICATE_REFUSED, S_OK, "the certificate is to be judged");
    return false;
}

/* Connected, the TLS handshake is done, and the request not yet sent. libcurl's own check of the
 * certificate is off: it names no cause, cannot overlook one fault and insist on the rest, and
 * leaves the matter to Schannel, whose Wine edition does not look. */
static int on_connected(void *context, char *peer, char *local, int peer_port, int local_port)
{
    struct http_exchange *exchange = context;
    struct curl_tlssessioninfo *session = NULL;
    HRESULT hr = SEC_E_INTERNAL_ERROR;

    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    exchange->connect_deadline = CLOCK_NEVER;
    if (exchange->over)
        return CURL_PREREQFUNC_ABORT;
    if (!exchange->tls_host)
        return CURL_PREREQFUNC_OK;
    if (!curl_easy_getinfo(exchange->easy, CURLINFO_TLS_SSL_PTR, &session) && session &&
        session->backend == CURLSSLBACKEND_SCHANNEL && session->internals)
        hr = certificate_check(session->internals, exchange->tls_host, exchange->tls);
    if (FAILED(hr))
    {
        WARN("the certificate of %s is refused: %#lx", exchange->tls_host, (unsigned long)hr);
        exchange_fail(exchange, FAILURE_TLS, hr, "the server's certificate is refused");
        return CURL_PREREQFUNC_ABORT;
    }
    if (exchange->judged && !is_approved(exchange, session->internals))
        return CURL_PREREQFUNC_ABORT;
    exchange->tls_checked = true;
    return CURL_PREREQFUNC_OK;
}

/* ---- the easy handle ---- */

/* The host name of an https URL; "" if libcurl will refuse it as malformed. */
static HRESULT set_tls_host(struct http_exchange *exchange, const char *url)
{
    CURLU *parts;
    char *host = NULL;
    HRESULT hr = S_OK;

    if (!str_starts_nocase(url, "https:"))
        return S_OK;
    parts = curl_url();
    if (!parts)
        return E_OUTOFMEMORY;
    if (!curl_url_set(parts, CURLUPART_URL, url, 0) &&
        !curl_url_get(parts, CURLUPART_HOST, &host, CURLU_URLDECODE))
    {
        exchange->tls_host = mem_strdup(host);
        if (!exchange->tls_host)
            hr = E_OUTOFMEMORY;
        curl_free(host);
    }
    else if (!(exchange->tls_host = mem_strdup("")))
    {
        hr = E_OUTOFMEMORY;
    }
    curl_url_cleanup(parts);
    return hr;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* One after the other until one fails: each takes a different type. */
#define SET(option, value) (code = code ? code : curl_easy_setopt(easy, (option), (value)))

static CURLcode set_connection(struct http_exchange *exchange, long receive_buffer)
{
    CURL *easy = exchange->easy;
    CURLcode code = CURLE_OK;

    SET(CURLOPT_PRIVATE, exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->detail);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_BUFFERSIZE, receive_buffer);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        (long)(clock_wait_ms((UINT64)exchange->connect_ms + exchange->tls_ms) + CURL_LATER_MS));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 0L); /* on_connected does */
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    SET(CURLOPT_HEADERFUNCTION, exchange_on_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, exchange_on_body);
    SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_RESOLVER_START_FUNCTION, on_resolver_start);
    SET(CURLOPT_RESOLVER_START_DATA, exchange);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, exchange);
    SET(CURLOPT_PREREQFUNCTION, on_connected);
    SET(CURLOPT_PREREQDATA, exchange);
    return code;
}

/* ---- the exchange ---- */

HRESULT exchange_create(struct http *http, const struct http_request *request, long receive_buffer,
                        struct http_exchange **exchange)
{
    struct http_exchange *made;
    HRESULT hr;

    hr = http_request_check(request);
    if (FAILED(hr))
        return hr;
    made = mem_zalloc(sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    made->http = http;
    made->callbacks = request->callbacks;
    made->context = request->context;
    made->receive_buffer = receive_buffer;
    made->tls = request->tls;
    if ((made->judged = request->approved != NULL))
        memcpy(made->approved, request->approved, sizeof(made->approved));
    made->answers_401 = request->server_auth.schemes != 0;
    made->answers_407 = request->proxy_auth.schemes != 0;
    made->connect_ms = request->connect_timeout_ms ? request->connect_timeout_ms : CONNECT_MS;
    made->socket = INVALID_SOCKET;
    made->tls_ms = request->tls_timeout_ms ? request->tls_timeout_ms : TLS_MS;
    made->connect_deadline = clock_now() + made->connect_ms;
    str_buf_init(&made->head, HTTP_HEAD_MAX);
    if (request->cookies)
    {
        http_cookies_addref(request->cookies);
        made->cookies = request->cookies;
    }
    hr = http_login_init(&made->login, request);
    if (SUCCEEDED(hr))
        hr = set_tls_host(made, request->url);
    if (SUCCEEDED(hr))
        hr = http_request_headers(request, &made->headers);
    if (SUCCEEDED(hr) && !(made->easy = curl_easy_init()))
        hr = E_OUTOFMEMORY;
    /* only memory can be lacking: a URL is judged when the transfer begins */
    if (SUCCEEDED(hr) && (set_connection(made, receive_buffer) ||
                          http_request_apply(request, made->easy, made->headers)))
        hr = E_OUTOFMEMORY;
    if (FAILED(hr))
    {
        exchange_free(made);
        return hr;
    }
    exchange_inject(made);
    *exchange = made;
    return S_OK;
}

void exchange_free(struct http_exchange *exchange)
{
    if (exchange->easy)
        curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->headers);
    http_cookies_release(exchange->cookies);
    http_login_cleanup(&exchange->login);
    str_buf_cleanup(&exchange->head);
    mem_free(exchange->tls_host);
    mem_free(exchange->unjudged);
    mem_free(exchange);
}

void exchange_again(struct http_exchange *exchange)
{
    exchange->phase = EXCHANGE_WAITING;
    exchange->shakes_hands = false;
    exchange->socket = INVALID_SOCKET;
    exchange->connect_deadline = clock_now() + exchange->connect_ms;
    exchange->tls_checked = false;
    exchange->swallowed = 0;
    *exchange->detail = 0;
    str_buf_cleanup(&exchange->head);
    if (FAILED(http_login_apply(&exchange->login, exchange->easy, &exchange->headers)))
        exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
}

void exchange_park(struct http_exchange *exchange)
{
    exchange->phase = EXCHANGE_PARKED;
    exchange->over = true;
    exchange->callbacks = NULL;
    exchange->connect_deadline = CLOCK_NEVER;
    /* libcurl giving up would abandon the lookup's thread */
    curl_easy_setopt(exchange->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)INT_MAX);
}

void exchange_result(struct http_exchange *exchange, CURLcode code, struct http_result *result)
{
    long connections = 0;
    long connect_status = 0;
    const char *detail = NULL;
    char *ip = NULL;

    memset(result, 0, sizeof(*result));
    result->stopped = exchange->stopped;
    result->body_bytes = exchange->body_bytes;
    curl_easy_getinfo(exchange->easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(exchange->easy, CURLINFO_PRIMARY_IP, &ip);
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (ip)
        snprintf(result->server_ip, sizeof(result->server_ip), "%s", ip);
    result->reused_connection = !connections && *result->server_ip;
    if (exchange->over)
        result->failure = exchange->failure;
    else if (code == CURLE_AUTH_ERROR || code == CURLE_LOGIN_DENIED)
        /* this machine does not speak the scheme: as good as no credentials */
        result->failure = (struct failure_info){.kind = FAILURE_HTTP_STATUS,
                                                .http_status = exchange->answers_401 ? 401 : 407};
    else
        failure_from_curl(code, *result->server_ip != 0, connect_status, &result->failure);
    if (exchange->over)
        detail = exchange->why;
    else if (code)
        detail = *exchange->detail ? exchange->detail : curl_easy_strerror(code);
    snprintf(result->detail, sizeof(result->detail), "%s", or_empty(detail));
}
