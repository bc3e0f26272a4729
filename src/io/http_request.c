#include "io/http_request.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/http_exchange.h"

#include <string.h>

static bool has_line_break(const char *text)
{
    return text && strpbrk(text, "\r\n");
}

HRESULT http_request_check(const struct http_request *request)
{
    size_t i;

    if (has_line_break(request->url) || has_line_break(request->method) ||
        has_line_break(request->proxy))
        return E_INVALIDARG;
    for (i = 0; i < request->header_count; i++)
        if (has_line_break(request->headers[i]) || !strchr(request->headers[i], ':'))
            return E_INVALIDARG;
    return S_OK;
}

static HRESULT append_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        return E_OUTOFMEMORY;
    *list = longer;
    return S_OK;
}

/* libcurl reads "Name:" as an order to leave a header out, and wants "Name;" for an empty one. */
static HRESULT append_client_header(struct curl_slist **list, const char *line)
{
    const char *colon = strchr(line, ':');
    char *empty;
    HRESULT hr;

    if (colon[1 + strspn(colon + 1, " \t")])
        return append_header(list, line);
    empty = mem_strdup(line);
    if (!empty)
        return E_OUTOFMEMORY;
    strcpy(empty + (colon - line), ";");
    hr = append_header(list, empty);
    mem_free(empty);
    return hr;
}

/* RFC 9110 8.6: a method that is meant to carry something says so when it carries nothing. */
static bool takes_content(const char *method)
{
    return method &&
           (!strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH"));
}

HRESULT http_request_headers(const struct http_request *request, struct curl_slist **headers)
{
    bool encoding = false;
    HRESULT hr = S_OK;
    size_t i;

    for (i = 0; i < request->header_count && SUCCEEDED(hr); i++)
    {
        encoding = encoding || str_starts_nocase(request->headers[i], "Accept-Encoding:");
        hr = append_client_header(headers, request->headers[i]);
    }
    /* a plain header: libcurl's option of that name would also decode */
    if (SUCCEEDED(hr) && !encoding)
        hr = append_header(headers, "Accept-Encoding: identity");
    if (SUCCEEDED(hr) && takes_content(request->method))
        hr = append_header(headers, "Content-Length: 0");
    return hr;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* One after the other until one fails: each takes a different type. */
#define SET(option, value) (code = code ? code : curl_easy_setopt(easy, (option), (value)))

CURLcode http_request_apply(const struct http_request *request, CURL *easy,
                            struct curl_slist *headers)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* the proxy of a tunnel gets none of them */
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_PROXY, or_empty(request->proxy)); /* "": not even the environment's */
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    if (request->method && !strcmp(request->method, "HEAD"))
        SET(CURLOPT_NOBODY, 1L);
    else if (request->method && strcmp(request->method, "GET") != 0)
        SET(CURLOPT_CUSTOMREQUEST, request->method);
    if (request->certificate)
        SET(CURLOPT_SSLCERT, request->certificate);
    if (request->cookies)
    {
        SET(CURLOPT_SHARE, http_cookies_share(request->cookies));
        SET(CURLOPT_COOKIEFILE, ""); /* turns cookies on, reads no file */
    }
    return code ? code : http_login_setup(easy, request);
}
