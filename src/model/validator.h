#ifndef MODEL_VALIDATOR_H
#define MODEL_VALIDATOR_H

#include "model/http_head.h"

/* What tells one version of a remote file from another, kept between requests. */

#define VALIDATOR_LENGTH_UNKNOWN UINT64_MAX
#define RESUME_OVERLAP 65536 /* bytes asked again and compared where there is no If-Range */

struct validator
{
    char etag[HTTP_ETAG_SIZE];
    uint64_t length;
    int64_t last_modified;
    bool has_etag, etag_weak;
    bool has_last_modified;
    bool last_modified_strong; /* at least 1 s before the Date it came with */
};

void validator_init(struct validator *validator);

/* total: the remote file's length as this response tells it, or VALIDATOR_LENGTH_UNKNOWN. */
void validator_from_head(struct validator *validator, const struct http_head *head, uint64_t total);

/* The value for If-Range. False: there is none that RFC 9110 13.1.5 allows; a resume then stands
 * only on RESUME_OVERLAP bytes that agree. */
bool validator_if_range(const struct validator *validator, char *out, size_t size);

/* Whether both may describe one version: nothing that both know differs. ETags are compared
 * weakly. */
bool validator_same(const struct validator *a, const struct validator *b);

#endif
