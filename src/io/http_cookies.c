#include "io/http_exchange.h"

#include "base/mem.h"
#include "io/http_global.h"

struct http_cookies
{
    unsigned int references; /* engine thread only */
    CURLSH *share;
};

HRESULT http_cookies_create(struct http *http, struct http_cookies **cookies)
{
    struct http_cookies *jar;

    (void)http; /* proof that libcurl is initialised */
    jar = mem_zalloc(sizeof(*jar));
    if (!jar)
        return E_OUTOFMEMORY;
    jar->references = 1;
    jar->share = curl_share_init();
    if (!jar->share || curl_share_setopt(jar->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE))
    {
        http_cookies_release(jar);
        return E_OUTOFMEMORY;
    }
    *cookies = jar;
    return S_OK;
}

void http_cookies_addref(struct http_cookies *cookies)
{
    cookies->references++;
}

void http_cookies_release(struct http_cookies *cookies)
{
    if (!cookies || --cookies->references)
        return;
    curl_share_cleanup(cookies->share);
    mem_free(cookies);
}

CURLSH *http_cookies_share(struct http_cookies *cookies)
{
    return cookies->share;
}
