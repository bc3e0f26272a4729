#include "io/proxy.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/proxy_list.h"
#include "model/url.h"

#include <string.h>
#include <winhttp.h>

/* S_OK with NULL in *proxy is an answer: go direct. S_FALSE: this source does not say. */

struct target
{
    const char *url;
    char host[URL_HOST_SIZE];
    bool secure;
};

static HRESULT narrow(const WCHAR *wide, char **text)
{
    *text = str_utf8_from_wide(wide ? wide : L"");
    return *text ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static HRESULT from_list(const struct target *target, const WCHAR *wide_list,
                         const WCHAR *wide_bypass, char **proxy)
{
    char *list = NULL;
    char *bypass = NULL;
    HRESULT hr;

    hr = narrow(wide_list, &list);
    if (SUCCEEDED(hr))
        hr = narrow(wide_bypass, &bypass);
    if (SUCCEEDED(hr) && proxy_list_bypasses(bypass, target->secure, target->host))
        *proxy = NULL;
    else if (SUCCEEDED(hr))
        hr = proxy_list_pick(list, target->secure, proxy);
    mem_free(list);
    mem_free(bypass);
    return hr;
}

/* ---- scripts ---- */

static HRESULT ask_script(HINTERNET session, const WCHAR *url, WINHTTP_AUTOPROXY_OPTIONS *options,
                          WINHTTP_PROXY_INFO *info)
{
    if (WinHttpGetProxyForUrl(session, url, options, info))
        return S_OK;
    if (GetLastError() != ERROR_WINHTTP_LOGIN_FAILURE)
        return S_FALSE;
    options->fAutoLogonIfChallenged = TRUE; /* slower, so only when the server insists */
    return WinHttpGetProxyForUrl(session, url, options, info) ? S_OK : S_FALSE;
}

/* script: its address; NULL: found by WPAD. */
static HRESULT from_script(const struct target *target, const WCHAR *script, char **proxy)
{
    WINHTTP_AUTOPROXY_OPTIONS options;
    WINHTTP_PROXY_INFO info;
    HINTERNET session;
    WCHAR *url;
    HRESULT hr;

    memset(&options, 0, sizeof(options));
    memset(&info, 0, sizeof(info));
    options.dwFlags = script ? WINHTTP_AUTOPROXY_CONFIG_URL : WINHTTP_AUTOPROXY_AUTO_DETECT;
    options.lpszAutoConfigUrl = script;
    if (!script)
        options.dwAutoDetectFlags = WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A;
    url = str_wide_from_utf8(target->url);
    if (!url)
        return HRESULT_FROM_WIN32(GetLastError());
    session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    hr = session ? ask_script(session, url, &options, &info) : S_FALSE;
    if (hr == S_OK && info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY)
        hr = from_list(target, info.lpszProxy, info.lpszProxyBypass, proxy);
    else if (hr == S_OK)
        *proxy = NULL;
    if (session)
        WinHttpCloseHandle(session);
    GlobalFree(info.lpszProxy);
    GlobalFree(info.lpszProxyBypass);
    mem_free(url);
    return hr;
}

/* ---- settings ---- */

static HRESULT from_user(const struct target *target, char **proxy)
{
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config;
    HRESULT hr = S_FALSE;

    memset(&config, 0, sizeof(config));
    if (!WinHttpGetIEProxyConfigForCurrentUser(&config))
        return S_FALSE;
    if (config.fAutoDetect)
        hr = from_script(target, NULL, proxy);
    if (hr == S_FALSE && config.lpszAutoConfigUrl && *config.lpszAutoConfigUrl)
        hr = from_script(target, config.lpszAutoConfigUrl, proxy);
    if (hr == S_FALSE && config.lpszProxy && *config.lpszProxy)
        hr = from_list(target, config.lpszProxy, config.lpszProxyBypass, proxy);
    GlobalFree(config.lpszAutoConfigUrl);
    GlobalFree(config.lpszProxy);
    GlobalFree(config.lpszProxyBypass);
    return hr;
}

static HRESULT from_machine(const struct target *target, char **proxy)
{
    WINHTTP_PROXY_INFO info;
    HRESULT hr = S_FALSE;

    memset(&info, 0, sizeof(info));
    if (!WinHttpGetDefaultProxyConfiguration(&info))
        return S_FALSE;
    if (info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY && info.lpszProxy && *info.lpszProxy)
        hr = from_list(target, info.lpszProxy, info.lpszProxyBypass, proxy);
    GlobalFree(info.lpszProxy);
    GlobalFree(info.lpszProxyBypass);
    return hr;
}

/* ---- environment ---- */

/* The variable's value, the caller's to mem_free; S_FALSE: unset or empty. */
static HRESULT environment(const WCHAR *name, char **text)
{
    DWORD room = GetEnvironmentVariableW(name, NULL, 0);
    WCHAR *wide;
    DWORD size;
    HRESULT hr;

    if (room < 2)
        return S_FALSE;
    wide = mem_array_alloc(room, sizeof(*wide));
    if (!wide)
        return E_OUTOFMEMORY;
    size = GetEnvironmentVariableW(name, wide, room);
    hr = size && size < room ? narrow(wide, text) : S_FALSE;
    mem_free(wide);
    return hr;
}

static HRESULT from_environment(const struct target *target, char **proxy)
{
    char *no_proxy = NULL;
    char *list = NULL;
    HRESULT hr;

    hr = environment(target->secure ? L"https_proxy" : L"http_proxy", &list);
    if (hr == S_FALSE)
        hr = environment(L"all_proxy", &list);
    if (hr != S_OK)
        return hr;
    hr = environment(L"no_proxy", &no_proxy);
    if (hr == S_OK && proxy_list_no_proxy(no_proxy, target->host))
        *proxy = NULL;
    else if (SUCCEEDED(hr))
        hr = proxy_list_pick(list, target->secure, proxy);
    mem_free(no_proxy);
    mem_free(list);
    return hr;
}

/* ---- all of them ---- */

/* A server on this machine is nobody else's to reach; Windows' own clients see it the same way. */
static bool is_loopback(const struct target *target)
{
    return proxy_list_bypasses("localhost *.localhost 127.*.*.* [::1]", target->secure,
                               target->host);
}

static HRESULT from_system(const struct target *target, char **proxy)
{
    HRESULT hr;

    *proxy = NULL;
    if (is_loopback(target))
        return S_OK;
    hr = from_environment(target, proxy);
    if (hr == S_FALSE)
        hr = from_user(target, proxy);
    if (hr == S_FALSE)
        hr = from_machine(target, proxy); /* which in Wine is http_proxy again, for every URL */
    return hr;
}

HRESULT proxy_for_url(enum proxy_usage usage, const WCHAR *list, const WCHAR *bypass,
                      const char *url, char **proxy)
{
    struct target target;
    char *found = NULL;
    HRESULT hr = S_FALSE;

    target.url = url;
    if (url_judge(url) != FAILURE_NONE || !url_host(url, target.host, sizeof(target.host)))
        return E_INVALIDARG;
    target.secure = url_is_secure(url);
    switch (usage)
    {
    case PROXY_NONE:
        break;
    case PROXY_LIST:
        hr = from_list(&target, list, bypass, &found);
        break;
    case PROXY_AUTO_DETECT:
        if (!is_loopback(&target))
            hr = from_script(&target, NULL, &found);
        if (hr == S_FALSE)
            hr = from_system(&target, &found);
        break;
    case PROXY_SYSTEM:
        hr = from_system(&target, &found);
        break;
    }
    if (FAILED(hr))
        return hr;
    TRACE("%s: %s", LOG_URL(url), found ? LOG_URL(found) : "direct");
    *proxy = found;
    return S_OK;
}

bool proxy_must_ask(enum proxy_usage usage, const char *url)
{
    struct target target = {.url = url, .secure = url_is_secure(url)};

    if (usage == PROXY_NONE || usage == PROXY_LIST)
        return false;
    return !url_host(url, target.host, sizeof(target.host)) || !is_loopback(&target);
}
