#include "model/url.h"

#include <string.h>

struct span
{
    const char *at; /* NULL: the part is missing, which is not the same as empty */
    size_t length;
};

struct parts /* RFC 3986 3, a reference cut into its parts */
{
    struct span scheme, authority, path, query;
};

struct authority
{
    struct span host;
    unsigned port; /* 0 = none given */
};

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool span_is(struct span span, const char *word)
{
    size_t i;

    if (span.length != strlen(word))
        return false;
    for (i = 0; i < span.length; i++)
        if (lower(span.at[i]) != word[i])
            return false;
    return true;
}

static struct span span_until(const char *text, const char *ends)
{
    struct span span = {text, strcspn(text, ends)};

    return span;
}

static bool is_scheme(struct span span)
{
    size_t i;

    if (!span.length || !is_alpha(span.at[0]))
        return false;
    for (i = 1; i < span.length; i++)
        if (!is_alpha(span.at[i]) && !is_digit(span.at[i]) && !strchr("+-.", span.at[i]))
            return false;
    return true;
}

static void split(const char *text, struct parts *parts)
{
    struct span head = span_until(text, ":/?#");

    memset(parts, 0, sizeof(*parts));
    if (text[head.length] == ':' && is_scheme(head))
    {
        parts->scheme = head;
        text += head.length + 1;
    }
    if (text[0] == '/' && text[1] == '/')
    {
        parts->authority = span_until(text + 2, "/?#");
        text += 2 + parts->authority.length;
    }
    parts->path = span_until(text, "?#");
    text += parts->path.length;
    if (*text == '?')
        parts->query = span_until(text + 1, "#");
}

static bool is_host_char(char c)
{
    return is_alpha(c) || is_digit(c) || (unsigned char)c >= 0x80 || strchr("-._~%", c);
}

/* [::1] and the like */
static bool is_literal(struct span host)
{
    size_t i;

    if (host.length < 4 || host.at[host.length - 1] != ']')
        return false;
    for (i = 1; i + 1 < host.length; i++)
        if (!is_digit(host.at[i]) && !is_alpha(host.at[i]) && !strchr(":.%", host.at[i]))
            return false;
    return true;
}

static bool is_host(struct span host)
{
    size_t i;

    if (!host.length || host.length >= URL_HOST_SIZE - sizeof(":65535"))
        return false;
    if (host.at[0] == '[')
        return is_literal(host);
    for (i = 0; i < host.length; i++)
        if (!is_host_char(host.at[i]))
            return false;
    return true;
}

static bool read_port(struct span text, unsigned *port)
{
    size_t i;

    *port = 0;
    for (i = 0; i < text.length; i++)
    {
        if (!is_digit(text.at[i]) || (*port = *port * 10 + (unsigned)(text.at[i] - '0')) > 65535)
            return false;
    }
    return !text.length || *port; /* "host:" is allowed, port 0 is not */
}

static bool split_authority(struct span text, struct authority *out)
{
    const char *host = text.at, *end = text.at + text.length, *colon = NULL, *at;
    struct span port = {NULL, 0};

    for (at = text.at; at < end; at++)
        if (*at == '@')
            host = at + 1;
    for (at = end; at > host && at[-1] != ']'; at--)
        if (at[-1] == ':')
            colon = at - 1;
    out->host.at = host;
    out->host.length = (size_t)((colon ? colon : end) - host);
    if (colon)
    {
        port.at = colon + 1;
        port.length = (size_t)(end - port.at);
    }
    return read_port(port, &out->port) && is_host(out->host);
}

/* Everything of an http or https URL, or false. */
static bool open_url(const char *url, struct parts *parts, struct authority *authority)
{
    const unsigned char *at;

    for (at = (const unsigned char *)url; *at; at++)
        if (*at <= ' ' || *at == 0x7f)
            return false;
    split(url, parts);
    if (!span_is(parts->scheme, "http") && !span_is(parts->scheme, "https"))
        return false;
    return parts->authority.at && split_authority(parts->authority, authority);
}

static unsigned port_of(const struct parts *parts, const struct authority *authority)
{
    if (authority->port)
        return authority->port;
    return span_is(parts->scheme, "https") ? 443 : 80;
}

/* ---- writing into a caller's buffer ---- */

struct out
{
    char *at;
    size_t used, size;
    bool full; /* something did not fit, whatever is taken back later */
};

static void put_char(struct out *out, char c)
{
    if (out->used < out->size)
        out->at[out->used++] = c;
    else
        out->full = true;
}

static void put(struct out *out, struct span span)
{
    size_t i;

    for (i = 0; i < span.length; i++)
        put_char(out, span.at[i]);
}

static void put_text(struct out *out, const char *text)
{
    struct span span = {text, strlen(text)};

    put(out, span);
}

static void put_lower(struct out *out, struct span span)
{
    size_t i;

    for (i = 0; i < span.length; i++)
        put_char(out, lower(span.at[i]));
}

/* Servers send spaces and raw UTF-8 in Location, where both must be escaped. */
static void put_escaped(struct out *out, struct span span)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t i;

    for (i = 0; i < span.length; i++)
    {
        unsigned char c = (unsigned char)span.at[i];

        if (c != ' ' && c < 0x80)
        {
            put_char(out, (char)c);
            continue;
        }
        put_char(out, '%');
        put_char(out, digits[c >> 4]);
        put_char(out, digits[c & 15]);
    }
}

static void put_port(struct out *out, unsigned port)
{
    char digits[6];
    size_t i = sizeof(digits);

    digits[--i] = 0;
    for (; port; port /= 10)
        digits[--i] = (char)('0' + port % 10);
    put_char(out, ':');
    put_text(out, digits + i);
}

static bool put_end(struct out *out)
{
    put_char(out, 0);
    return !out->full;
}

/* ---- questions ---- */

enum failure url_judge(const char *url)
{
    struct authority authority;
    struct parts parts;

    split(url, &parts);
    if (parts.scheme.at && !span_is(parts.scheme, "http") && !span_is(parts.scheme, "https"))
        return FAILURE_UNKNOWN_SCHEME;
    return open_url(url, &parts, &authority) ? FAILURE_NONE : FAILURE_BAD_URL;
}

bool url_is_valid(const char *url, size_t max)
{
    return strlen(url) <= max && url_judge(url) == FAILURE_NONE;
}

bool url_host(const char *url, char *host, size_t size)
{
    char text[URL_HOST_SIZE];
    struct out out = {text, 0, sizeof(text), false};
    struct authority authority;
    struct parts parts;

    if (!open_url(url, &parts, &authority))
        return false;
    put_lower(&out, authority.host);
    if (authority.port && authority.port != (span_is(parts.scheme, "https") ? 443u : 80u))
        put_port(&out, authority.port);
    if (!put_end(&out) || out.used > size)
        return false;
    memcpy(host, text, out.used);
    return true;
}

bool url_is_secure(const char *url)
{
    struct parts parts;

    split(url, &parts);
    return span_is(parts.scheme, "https");
}

bool url_same_origin(const char *a, const char *b)
{
    struct authority authority_a, authority_b;
    struct parts parts_a, parts_b;
    size_t i;

    if (!open_url(a, &parts_a, &authority_a) || !open_url(b, &parts_b, &authority_b))
        return false;
    if (span_is(parts_a.scheme, "https") != span_is(parts_b.scheme, "https") ||
        port_of(&parts_a, &authority_a) != port_of(&parts_b, &authority_b) ||
        authority_a.host.length != authority_b.host.length)
        return false;
    for (i = 0; i < authority_a.host.length; i++)
        if (lower(authority_a.host.at[i]) != lower(authority_b.host.at[i]))
            return false;
    return true;
}

void url_redact(const char *url, char *out_text, size_t size)
{
    struct out out = {out_text, 0, size, false};
    struct authority authority;
    struct parts parts;

    if (!size)
        return;
    if (open_url(url, &parts, &authority))
    {
        put_lower(&out, parts.scheme);
        put_text(&out, "://");
        put(&out, authority.host);
        if (authority.port)
            put_port(&out, authority.port);
        put(&out, parts.path);
    }
    else
        put_text(&out, "(not a URL)"); /* it may hold a password all the same */
    if (!put_end(&out))
        out_text[size - 1] = 0;
}

/* ---- resolving ---- */

/* Takes the last segment back from a path that begins at `start`. */
static void drop_segment(struct out *out, size_t start)
{
    while (out->used > start && out->at[out->used - 1] != '/')
        out->used--;
    if (out->used > start)
        out->used--;
}

/* RFC 3986 5.2.4, on a path that begins with '/'. */
static void put_path(struct out *out, struct span path)
{
    const char *at = path.at, *end = path.at + path.length;
    size_t start = out->used;

    while (at < end)
    {
        struct span segment = {at + 1, 0}; /* at[0] is the '/' before it */
        bool last;

        while (segment.at + segment.length < end && segment.at[segment.length] != '/')
            segment.length++;
        at = segment.at + segment.length;
        last = at == end;
        if (span_is(segment, "..") || span_is(segment, "."))
        {
            if (segment.length == 2)
                drop_segment(out, start);
            if (last)
                put_char(out, '/');
            continue;
        }
        put_char(out, '/');
        put_escaped(out, segment);
    }
}

/* RFC 3986 5.2.3: the base's path up to its last '/', then the reference's. */
static bool merge(struct span base, struct span reference, char *text, size_t size,
                  struct span *merged)
{
    struct out out = {text, 0, size, false};
    size_t keep = base.length;

    while (keep && base.at[keep - 1] != '/')
        keep--;
    if (keep)
    {
        base.length = keep;
        put(&out, base);
    }
    else
        put_char(&out, '/');
    put(&out, reference);
    merged->at = text;
    merged->length = out.used;
    return !out.full;
}

bool url_resolve(const char *base_text, const char *reference_text, char *out_text, size_t size)
{
    char text[URL_SIZE], merge_text[2 * URL_SIZE];
    struct out out = {text, 0, sizeof(text), false};
    struct parts base, reference;
    struct span path;

    split(base_text, &base);
    split(reference_text, &reference);
    if (!base.scheme.at || !base.authority.at)
        return false;
    if (!reference.scheme.at)
    {
        reference.scheme = base.scheme;
        if (!reference.authority.at)
        {
            reference.authority = base.authority;
            if (!reference.path.length)
            {
                reference.path = base.path;
                if (!reference.query.at)
                    reference.query = base.query;
            }
            else if (reference.path.at[0] != '/')
            {
                if (!merge(base.path, reference.path, merge_text, sizeof(merge_text), &path))
                    return false;
                reference.path = path;
            }
        }
    }
    put_lower(&out, reference.scheme);
    put_char(&out, ':');
    if (reference.authority.at)
    {
        put_text(&out, "//");
        put(&out, reference.authority);
    }
    if (reference.path.length && reference.path.at[0] == '/')
        put_path(&out, reference.path);
    else
        put_escaped(&out, reference.path); /* "mailto:somebody": no hierarchy */
    if (reference.query.at)
    {
        put_char(&out, '?');
        put_escaped(&out, reference.query);
    }
    if (!put_end(&out) || out.used > size)
        return false;
    memcpy(out_text, text, out.used);
    return true;
}
