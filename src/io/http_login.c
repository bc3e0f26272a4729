#include "io/http_login.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/digest_auth.h"

/* SSPI reads an empty user as "this process's user". */
static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static long curl_schemes(DWORD schemes)
{
    unsigned long mask = 0;

    if (schemes & HTTP_AUTH_BASIC)
        mask |= CURLAUTH_BASIC;
    if (schemes & HTTP_AUTH_DIGEST)
        mask |= CURLAUTH_DIGEST;
    if (schemes & HTTP_AUTH_NTLM)
        mask |= CURLAUTH_NTLM;
    if (schemes & HTTP_AUTH_NEGOTIATE)
        mask |= CURLAUTH_NEGOTIATE;
    return (long)mask;
}

HRESULT http_login_init(struct http_login *login, const struct http_request *request)
{
    const struct http_credentials *auth = &request->server_auth;

    login->schemes = auth->schemes;
    if (!(auth->schemes & HTTP_AUTH_DIGEST))
        return S_OK;
    login->url = mem_strdup(request->url);
    login->method = mem_strdup(request->method ? request->method : "GET");
    login->user = mem_strdup(or_empty(auth->user));
    login->password = mem_strdup(or_empty(auth->password));
    return login->url && login->method && login->user && login->password ? S_OK : E_OUTOFMEMORY;
}

void http_login_cleanup(struct http_login *login)
{
    if (login->password)
        SecureZeroMemory(login->password, strlen(login->password));
    mem_free(login->url);
    mem_free(login->method);
    mem_free(login->user);
    mem_free(login->password);
    mem_free(login->header);
}

static CURLcode set_server(CURL *easy, DWORD schemes, const char *user, const char *password)
{
    CURLcode code;

    code = curl_easy_setopt(easy, CURLOPT_HTTPAUTH, curl_schemes(schemes));
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_USERNAME, or_empty(user));
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, or_empty(password));
    return code;
}

CURLcode http_login_setup(CURL *easy, const struct http_request *request)
{
    const struct http_credentials *server = &request->server_auth;
    const struct http_credentials *proxy = &request->proxy_auth;
    CURLcode code = CURLE_OK;

    if (server->schemes && !(server->schemes & HTTP_AUTH_DIGEST))
        code = set_server(easy, server->schemes, server->user, server->password);
    if (code || !proxy->schemes)
        return code;
    code = curl_easy_setopt(easy, CURLOPT_PROXYAUTH, curl_schemes(proxy->schemes));
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, or_empty(proxy->user));
    if (!code)
        code = curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, or_empty(proxy->password));
    return code;
}

/* The path and query as libcurl puts them on the request line. */
static HRESULT request_uri(const char *url, char **uri)
{
    CURLU *parts = curl_url();
    char *path = NULL;
    char *query = NULL;
    struct str_buf buf;
    HRESULT hr;

    str_buf_init(&buf, 65536);
    if (!parts || curl_url_set(parts, CURLUPART_URL, url, 0) ||
        curl_url_get(parts, CURLUPART_PATH, &path, CURLU_URLENCODE))
    {
        curl_url_cleanup(parts);
        return E_OUTOFMEMORY; /* a malformed URL would not have got us this far */
    }
    curl_url_get(parts, CURLUPART_QUERY, &query, 0);
    str_buf_append(&buf, path);
    if (query)
        str_buf_appendf(&buf, "?%s", query);
    hr = str_buf_detach(&buf, uri);
    curl_free(path);
    curl_free(query);
    curl_url_cleanup(parts);
    return hr;
}

HRESULT http_login_challenge(struct http_login *login, const char *head)
{
    struct digest_request request = {.method = login->method};
    char *uri = NULL;
    HRESULT hr;

    if (!login->url || login->asked)
        return S_OK;
    login->asked = true;
    hr = request_uri(login->url, &uri);
    if (FAILED(hr))
        return hr;
    request.user = login->user;
    request.password = login->password;
    request.uri = uri;
    hr = digest_auth_answer(head, &request, &login->header);
    mem_free(uri);
    if (FAILED(hr))
        return hr;
    login->again = hr == S_OK || (login->schemes & ~HTTP_AUTH_DIGEST);
    return S_OK;
}

HRESULT http_login_apply(struct http_login *login, CURL *easy, struct curl_slist **headers)
{
    struct curl_slist *longer;
    CURLcode code;

    login->again = false;
    if (login->header)
    {
        longer = curl_slist_append(*headers, login->header);
        if (!longer)
            return E_OUTOFMEMORY;
        *headers = longer;
        code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, longer);
    }
    else
    {
        code = set_server(easy, login->schemes & ~HTTP_AUTH_DIGEST, login->user, login->password);
    }
    return code ? E_OUTOFMEMORY : S_OK;
}
