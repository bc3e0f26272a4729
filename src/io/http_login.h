#ifndef IO_HTTP_LOGIN_H
#define IO_HTTP_LOGIN_H

#include "io/http.h"

#include <curl/curl.h>

/* How an exchange proves who it is to the server. Without Digest it is libcurl's business from the
 * start. With it, the first request goes out bare, and a 401 decides: Digest by our own means where
 * the server offers it, else the other schemes by libcurl's. */

struct http_login
{
    char *url; /* these four: NULL unless Digest is allowed */
    char *method;
    char *user;
    char *password;
    DWORD schemes;
    bool asked; /* a 401 has been answered: the next one is the client's */
    bool again; /* the exchange must be made again, with what http_login_apply sets */
    char *header;
};

HRESULT http_login_init(struct http_login *login, const struct http_request *request);
void http_login_cleanup(struct http_login *login);

/* What goes into the easy handle before the first request. */
CURLcode http_login_setup(CURL *easy, const struct http_request *request);

/* A 401 has come, with this head. Sets `again` if it can be answered. */
HRESULT http_login_challenge(struct http_login *login, const char *head);

/* Readies the easy handle for the second request; *headers are its header lines. */
HRESULT http_login_apply(struct http_login *login, CURL *easy, struct curl_slist **headers);

#endif
