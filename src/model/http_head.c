#include "model/http_head.h"

#include <string.h>

struct text
{
    const char *at;
    size_t length;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool starts_with(struct text text, const char *word)
{
    size_t i;

    for (i = 0; word[i]; i++)
        if (i >= text.length || lower(text.at[i]) != word[i])
            return false;
    return true;
}

static bool is(struct text text, const char *word)
{
    return text.length == strlen(word) && starts_with(text, word);
}

static struct text skip(struct text text, size_t count)
{
    text.at += count;
    text.length -= count;
    return text;
}

static struct text trim(struct text text)
{
    while (text.length && is_blank(text.at[0]))
        text = skip(text, 1);
    while (text.length && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

/* Cuts the next item off a comma-separated list. */
static bool next_item(struct text *list, struct text *item)
{
    size_t i = 0;

    if (!list->length)
        return false;
    while (i < list->length && list->at[i] != ',')
        i++;
    item->at = list->at;
    item->length = i;
    *item = trim(*item);
    *list = skip(*list, i < list->length ? i + 1 : i);
    return true;
}

/* Takes a number off the front. */
static bool take_number(struct text *text, uint64_t *value)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < text->length && is_digit(text->at[i]); i++)
    {
        unsigned digit = (unsigned)(text->at[i] - '0');

        if (n > (UINT64_MAX - 1 - digit) / 10) /* UINT64_MAX means "unknown" everywhere */
            return false;
        n = n * 10 + digit;
    }
    if (!i)
        return false;
    *text = skip(*text, i);
    *value = n;
    return true;
}

static bool is_number(struct text text, uint64_t *value)
{
    return take_number(&text, value) && !text.length;
}

static bool take_char(struct text *text, char c)
{
    if (!text->length || text->at[0] != c)
        return false;
    *text = skip(*text, 1);
    return true;
}

/* ---- the headers that matter; each returns false if the whole head is to be refused ---- */

/* Two lengths that differ are how requests and responses are smuggled. */
static bool read_content_length(struct http_head *head, struct text value)
{
    struct text item;
    uint64_t length;

    if (!value.length)
        return false;
    while (next_item(&value, &item))
    {
        if (!is_number(item, &length))
            return false;
        if (head->has_length && length != head->content_length)
            return false;
        head->has_length = true;
        head->content_length = length;
    }
    return true;
}

static bool read_transfer_encoding(struct http_head *head, struct text value)
{
    struct text item;

    while (next_item(&value, &item))
    {
        if (is(item, "chunked"))
            head->chunked = true;
        else if (item.length && !is(item, "identity"))
            head->encoded = true;
    }
    return true;
}

static bool read_content_encoding(struct http_head *head, struct text value)
{
    struct text item;

    while (next_item(&value, &item))
        if (item.length && !is(item, "identity"))
            head->encoded = true;
    return true;
}

/* A range that makes no sense is as good as none: RFC 9110 14.4. */
static bool read_content_range(struct http_head *head, struct text value)
{
    uint64_t first = 0, last = 0, total = 0;
    bool unsatisfied, known;

    head->has_range = head->range_unsatisfied = head->range_total_known = false;
    if (!starts_with(value, "bytes"))
        return true;
    value = skip(value, strlen("bytes"));
    if (!take_char(&value, ' ') && !take_char(&value, '=')) /* some write it like the request */
        return true;
    value = trim(value);
    unsatisfied = take_char(&value, '*');
    if (!unsatisfied &&
        (!take_number(&value, &first) || !take_char(&value, '-') || !take_number(&value, &last)))
        return true;
    if (!take_char(&value, '/'))
        return true;
    known = is_number(value, &total);
    if (!known && !is(value, "*"))
        return true;
    if (!unsatisfied && (first > last || (known && last >= total)))
        return true;
    head->has_range = !unsatisfied;
    head->range_unsatisfied = unsatisfied;
    head->range_first = first;
    head->range_last = last;
    head->range_total_known = known;
    head->range_total = total;
    return true;
}

static bool read_accept_ranges(struct http_head *head, struct text value)
{
    struct text item;

    while (next_item(&value, &item))
        if (is(item, "bytes"))
            head->accept_ranges = true;
    return true;
}

/* A tag without quotes is against the rules and common. It still tells versions apart, but may not
 * be sent in If-Range, which is what weak means here. */
static bool read_etag(struct http_head *head, struct text value)
{
    bool weak = value.length >= 2 && value.at[0] == 'W' && value.at[1] == '/';

    if (weak)
        value = skip(value, 2);
    if (!value.length || value.length >= sizeof(head->etag))
        return true;
    if (value.length < 2 || value.at[0] != '"' || value.at[value.length - 1] != '"')
        weak = true;
    memcpy(head->etag, value.at, value.length);
    head->etag[value.length] = 0;
    head->has_etag = true;
    head->etag_weak = weak;
    return true;
}

static bool read_last_modified(struct http_head *head, struct text value)
{
    head->has_last_modified = http_date_parse(value.at, value.length, &head->last_modified);
    return true;
}

/* Retry-After may be a date, which means nothing without the server's own clock. */
static void settle_retry_after(struct http_head *head)
{
    if (head->retry_after_date == INT64_MIN || !head->has_date)
        return;
    head->has_retry_after = true;
    head->retry_after =
        head->retry_after_date > head->date ? (uint64_t)(head->retry_after_date - head->date) : 0;
}

static bool read_date(struct http_head *head, struct text value)
{
    head->has_date = http_date_parse(value.at, value.length, &head->date);
    settle_retry_after(head);
    return true;
}

static bool read_retry_after(struct http_head *head, struct text value)
{
    head->retry_after_date = INT64_MIN;
    if (is_number(value, &head->retry_after))
        head->has_retry_after = true;
    else if (http_date_parse(value.at, value.length, &head->retry_after_date))
        settle_retry_after(head);
    return true;
}

/* One that does not fit leads nowhere that we could go: as good as none. */
static bool read_location(struct http_head *head, struct text value)
{
    if (head->has_location || !value.length || value.length >= sizeof(head->location))
        return true;
    memcpy(head->location, value.at, value.length);
    head->location[value.length] = 0;
    head->has_location = true;
    return true;
}

static bool read_content_type(struct http_head *head, struct text value)
{
    head->multipart = starts_with(value, "multipart/byteranges");
    return true;
}

static const struct reader
{
    const char *name;
    bool (*read)(struct http_head *head, struct text value);
} readers[] = {
    {"accept-ranges", read_accept_ranges},
    {"content-encoding", read_content_encoding},
    {"content-length", read_content_length},
    {"content-range", read_content_range},
    {"content-type", read_content_type},
    {"date", read_date},
    {"etag", read_etag},
    {"last-modified", read_last_modified},
    {"location", read_location},
    {"retry-after", read_retry_after},
    {"transfer-encoding", read_transfer_encoding},
};

/* ---- lines ---- */

static bool is_token_char(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_clean(struct text text)
{
    size_t i;

    for (i = 0; i < text.length; i++)
        if (((unsigned char)text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return false;
    return true;
}

static bool read_header(struct http_head *head, struct text line)
{
    struct text name = line, value;
    size_t i;

    name.length = 0;
    while (name.length < line.length && is_token_char(line.at[name.length]))
        name.length++;
    if (!name.length || name.length == line.length || line.at[name.length] != ':')
        return false;
    value = trim(skip(line, name.length + 1));
    for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
    {
        if (!is(name, readers[i].name))
            continue;
        head->in_known = true;
        return readers[i].read(head, value);
    }
    head->in_known = false;
    return true;
}

/* "HTTP/1.1 206 Partial Content"; "HTTP/2 200" has no minor version and no words. */
static bool read_status_line(struct http_head *head, struct text line)
{
    size_t bytes = head->bytes;
    uint64_t status;

    http_head_init(head);
    head->bytes = bytes;
    line = skip(line, strlen("http/"));
    if (!line.length || !is_digit(line.at[0]))
        return false;
    head->version_major = (unsigned)(line.at[0] - '0');
    line = skip(line, 1);
    if (take_char(&line, '.'))
    {
        if (!line.length || !is_digit(line.at[0]))
            return false;
        head->version_minor = (unsigned)(line.at[0] - '0');
        line = skip(line, 1);
    }
    if (!take_char(&line, ' '))
        return false;
    line = trim(line);
    if (!take_number(&line, &status) || status < 100 || status > 999)
        return false;
    if (line.length && !is_blank(line.at[0]))
        return false;
    head->status = (int)status;
    return true;
}

static bool read_line(struct http_head *head, struct text line)
{
    if (!is_clean(line))
        return false;
    if (starts_with(line, "http/"))
        return read_status_line(head, line);
    if (!head->status || head->bad)
        return false;
    if (!line.length)
        return true;
    if (is_blank(line.at[0])) /* a continued line: obsolete, and no matter to us but here */
        return !head->in_known;
    return read_header(head, line);
}

void http_head_init(struct http_head *head)
{
    memset(head, 0, sizeof(*head));
    head->retry_after_date = INT64_MIN;
}

bool http_head_line(struct http_head *head, const char *line, size_t length)
{
    struct text text = {line, length};

    if (length > HTTP_HEAD_MAX - head->bytes)
    {
        head->bytes = HTTP_HEAD_MAX; /* a status line cannot make it good again */
        head->bad = true;
        return false;
    }
    head->bytes += length;
    if (text.length && text.at[text.length - 1] == '\n')
        text.length--;
    if (text.length && text.at[text.length - 1] == '\r')
        text.length--;
    if (!read_line(head, text))
        head->bad = true;
    return !head->bad;
}

bool http_head_parse(struct http_head *head, const char *text, size_t length)
{
    http_head_init(head);
    while (length)
    {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) + 1 : length;

        if (!http_head_line(head, text, line))
            return false;
        text += line;
        length -= line;
    }
    return head->status != 0;
}
