#ifndef MODEL_HTTP_VERDICT_H
#define MODEL_HTTP_VERDICT_H

#include "model/failure.h"
#include "model/validator.h"

/* What a response head means for the request it answers. */

#define HTTP_HOPS_MAX 10

struct http_question
{
    bool ranged; /* Range was sent: first..last */
    uint64_t first;
    uint64_t last;                     /* included; UINT64_MAX: open */
    bool resuming;                     /* bytes of an earlier response are kept */
    bool client_range;                 /* the client asked for ranges */
    uint64_t expected_total;           /* of the remote file; UINT64_MAX unknown */
    const struct validator *validator; /* of the bytes that are kept; NULL none */
    bool complete;                     /* all bytes are here already */
    const char *url;                   /* that was asked */
    unsigned hops;                     /* redirects followed to get there */
    bool other_method;                 /* than GET: any success is what was wanted */
    bool refuse_redirect;              /* a redirect is an error, the status its code */
    bool allow_insecure_redirect;      /* https to http */
};

enum http_verdict
{
    HTTP_TAKE_ALL,      /* the body is the whole file, from 0 */
    HTTP_TAKE_RANGE,    /* the body starts at range_first, which is what was asked */
    HTTP_TAKE_SKIPPING, /* the body is the whole file: skip to the range that was asked */
    HTTP_FOLLOW,        /* ask at location */
    HTTP_RESTART,       /* what is kept is of no use: forget it and ask again from the start */
    HTTP_COMPLETE,      /* nothing is missing */
    HTTP_FAIL           /* failure says why; failure_is_transient whether to ask again */
};

/* location (HTTP_LOCATION_SIZE) is written for HTTP_FOLLOW, failure for HTTP_FAIL; on any other
 * verdict failure is FAILURE_NONE. RESTART is never said where it
 * could go on for ever: to a request that kept nothing and had no Range but the client's own. */
enum http_verdict http_judge(const struct http_question *question, const struct http_head *head,
                             char *location, size_t size, struct failure_info *failure);

/* The length of the whole remote file as this head tells it, or UINT64_MAX. */
uint64_t http_total(const struct http_head *head);

#endif
