#ifndef IO_HTTP_EXCHANGE_H
#define IO_HTTP_EXCHANGE_H

#include "base/str.h"
#include "io/certificate.h"
#include "io/http.h"
#include "io/http_login.h"

#include <curl/curl.h>

/* The inside of http: an exchange is a libcurl easy handle and what its callbacks need. */

enum exchange_phase
{
    EXCHANGE_WAITING, /* started, not yet in the multi handle */
    EXCHANGE_RUNNING,
    EXCHANGE_PARKED /* done was called; libcurl still looks a name up, see http_exchange.c */
};

struct http_exchange
{
    struct http *http;
    struct http_exchange *prev; /* http's list */
    struct http_exchange *next;
    enum exchange_phase phase;
    CURL *easy;
    struct curl_slist *headers;
    struct http_cookies *cookies;
    const struct http_callbacks *callbacks;
    void *context;
    char *tls_host; /* the name the certificate must carry; NULL for http */
    DWORD tls;
    bool tls_checked;
    bool judged; /* only a certificate of the hash `approved` is good enough */
    BYTE approved[CERTIFICATE_HASH_SIZE];
    struct certificate *unjudged; /* what came instead */
    struct http_login login;
    size_t swallowed; /* bytes of the body of a 401 */
    bool answers_401; /* libcurl has credentials: a 401 may not be the final response */
    bool answers_407;
    long receive_buffer; /* bytes that libcurl reads at once */
    DWORD connect_ms;
    DWORD tls_ms;
    SOCKET socket;           /* the last one that libcurl asked for, and closes */
    bool shakes_hands;       /* connected; connect_deadline is the handshake's */
    UINT64 connect_deadline; /* CLOCK_NEVER once connected */
    UINT64 not_before;       /* clock_now(); a late answer begins late */
    DWORD injected;          /* the status it is answered with instead of being sent, or 0 */
    bool resolving;          /* a lookup thread of libcurl's may be running */
    bool paused;
    bool resume; /* http_resume was called */
    bool full;   /* paused by ourselves: there was no room; asked again at each turn */
    UINT64 paused_at;
    bool over; /* no more head or body; `stopped` or `failure` says why */
    bool stopped;
    struct failure_info failure; /* ours; goes before what libcurl says */
    const char *why;             /* with failure; a literal, or why_text */
    char why_text[80];
    struct str_buf head; /* the response head as it comes */
    bool head_told;
    UINT64 body_bytes;
    UINT64 *taken; /* http's: the bytes of all */
    char detail[CURL_ERROR_SIZE];
};

/* Makes the easy handle ready to be added. `receive_buffer`: CURLOPT_BUFFERSIZE. */
HRESULT exchange_create(struct http *http, const struct http_request *request, long receive_buffer,
                        struct http_exchange **exchange);
/* Half-built is fine. The easy handle must be in no multi handle any more. */
void exchange_free(struct http_exchange *exchange);

/* Ends it with a failure of ours, unless it is over already. */
void exchange_fail(struct http_exchange *exchange, enum failure kind, HRESULT hr, const char *why);

/* Hands out a head that was held back because libcurl might have answered it. False: over. */
bool exchange_tell_head(struct http_exchange *exchange);

/* http_answer.c: CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION. */
size_t exchange_on_header(char *data, size_t one, size_t size, void *exchange);
size_t exchange_on_body(char *data, size_t one, size_t size, void *exchange);
/* Whether the client would take so many bytes of the body now. */
bool exchange_has_room(const struct http_exchange *exchange, size_t size);

/* To be called at each turn until it is connected: the handshake's time begins with the connection.
 */
void exchange_watch_connect(struct http_exchange *exchange);
/* Its deadline has passed: ends it, and says which one it was. */
void exchange_late(struct http_exchange *exchange);

/* Makes it ready for its second request, in answer to a 401. It must be out of the multi handle. */
void exchange_again(struct http_exchange *exchange);

/* What became of it; `code` is libcurl's word, if `over` is not set. */
void exchange_result(struct http_exchange *exchange, CURLcode code, struct http_result *result);

/* http_fault.c: what the fault injection does to it, asked once. */
void exchange_inject(struct http_exchange *exchange);
/* Whether its injected answer is due; then exchange_answer hands it out, which is the end. */
bool exchange_is_answered(const struct http_exchange *exchange);
void exchange_answer(struct http_exchange *exchange);

/* From here on no callback of the client is called; a lookup under way ends at the socket. */
void exchange_park(struct http_exchange *exchange);

/* http_cookies.c */
CURLSH *http_cookies_share(struct http_cookies *cookies);
void http_cookies_addref(struct http_cookies *cookies);

/* http_failure.c: what a result code of libcurl's means.
 * `connected`: a connection was made. */
void failure_from_curl(CURLcode code, bool connected, long connect_status,
                       struct failure_info *info);

#endif
