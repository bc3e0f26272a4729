#ifndef IO_HTTP_WAIT_H
#define IO_HTTP_WAIT_H

#include "base/platform.h"

#include <curl/curl.h>

/* Waits for the sockets of a libcurl multi handle and tells it of those that are ready.
 *
 * libcurl's own wait and its look at a socket before each read cost about ten calls of wineserver a
 * read; here every socket keeps an event for as long as libcurl wants to hear of it. Engine thread
 * only, but http_wait_wake. */

struct http_wait;

struct http_wait_client
{
    UINT64 (*taken)(void *context); /* bytes of bodies: a socket that brought some is read again */
    bool (*may_read)(void *context, CURL *easy); /* false: not now; asked again each time */
};

HRESULT http_wait_open(CURLM *multi, const struct http_wait_client *client, void *context,
                       struct http_wait **wait);
void http_wait_close(struct http_wait *wait); /* after the multi handle's end; NULL is fine */

/* Until a socket, one of libcurl's clocks, a wake-up or the time (real), and lets libcurl work. */
void http_wait_work(struct http_wait *wait, DWORD milliseconds);

/* Makes the running or the next http_wait_work wait no longer. Any thread. */
void http_wait_wake(struct http_wait *wait);

#endif
