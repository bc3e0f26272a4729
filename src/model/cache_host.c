#include "model/cache_host.h"
#include "model/rendezvous.h"

#include <string.h>

#define ARGUMENT "cacheHostOrigin="

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- the list ---- */

/* A host is what makes a URL when a path follows it. */
static bool is_host(const char *name)
{
    char url[URL_HOST_SIZE + 16] = "http://";

    strcat(url, name);
    return !strpbrk(name, "/?#@\\") && url_is_valid(url, sizeof(url));
}

static void add(struct cache_hosts *hosts, const char *text, size_t length)
{
    char *name = hosts->names[hosts->count];
    size_t i;

    if (!length || length >= URL_HOST_SIZE)
        return;
    for (i = 0; i < length; i++)
        name[i] = lower(text[i]);
    name[length] = 0;
    if (!is_host(name))
        return;
    for (i = 0; i < hosts->count; i++)
        if (!strcmp(hosts->names[i], name))
            return;
    hosts->count++;
}

void cache_hosts_parse(struct cache_hosts *hosts, const char *text)
{
    static const char gaps[] = ", \t\r\n;";

    memset(hosts, 0, sizeof(*hosts));
    for (text += strspn(text, gaps); *text && hosts->count < CACHE_HOSTS_MAX;
         text += strspn(text, gaps))
    {
        size_t length = strcspn(text, gaps);

        add(hosts, text, length);
        text += length;
    }
}

int cache_hosts_pick(const struct cache_hosts *hosts, const char *url, uint32_t skip)
{
    uint64_t weight, best = 0;
    int found = -1;
    size_t i;

    for (i = 0; i < hosts->count; i++)
    {
        if (skip >> i & 1)
            continue;
        weight = rendezvous_weight(hosts->names[i], url);
        if (found >= 0 && weight <= best)
            continue;
        best = weight;
        found = (int)i;
    }
    return found;
}

/* ---- the URL ---- */

struct out
{
    char *at;
    size_t left; /* the terminator's place included */
    bool full;
};

static void put_n(struct out *out, const char *text, size_t length)
{
    if (length >= out->left)
    {
        out->full = true;
        return;
    }
    memcpy(out->at, text, length);
    out->at += length;
    out->left -= length;
    *out->at = 0;
}

static void put(struct out *out, const char *text)
{
    put_n(out, text, strlen(text));
}

/* Brackets of an IPv6 address may not stand in a query. */
static void put_argument(struct out *out, const char *host)
{
    for (; *host; host++)
    {
        if (*host == '[')
            put(out, "%5B");
        else if (*host == ']')
            put(out, "%5D");
        else
            put_n(out, host, 1);
    }
}

/* ":port" at the end of an authority, or "". */
static const char *port_of(const char *host)
{
    const char *bracket = strrchr(host, ']');
    const char *colon = strrchr(host, ':');

    return colon && (!bracket || colon > bracket) ? colon : "";
}

bool cache_host_url(const char *url, const char *cache, char *out, size_t size)
{
    const char *authority = strstr(url, "://"), *rest;
    char origin[URL_HOST_SIZE], made[URL_SIZE];
    struct out to = {made, sizeof(made), false};
    size_t length;

    if (!authority || !url_host(url, origin, sizeof(origin)))
        return false;
    authority += 3;
    rest = authority + strcspn(authority, "/?#");
    if (memchr(authority, '@', (size_t)(rest - authority)))
        return false;
    put_n(&to, url, (size_t)(authority - url));
    put(&to, cache);
    if (!*port_of(cache))
        put(&to, port_of(origin));
    if (*rest != '/')
        put(&to, "/");
    length = strcspn(rest, "#");
    put_n(&to, rest, length);
    put(&to, memchr(rest, '?', length) ? "&" ARGUMENT : "?" ARGUMENT);
    put_argument(&to, origin);
    length = strlen(made) + 1;
    if (to.full || length > size)
        return false;
    memcpy(out, made, length);
    return true;
}

/* ---- failures ---- */

enum cache_ban cache_host_ban(const struct failure_info *failure)
{
    switch (failure->kind)
    {
    case FAILURE_RESOLVE:
    case FAILURE_CONNECT:
    case FAILURE_TIMEOUT:
    case FAILURE_TLS:
        return CACHE_BAN_ALL;
    case FAILURE_HTTP_STATUS:
        return failure->http_status / 100 == 4 ? CACHE_BAN_ORIGIN : CACHE_BAN_NONE;
    case FAILURE_REDIRECT_LOOP:
    case FAILURE_REDIRECT_REFUSED:
    case FAILURE_DIGEST_MISMATCH: /* it has something else than the origin */
    case FAILURE_SIZE_MISMATCH:
        return CACHE_BAN_ORIGIN;
    default:
        return CACHE_BAN_NONE;
    }
}
