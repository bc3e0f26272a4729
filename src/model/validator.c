#include "model/validator.h"

#include <string.h>

void validator_init(struct validator *validator)
{
    memset(validator, 0, sizeof(*validator));
    validator->length = VALIDATOR_LENGTH_UNKNOWN;
}

void validator_from_head(struct validator *validator, const struct http_head *head, uint64_t total)
{
    validator_init(validator);
    validator->length = total;
    if (head->has_etag)
    {
        memcpy(validator->etag, head->etag, sizeof(validator->etag));
        validator->has_etag = true;
        validator->etag_weak = head->etag_weak;
    }
    if (head->has_last_modified)
    {
        validator->has_last_modified = true;
        validator->last_modified = head->last_modified;
        validator->last_modified_strong = head->has_date && head->last_modified < head->date;
    }
}

bool validator_if_range(const struct validator *validator, char *out, size_t size)
{
    if (!validator->has_etag)
        return validator->has_last_modified && validator->last_modified_strong &&
               http_date_format(validator->last_modified, out, size);
    if (validator->etag_weak || strlen(validator->etag) >= size)
        return false;
    memcpy(out, validator->etag, strlen(validator->etag) + 1);
    return true;
}

bool validator_same(const struct validator *a, const struct validator *b)
{
    bool both_tags = a->has_etag && b->has_etag;

    if (a->length != b->length && a->length != VALIDATOR_LENGTH_UNKNOWN &&
        b->length != VALIDATOR_LENGTH_UNKNOWN)
        return false;
    if (both_tags && strcmp(a->etag, b->etag))
        return false;
    /* Mirrors that copy a file may date it differently; a strong tag is the better witness. */
    if (both_tags && !a->etag_weak && !b->etag_weak)
        return true;
    return !a->has_last_modified || !b->has_last_modified || a->last_modified == b->last_modified;
}
