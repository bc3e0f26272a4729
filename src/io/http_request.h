#ifndef IO_HTTP_REQUEST_H
#define IO_HTTP_REQUEST_H

#include "io/http.h"

#include <curl/curl.h>

/* A struct http_request in libcurl's terms. */

/* E_INVALIDARG for what would let a client write lines of its own into the request. */
HRESULT http_request_check(const struct http_request *request);

/* The header lines, ours included. On failure *headers holds those made so far. */
HRESULT http_request_headers(const struct http_request *request, struct curl_slist **headers);

/* Everything but the connection and the callbacks. */
CURLcode http_request_apply(const struct http_request *request, CURL *easy,
                            struct curl_slist *headers);

#endif
