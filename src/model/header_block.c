#include "model/header_block.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In lower case. */
static const char *const reserved[] = {
    "accept-encoding",   /* a decoded body would not be the file */
    "connection",        /* ... the connection is ours */
    "content-length",    /* a request has no body */
    "expect",            /* ... so there is nothing to wait for */
    "host",              /* follows from the URL */
    "if-match",          /* conditions belong to the resume logic */
    "if-modified-since", /* ... */
    "if-none-match",     /* ... */
    "if-range",          /* ... */
    "if-unmodified-since",
    "keep-alive",
    "proxy-connection",
    "range", /* what is asked for follows from what is here */
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_token(char c) /* RFC 9110 5.6.2 */
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_value(char c)
{
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

static bool is_reserved(const char *name, size_t length)
{
    size_t i, j;

    for (i = 0; i < COUNT(reserved); i++)
    {
        if (strlen(reserved[i]) != length)
            continue;
        for (j = 0; j < length && lower(name[j]) == reserved[i][j]; j++)
            ;
        if (j == length)
            return true;
    }
    return false;
}

/* Fills value and name_length from text and length. */
static bool split(struct header_line *line)
{
    const char *end = line->text + line->length;
    const char *at = line->text;
    const char *p;

    while (at < end && is_token(*at))
        at++;
    line->name_length = (size_t)(at - line->text);
    if (!line->name_length || at == end || *at != ':' || is_reserved(line->text, line->name_length))
        return false;
    at++;
    for (p = at; p < end; p++)
        if (!is_value(*p))
            return false;
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    line->value = at;
    line->value_length = (size_t)(end - at);
    return true;
}

bool header_block_next(const char **cursor, struct header_line *line)
{
    const char *start = *cursor;
    const char *end = start + strcspn(start, "\n");
    const char *next = *end ? end + 1 : end;

    if (!*start)
        return false;
    if (*end && end > start && end[-1] == '\r')
        end--;
    line->text = start;
    line->length = (size_t)(end - start);
    if (!split(line))
        return false;
    *cursor = next;
    return true;
}

bool header_block_is_valid(const char *block)
{
    struct header_line line;

    while (header_block_next(&block, &line))
        ;
    return !*block;
}
