#include "io/proxy_list.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

#define SEPARATORS " \t\r\n;"
#define ENTRY_SIZE 320 /* a longer entry names no host */

/* Copies the next entry and moves *list behind it; false: there is none. Overlong ones are skipped.
 */
static bool next_entry(const char **list, const char *separators, char entry[ENTRY_SIZE])
{
    size_t length;

    do
    {
        *list += strspn(*list, separators);
        length = strcspn(*list, separators);
        if (length < ENTRY_SIZE)
        {
            memcpy(entry, *list, length);
            entry[length] = 0;
        }
        *list += length;
    } while (length >= ENTRY_SIZE);
    return length > 0;
}

/* The ':' before the port, or NULL. Not one inside [an IPv6 address]. */
static char *find_port(char *host)
{
    char *bracket = strrchr(host, ']');

    return strchr(bracket ? bracket : host, ':');
}

/* ---- lists ---- */

static HRESULT proxy_url(const char *scheme, char *address, char **proxy)
{
    struct str_buf buf;
    char *host = strstr(address, "://");

    str_buf_init(&buf, 2 * ENTRY_SIZE);
    if (!host)
        str_buf_appendf(&buf, "%s://", scheme);
    str_buf_append(&buf, address);
    host = host ? host + 3 : address;
    host[strcspn(host, "/")] = 0;
    if (!find_port(host) && !strcmp(scheme, "http")) /* libcurl's own idea is 1080 */
        str_buf_append(&buf, ":80");
    return str_buf_detach(&buf, proxy);
}

HRESULT proxy_list_pick(const char *list, bool secure, char **proxy)
{
    const char *own = secure ? "https=" : "http=";
    char plain[ENTRY_SIZE] = "";
    char socks[ENTRY_SIZE] = "";
    char entry[ENTRY_SIZE];

    while (next_entry(&list, SEPARATORS, entry))
    {
        if (str_starts_nocase(entry, own))
            return proxy_url("http", entry + strlen(own), proxy);
        if (!*socks && str_starts_nocase(entry, "socks="))
            strcpy(socks, entry + 6);
        else if (!*plain && !strchr(entry, '='))
            strcpy(plain, entry);
    }
    *proxy = NULL;
    if (*plain)
        return proxy_url("http", plain, proxy);
    return *socks ? proxy_url("socks4a", socks, proxy) : S_OK;
}

/* ---- bypass ---- */

/* Whether text fits a pattern in which '*' stands for anything. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *resume = text;

    while (*text)
    {
        if (*pattern == '*')
        {
            star = pattern++;
            resume = text;
        }
        else if (*pattern == *text)
        {
            pattern++;
            text++;
        }
        else if (star)
        {
            pattern = star + 1;
            text = ++resume;
        }
        else
        {
            return false;
        }
    }
    return !pattern[strspn(pattern, "*")];
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text += 'a' - 'A';
}

/* Cuts "host:port" in two; the port is "" if there is none. False: too long. */
static bool split(const char *host, char name[ENTRY_SIZE], const char **port)
{
    char *colon;

    if (strlen(host) >= ENTRY_SIZE)
        return false;
    strcpy(name, host);
    lower(name);
    colon = find_port(name);
    *port = colon ? colon + 1 : "";
    if (colon)
        *colon = 0;
    return true;
}

bool proxy_list_bypasses(const char *bypass, bool secure, const char *host)
{
    char entry[ENTRY_SIZE];
    char name[ENTRY_SIZE];
    const char *port;
    char *pattern;
    char *colon;

    if (!split(host, name, &port))
        return false;
    if (!*port)
        port = secure ? "443" : "80";
    while (next_entry(&bypass, SEPARATORS ",", entry))
    {
        lower(entry);
        if (!strcmp(entry, "<local>") && !strpbrk(name, ".:"))
            return true;
        pattern = strstr(entry, "://");
        if (pattern && strncmp(entry, secure ? "https://" : "http://", secure ? 8 : 7) != 0)
            continue;
        pattern = pattern ? pattern + 3 : entry;
        colon = find_port(pattern);
        if (colon && strcmp(colon + 1, port) != 0)
            continue;
        if (colon)
            *colon = 0;
        if (fits(pattern, name))
            return true;
    }
    return false;
}

bool proxy_list_no_proxy(const char *no_proxy, const char *host)
{
    char entry[ENTRY_SIZE];
    char name[ENTRY_SIZE];
    const char *port;
    const char *tail;
    char *colon;

    if (!split(host, name, &port))
        return false;
    while (next_entry(&no_proxy, SEPARATORS ",", entry))
    {
        lower(entry);
        if (!strcmp(entry, "*"))
            return true;
        colon = find_port(entry);
        if (colon && strcmp(colon + 1, port) != 0)
            continue;
        if (colon)
            *colon = 0;
        tail = entry + (*entry == '.');
        if (strlen(tail) > strlen(name) || strcmp(name + strlen(name) - strlen(tail), tail) != 0)
            continue;
        if (strlen(tail) == strlen(name) || name[strlen(name) - strlen(tail) - 1] == '.')
            return true;
    }
    return false;
}
