/* A scripted HTTP/1.1 server on 127.0.0.1 that lives in the test's own process.
 *
 * Each path has a script: a list of responses, used in turn by the requests for that path; the last
 * one repeats. A path without a script answers 404. What a response does not say is done the way a
 * good server does it: Range and If-Range are honoured (206, 416, or 200 when the validator does
 * not match), connections are kept alive, Content-Length, Accept-Ranges and Date are sent.
 *
 * A request in absolute form (sent to a proxy) looks for a script under its whole target first,
 * then under its path; CONNECT looks under "host:port". A query is part of the path, but a script
 * without the query is used when none has it.
 *
 * Every function may be called on any thread. Nothing here asserts: what happened is recorded, and
 * the test asks. Waits are bounded and end when the server stops. */
#ifndef TESTKIT_HTTPD_H
#define TESTKIT_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#define HTTPD_URL_MAX 2300 /* characters, the NUL included */

struct httpd;

/* One response. Strings are copied when the script is set. */
struct httpd_response
{
    int status;         /* 0: 200, or what Range asks for; else exactly this, Range not looked at */
    const char *reason; /* NULL: "OK" or a word that fits */
    const char *headers; /* further header lines, each with its \r\n */

    /* the body: literal text, or `size` bytes of the content `seed` */
    const char *body;
    uint32_t seed;
    uint64_t size;

    /* headers with a field of their own; NULL: not sent (Date: sent with the present time) */
    const char *etag;          /* with its quotes */
    const char *last_modified; /* both also decide If-Range */
    const char *date;          /* "" sends none */
    const char *retry_after;
    const char *location;
    const char *content_range;  /* in place of the true one */
    const char *content_length; /* in place of the true one; the body keeps its own size */

    /* the way the body is framed */
    bool no_content_length; /* ends where the connection ends */
    bool chunked;
    bool no_body; /* nothing at all after the head, and no Content-Length */

    /* ranges */
    bool ignore_range; /* always 200 with everything */
    bool no_accept_ranges;
    uint64_t shift_range; /* a 206 starts this much later than asked, and says so */
    uint64_t most;        /* a 206 carries at most this much of the range, and says so; 0: all */

    /* misbehaviour */
    bool cut;           /* the connection ends after `cut_after` body bytes */
    uint64_t cut_after; /* of this response, not of the file */
    bool reset;         /* cut and close with RST instead of FIN */
    bool drop;          /* the connection ends without any answer */
    uint64_t extra;     /* body bytes sent beyond what the head says */
    const char *raw;    /* these bytes are the whole answer; then the connection ends */
    size_t raw_length;  /* 0: strlen(raw) */
    bool close;         /* the connection ends after the answer, and the head says so */
    bool silent_close;  /* the same, but the head does not say so */

    /* time, in milliseconds of the machine's clock */
    unsigned int delay;            /* before the head */
    unsigned int first_byte_delay; /* between head and body */
    unsigned int trickle;          /* pause after each `trickle_bytes` of the body */
    unsigned int trickle_bytes;    /* 0 with a trickle: 1 */
    uint64_t rate;                 /* body bytes a second, of all answers of this path together */
    bool hold;                     /* nothing is sent until httpd_release() for the path */
    bool hold_body;                /* the body stops at `hold_at` until httpd_release() */
    uint64_t hold_at;              /* of this response */

    /* without these credentials ("user:password") the answer is 401, or 407 */
    const char *require_basic;
    const char *require_proxy_basic;
};

/* One request as it came, and how far its answer got. Valid until httpd_stop(). */
struct httpd_request
{
    char method[16];
    char target[HTTPD_URL_MAX]; /* as on the request line */
    char headers[8192];         /* the lines after the request line, \r\n between them */
    bool ranged;                /* it had a Range of one part that could be read */
    int64_t first;              /* of the Range; -1 when it counts from the end */
    int64_t last;               /* -1 when open */
    unsigned int connection;    /* 1 for the first one accepted */
    unsigned short port;        /* the client's */
    uint64_t time;              /* GetTickCount64() when the head had arrived */
    int status;                 /* of the answer; 0: none yet, or raw bytes */
    uint64_t sent;              /* body bytes handed to the socket */
    uint64_t ended; /* GetTickCount64() when its answer was over, or its client was seen to be gone,
                       at the latest by the next request for the path; 0: not yet */
};

/* NULL when no port could be had. */
struct httpd *httpd_start(void);
/* Ends every connection, waits for the server's threads, frees everything. NULL is fine. */
void httpd_stop(struct httpd *httpd);

unsigned short httpd_port(const struct httpd *httpd);
/* "http://127.0.0.1:port/path" into `buffer` of HTTPD_URL_MAX characters, which is returned. */
char *httpd_url(const struct httpd *httpd, const char *path, char *buffer);
wchar_t *httpd_wide_url(const struct httpd *httpd, const char *path, wchar_t *buffer);

/* Sets the script of a path, and starts it from its first response. */
void httpd_script(struct httpd *httpd, const char *path, const struct httpd_response *responses,
                  size_t count);

/* HTTPD_SCRIPT(httpd, "/file", {.status = 503}, {.seed = 1, .size = 4096}) */
#define HTTPD_SCRIPT(httpd, path, ...)                                                             \
    httpd_script(httpd, path, (const struct httpd_response[]){__VA_ARGS__},                        \
                 sizeof((const struct httpd_response[]){__VA_ARGS__}) /                            \
                     sizeof(struct httpd_response))

/* Lets everything that is held, or will be held, at this path go on. */
void httpd_release(struct httpd *httpd, const char *path);
/* Ends every connection there is; new ones are welcome. */
void httpd_disconnect(struct httpd *httpd);

/* Waits until `count` requests for the path have arrived; false after `timeout` ms. NULL: any path.
 */
bool httpd_wait_request(struct httpd *httpd, const char *path, unsigned int count,
                        unsigned int timeout);
/* Waits until the answers for the path have sent `bytes` body bytes in all. */
bool httpd_wait_sent(struct httpd *httpd, const char *path, uint64_t bytes, unsigned int timeout);

/* What has happened so far. A path of NULL means all of them. */
unsigned int httpd_requests(struct httpd *httpd, const char *path);
/* The n-th request for the path, from 0; NULL when there have not been as many. */
const struct httpd_request *httpd_request(struct httpd *httpd, const char *path, unsigned int n);
uint64_t httpd_bytes_sent(struct httpd *httpd, const char *path);
unsigned int httpd_connections(struct httpd *httpd);
/* The largest number of requests for the path that were being answered at one time. */
unsigned int httpd_most_at_once(struct httpd *httpd, const char *path);

/* The value of a header of the request into `buffer`; false when it has none. */
bool httpd_header(const struct httpd_request *request, const char *name, char *buffer, size_t size);

#endif
