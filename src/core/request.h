/* The header lines of one request. Engine thread. */
#ifndef DOSVC_CORE_REQUEST_H
#define DOSVC_CORE_REQUEST_H

#include "base/platform.h"

/* Two blocks of the client's have 16,383 characters each, and a line at least 3: none is dropped,
 * least of all a Range that comes after them. */
#define REQUEST_LINES_MAX 11000

struct request
{
    const char *lines[REQUEST_LINES_MAX];
    size_t count;
    char range[80];
    char if_range[300];
    char *blocks[2]; /* copies of the client's, cut into lines */
};

/* custom and more (may be NULL): the client's blocks of lines, already judged by
 * model/header_block; given only for a request to the origin that the client named. */
HRESULT request_init(struct request *request, const char *custom, const char *more);
void request_cleanup(struct request *request);
/* Range: bytes=first-last; last UINT64_MAX leaves the end open. */
void request_add_range(struct request *request, UINT64 first, UINT64 last);
void request_add_if_range(struct request *request, const char *validator);
/* Caches on the way must ask the origin. */
void request_add_fresh(struct request *request);

#endif
