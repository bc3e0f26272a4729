#include "model/http_verdict.h"
#include "model/url.h"

#define OPEN UINT64_MAX
#define UNKNOWN UINT64_MAX

static enum http_verdict fail(struct failure_info *failure, enum failure kind)
{
    failure->kind = kind;
    return HTTP_FAIL;
}

static enum http_verdict fail_status(struct failure_info *failure, const struct http_head *head)
{
    failure->kind = FAILURE_HTTP_STATUS;
    failure->http_status = (uint32_t)head->status;
    return HTTP_FAIL;
}

/* What is kept is dropped and asked for anew; a request that had nothing to drop fails instead, or
 * it would be repeated for ever. A client's own ranges are asked for with Range in any case. */
static enum http_verdict restart_or(const struct http_question *question,
                                    struct failure_info *failure, enum failure kind)
{
    if (question->resuming || (question->ranged && !question->client_range))
        return HTTP_RESTART;
    return fail(failure, kind);
}

uint64_t http_total(const struct http_head *head)
{
    if (head->status == 206 || head->status == 416)
        return head->range_total_known ? head->range_total : UNKNOWN;
    if (head->status == 204 || head->status == 205)
        return 0;
    return head->has_length && !head->chunked ? head->content_length : UNKNOWN;
}

/* What is kept may come from the version that this response describes. */
static bool may_be_same(const struct http_question *question, const struct http_head *head)
{
    struct validator now;

    validator_from_head(&now, head, http_total(head));
    if (question->expected_total != UNKNOWN && now.length != UNKNOWN &&
        question->expected_total != now.length)
        return false;
    return !question->validator || validator_same(question->validator, &now);
}

static bool ends_beyond(const struct http_question *question, uint64_t total)
{
    if (total == UNKNOWN || (!question->first && question->last == OPEN))
        return false;
    return question->first >= total || (question->last != OPEN && question->last >= total);
}

/* 200 and its like: the body is the whole file, whatever was asked. */
static enum http_verdict judge_whole(const struct http_question *question,
                                     const struct http_head *head, struct failure_info *failure)
{
    uint64_t total = http_total(head);

    if (head->has_range) /* somebody between us and the server mixes up responses */
        return restart_or(question, failure, FAILURE_BAD_RESPONSE);
    /* Identity was asked for. A coded body may be what the server calls the file (a .gz), but only
     * its length can show that it is not a coding made up for the way. */
    if (head->encoded && (total == UNKNOWN || (question->expected_total != UNKNOWN &&
                                               question->expected_total != total)))
        return fail(failure, FAILURE_BAD_RESPONSE);
    if (!question->client_range)
        return HTTP_TAKE_ALL;
    if (ends_beyond(question, total))
        return fail(failure, FAILURE_INVALID_RANGE);
    if (!may_be_same(question, head))
        return restart_or(question, failure, FAILURE_BAD_RESPONSE);
    return HTTP_TAKE_SKIPPING;
}

static enum http_verdict judge_part(const struct http_question *question,
                                    const struct http_head *head, struct failure_info *failure)
{
    uint64_t total = http_total(head);

    if (!question->ranged)
        return restart_or(question, failure, FAILURE_BAD_RESPONSE);
    if (head->multipart || !head->has_range)
        return restart_or(question, failure, FAILURE_INSUFFICIENT_RANGE);
    if (!may_be_same(question, head) ||
        (total == UNKNOWN && head->range_last >= question->expected_total))
        return restart_or(question, failure, FAILURE_BAD_RESPONSE);
    if (question->client_range && ends_beyond(question, total))
        return fail(failure, FAILURE_INVALID_RANGE);
    if (head->range_first != question->first)
        return fail(failure, FAILURE_BLOCKSIZE_MISMATCH);
    return HTTP_TAKE_RANGE;
}

static enum http_verdict judge_unsatisfied(const struct http_question *question,
                                           const struct http_head *head,
                                           struct failure_info *failure)
{
    uint64_t total = http_total(head);
    bool same = may_be_same(question, head);

    if (!question->ranged)
        return fail_status(failure, head);
    if (same && total != UNKNOWN)
    {
        if (question->complete && question->expected_total == total)
            return HTTP_COMPLETE;
        if (question->resuming && !question->client_range && question->first == total)
            return HTTP_COMPLETE; /* its length was not known before */
    }
    if (question->client_range && same && ends_beyond(question, total))
        return fail(failure, FAILURE_INVALID_RANGE);
    return restart_or(question, failure, FAILURE_INVALID_RANGE);
}

static enum http_verdict judge_redirect(const struct http_question *question,
                                        const struct http_head *head, char *location, size_t size,
                                        struct failure_info *failure)
{
    if (question->refuse_redirect)
        return fail_status(failure, head);
    if (!head->has_location || question->hops >= HTTP_HOPS_MAX)
        return fail(failure, FAILURE_REDIRECT_LOOP);
    if (!url_resolve(question->url, head->location, location, size) ||
        url_judge(location) != FAILURE_NONE)
        return fail(failure, FAILURE_REDIRECT_REFUSED);
    if (url_is_secure(question->url) && !url_is_secure(location) &&
        !question->allow_insecure_redirect)
        return fail(failure, FAILURE_REDIRECT_REFUSED);
    return HTTP_FOLLOW;
}

enum http_verdict http_judge(const struct http_question *question, const struct http_head *head,
                             char *location, size_t size, struct failure_info *failure)
{
    static const struct failure_info none = {.kind = FAILURE_NONE};

    *failure = none;
    if (head->bad || head->status < 200 || head->status > 599)
        return fail(failure, FAILURE_BAD_RESPONSE);
    switch (head->status)
    {
    case 200:
    case 203:
        return judge_whole(question, head, failure);
    case 201:
    case 202:
    case 204:
    case 205: /* success, but not the file that a GET asks for: never to be taken for an empty one
               */
        if (!question->other_method)
            return fail(failure, FAILURE_BAD_RESPONSE);
        return judge_whole(question, head, failure);
    case 206:
        return judge_part(question, head, failure);
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return judge_redirect(question, head, location, size, failure);
    case 416:
        return judge_unsatisfied(question, head, failure);
    default:
        return fail_status(failure, head);
    }
}
