#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "base/platform.h"
#include "model/failure.h"
#include "model/http_head.h"

/* HTTP exchanges: one request, one response, no redirects, nothing decoded.
 *
 * A struct http is one libcurl multi handle. It belongs to one thread, the engine's: every function
 * here but http_wake is called on that thread, and every callback arrives on it, from http_poll.
 * A callback may start, stop and resume exchanges, its own included; it must not call http_poll or
 * http_close. */

struct http;
struct http_cookies;
struct http_exchange;

enum http_go
{
    HTTP_GO,    /* carry on */
    HTTP_PAUSE, /* body only: nothing was taken, the same bytes come again after http_resume */
    HTTP_STOP   /* as if http_stop had been called: done follows with stopped = true */
};

/* How a response ended. A status of 404 is no failure here: judging the head is the model's job. */
struct http_result
{
    bool stopped;                /* http_stop or HTTP_STOP: the failure is of no interest */
    struct failure_info failure; /* FAILURE_NONE: the response ended as its head promised */
    char detail[256];            /* the failure in words, for people; may be empty */
    char server_ip[64];          /* the peer (the proxy, if any); empty if never connected */
    UINT64 body_bytes;           /* handed to body and taken */
    bool reused_connection;
};

struct http_callbacks
{
    /* The final response head: not an interim 1xx, and not the 401 or 407 that libcurl answers by
     * itself with the credentials given. Both pointers are valid during the call only. */
    enum http_go (*head)(void *context, const struct http_head *head, const char *raw_headers);

    /* The next bytes of the body (at most 16 KiB a call). */
    enum http_go (*body)(void *context, const void *data, size_t size);

    /* The last call, exactly one. The exchange pointer is invalid when it returns. */
    void (*done)(void *context, const struct http_result *result);

    /* Whether body would take so many bytes now. If not, nothing is read, which costs less than a
     * pause; asked again in every http_poll. May be NULL. */
    bool (*room)(void *context, size_t size);
};

/* schemes of struct http_credentials; 0 sends none, and a 401 or 407 is then simply the response */
#define HTTP_AUTH_BASIC 0x1u
#define HTTP_AUTH_DIGEST 0x2u
#define HTTP_AUTH_NTLM 0x4u
#define HTTP_AUTH_NEGOTIATE 0x8u
#define HTTP_AUTH_ANY 0xfu

struct http_credentials
{
    const char *user; /* UTF-8; NULL with NTLM or Negotiate = the user of this process */
    const char *password;
    DWORD schemes;
};

/* http_request.tls: what is wrong with a certificate and yet accepted, and what else is asked */
#define HTTP_TLS_IGNORE_UNKNOWN_CA 0x01u
#define HTTP_TLS_IGNORE_WRONG_NAME 0x02u
#define HTTP_TLS_IGNORE_DATE 0x04u
#define HTTP_TLS_IGNORE_WRONG_USAGE 0x08u
#define HTTP_TLS_CHECK_REVOCATION 0x10u

/* What to ask for. Everything is copied; callbacks must outlive the exchange. */
struct http_request
{
    const char *url;    /* absolute, http or https */
    const char *method; /* NULL = GET; "HEAD" has no body, and no request has one */
    const char *const
        *headers; /* whole lines "Name: value", sent as they are; no CR or LF inside */
    size_t header_count;
    const char *proxy; /* "http://host:port"; NULL = none, whatever the environment says */
    struct http_credentials server_auth;
    struct http_credentials proxy_auth;
    DWORD connect_timeout_ms; /* lookup + connect; 0 = 15 s */
    DWORD tls_timeout_ms;     /* the handshake, after that; 0 = 15 s */
    DWORD tls;                /* HTTP_TLS_* */
    const char *certificate;  /* of the client: "CurrentUser\MY\<SHA-1>"; NULL = none */
    const BYTE *approved; /* SHA-1 of the one certificate that is good enough; NULL = any that the
                             system accepts. Another one ends it, see http_take_certificate */
    bool small;           /* expects little data: use a small receive buffer */
    struct http_cookies *cookies; /* NULL = none are sent or kept */
    const struct http_callbacks *callbacks;
    void *context;
};

HRESULT http_open(struct http **http);

/* Ends what still runs (each exchange gets its done, with stopped = true, inside this call, and
 * http_start from there fails with E_ABORT). A name
 * lookup that is still under way cannot be ended: its thread will return into this module, so the
 * module is then pinned for good and that lookup's memory (about 100 KiB) is given up knowingly. */
void http_close(struct http *http);

/* Waits for network events, a wake-up or the time to pass, whichever comes first, then does what is
 * due and runs the callbacks. */
void http_poll(struct http *http, DWORD milliseconds);

/* Makes the running or the next http_poll return at once. Any thread. */
void http_wake(struct http *http);

/* An error returned means that no callback will ever come; success means exactly one done.
 * E_INVALIDARG: a CR or LF in the url, method or a header. No callback runs inside this call. */
HRESULT http_start(struct http *http, const struct http_request *request,
                   struct http_exchange **exchange);

/* No head or body follows; done comes from the next http_poll, even while a name lookup hangs.
 * May be called again. */
void http_stop(struct http_exchange *exchange);

/* From `done` only: the certificate that the system accepts and that is not the approved one, freed
 * with mem_free; NULL: the exchange ended for another reason. */
struct certificate;
struct certificate *http_take_certificate(struct http_exchange *exchange);

/* Offers the bytes of a paused body again, from the next http_poll. No-op if it is not paused. */
void http_resume(struct http_exchange *exchange);

/* A cookie jar, in memory, shared by the exchanges it is given to; each of them holds a reference.
 * Engine thread only. */
HRESULT http_cookies_create(struct http *http, struct http_cookies **cookies);
void http_cookies_release(struct http_cookies *cookies);

#endif
