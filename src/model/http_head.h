#ifndef MODEL_HTTP_HEAD_H
#define MODEL_HTTP_HEAD_H

#include "model/http_date.h"

/* A response head, read line by line as it arrives. */

#define HTTP_HEAD_MAX 65536 /* bytes of one head */
#define HTTP_ETAG_SIZE 256
#define HTTP_LOCATION_SIZE 2300

struct http_head
{
    int status;
    unsigned version_major, version_minor;
    uint64_t content_length;
    uint64_t range_first, range_last; /* Content-Range, both included */
    uint64_t range_total;
    int64_t last_modified, date; /* seconds since 1970 UTC */
    uint64_t retry_after;        /* s; a date is relative to this response's Date */
    int64_t retry_after_date;    /* as sent; INT64_MIN = none */
    char etag[HTTP_ETAG_SIZE];   /* with its quotes, without W/ */
    char location[HTTP_LOCATION_SIZE];
    size_t bytes;
    bool has_length;
    bool has_range; /* a Content-Range with first and last */
    bool range_total_known;
    bool range_unsatisfied; /* "bytes * / N" */
    bool has_etag, etag_weak;
    bool has_last_modified, has_date;
    bool has_retry_after;
    bool accept_ranges;
    bool has_location;
    bool chunked;
    bool encoded;   /* a Content-Encoding other than identity */
    bool multipart; /* multipart/byteranges */
    bool in_known;  /* the last line belongs to a field above: it may not be continued */
    bool bad;       /* malformed or too long; nothing else may be relied on */
};

void http_head_init(struct http_head *head);

/* One line as received, with or without its line end. A status line starts over (after a 1xx), an
 * empty line changes nothing. False, and bad, if the line is malformed or the head too long. */
bool http_head_line(struct http_head *head, const char *line, size_t length);

/* A whole head, status line included. False if bad or without a status line. */
bool http_head_parse(struct http_head *head, const char *text, size_t length);

#endif
