#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/lock.h"
#include "core/verdict.h"
#include "core/size_rule.h"
#include "core/throttle.h"

#include <stdio.h>

#define RESTARTS_MAX 3 /* per transfer: a server whose answers never agree */

/* Ends this exchange; done follows and does what `step` says. */
static enum http_go turn(struct transfer *transfer, enum next_step step)
{
    if (!transfer->ending)
        transfer->step = step;
    return HTTP_STOP;
}

/* ---- what is known of the file ---- */

/* Whether this head is of another content than the one that is kept. */
static bool has_changed(const struct transfer *transfer, const struct http_head *head)
{
    struct validator now;

    validator_from_head(&now, head, http_total(head));
    return !validator_same(&transfer->validator, &now);
}

/* What was fetched is of no use: begin again at 0. The caller says why in the log. */
static bool forget(struct transfer *transfer, bool changed)
{
    if (++transfer->restarts > RESTARTS_MAX)
    {
        transfer_end_with(transfer, FAILURE_BAD_RESPONSE, S_OK,
                          "the content changes with every answer");
        return false;
    }
    crew_stop(transfer);
    if (FAILED(sink_restart(transfer->sink)))
    {
        transfer_end_with(
            transfer, transfer->file->stream ? FAILURE_INSUFFICIENT_RANGE : FAILURE_OUT_OF_MEMORY,
            S_OK, transfer->file->stream ? "a stream cannot begin again" : NULL);
        return false;
    }
    transfer->lane = NULL; /* what is asked next is planned anew */
    if (transfer->exchange)
    {
        transfer->lane = sink_front(transfer->sink);
        sink_lane_set_growing(transfer->lane, true);
    }
    transfer_forget_content(transfer, changed);
    return true;
}

void transfer_begin_anew(struct transfer *transfer, const char *why)
{
    WARN("%s: %s, starting over", LOG_FILE(transfer->file), why);
    forget(transfer, true);
}

static void set_total(struct transfer *transfer, UINT64 total)
{
    transfer->total = total;
    lock_take(&engine_lock);
    transfer->file->total = total;
    tally_file_locked(transfer->file);
    lock_drop(&engine_lock);
}

static void replace_text(struct file *file, enum file_text which, WCHAR *text)
{
    mem_free(file->texts[which]);
    file->texts[which] = text;
}

/* The first bytes of an answer are about to come: tell what its head says. */
static void publish_head(struct transfer *transfer, const char *raw)
{
    WCHAR *headers = str_wide_from_utf8(raw); /* NULL: not UTF-8, then there is none to show */
    WCHAR *url = str_wide_from_utf8(transfer->url);
    struct file *file = transfer->file;
    WCHAR *remote_name = NULL; /* what is asked, and asked again, stays the client's own URL */

    if (transfer->security.report_redirect && transfer->hops && !transfer->ending)
        remote_name = str_wide_from_utf8(transfer->url);
    lock_take(&engine_lock);
    file->total = transfer->total;
    tally_file_locked(file);
    file->remote = transfer->remote;
    file->validator = transfer->validator;
    file->validator_source = transfer->validator_source;
    replace_text(file, FILE_RESPONSE_HEADERS, headers);
    replace_text(file, FILE_EFFECTIVE_URL, url);
    if (remote_name)
        replace_text(file, FILE_REMOTE_NAME, remote_name);
    if (file->job->state == JOB_CONNECTING)
        job_move_locked(file->job, JOB_TRANSFERRING);
    else
        job_touch_locked(file->job);
    lock_drop(&engine_lock);
}

/* Whether the file may have the size it has, as far as that is known now. */
static bool sizes_are_right(struct transfer *transfer)
{
    enum failure broken;

    lock_take_shared(&engine_lock);
    broken = size_rule_locked(transfer->file, transfer->total, transfer->remote);
    lock_drop_shared(&engine_lock);
    if (broken != FAILURE_NONE)
        transfer_end_with(transfer, broken, S_OK, size_rule_detail(broken));
    return broken == FAILURE_NONE;
}

/* Takes length and validator from the head of an answer whose body will be taken. */
static bool learn(struct transfer *transfer, const struct http_head *head)
{
    const struct file *file = transfer->file;
    UINT64 remote = http_total(head);

    if (remote != UINT64_MAX && !range_within(file->ranges, file->range_count, remote))
    {
        transfer_end_with(transfer, FAILURE_INVALID_RANGE, S_OK,
                          "a range lies past the end of the file");
        return false;
    }
    if (remote != UINT64_MAX)
        transfer->remote = remote;
    transfer->total = range_total(file->ranges, file->range_count, transfer->remote);
    if (!sizes_are_right(transfer))
        return false;
    validator_from_head(&transfer->validator, head, transfer->remote);
    transfer->validator_source = transfer->source.index;
    transfer->stall_rule = head->accept_ranges || head->has_range;
    return true;
}

/* ---- the answer ---- */

/* Cookies stay with the origin that set them (libcurl would take two ports of a host for one and
 * the same), and so does what is known of the way there. */
static void go_to(struct transfer *transfer, const char *url)
{
    if (!url_same_origin(transfer->url, url))
    {
        http_cookies_release(transfer->cookies);
        transfer->cookies = NULL;
        memset(transfer->logins, 0, sizeof(transfer->logins));
        transfer->routed = false;
    }
    lstrcpynA(transfer->url, url, sizeof(transfer->url));
}

/* An address that a redirect gave may be good for a while only: the client's own is asked again,
 * once a transfer. */
static bool address_expired(struct transfer *transfer, const struct http_head *head)
{
    char shown[256];

    if (!transfer->hops || transfer->asked_origin_again ||
        (head->status != 401 && head->status != 403 && head->status != 410))
        return false;
    url_redact(transfer->url, shown, sizeof(shown));
    INFO("%s: %d from %s, asking the original address again", LOG_FILE(transfer->file),
         head->status, shown);
    transfer->asked_origin_again = true;
    transfer->hops = 0;
    go_to(transfer, transfer->source.url);
    return true;
}

static enum http_go head_came(void *context, const struct http_head *head, const char *raw)
{
    struct transfer *transfer = context;
    struct failure_info failure = {.kind = FAILURE_NONE};
    char location[HTTP_LOCATION_SIZE], shown[256];
    enum http_verdict verdict;

    if (transfer->ending)
        return HTTP_STOP;
    transfer->headed = true;
    transfer->partial = head->has_range;
    transfer->body_left = head->has_length && !head->chunked ? head->content_length : UINT64_MAX;
    transfer->heard_at = clock_now();
    verdict = http_judge(&transfer->question, head, location, sizeof(location), &failure);
    url_redact(transfer->url, shown, sizeof(shown));
    INFO("%s: %d from %s", LOG_FILE(transfer->file), head->status, shown);
    switch (verdict)
    {
    case HTTP_FOLLOW:
        INFO("%s: redirected to %s", LOG_FILE(transfer->file), LOG_URL(location));
        go_to(transfer, location);
        security_redirected(&transfer->security, head->status);
        transfer->hops++;
        return turn(transfer, NEXT_ASK);
    case HTTP_RESTART:
        WARN("%s: what is here does not fit the answer, starting over", LOG_FILE(transfer->file));
        return forget(transfer, has_changed(transfer, head)) ? turn(transfer, NEXT_ASK) : HTTP_STOP;
    case HTTP_COMPLETE:
        set_total(transfer, sink_position(transfer->sink));
        if (sizes_are_right(transfer))
            transfer_end(transfer, NULL, NULL);
        return HTTP_STOP;
    case HTTP_FAIL:
        if (transfer_answers_challenge(transfer, head->status, raw) ||
            address_expired(transfer, head))
            return turn(transfer, NEXT_ASK);
        if (head->has_retry_after)
            transfer->end.retry_after = head->retry_after;
        /* the error names the file's own address; another one is worth telling */
        snprintf(location, sizeof(location), "the %s answered %d%s%s",
                 head->status == 407 ? "proxy" : "server", head->status,
                 transfer->hops ? " for " : "", transfer->hops ? shown : "");
        transfer_end(transfer, &failure, location);
        publish_head(transfer, raw);
        return HTTP_STOP;
    case HTTP_TAKE_ALL:
        if (!sink_is_empty(transfer->sink))
        {
            WARN("%s: the server sends all of it, starting over", LOG_FILE(transfer->file));
            if (!forget(transfer, has_changed(transfer, head)))
                return HTTP_STOP;
        }
        /* whatever an answer without a body said before: only this one counts */
        transfer->remote = UINT64_MAX;
        transfer->left = UINT64_MAX;
        transfer->asked_from = transfer->wanted_first = 0;
        transfer->skip = 0;
        transfer->overlap_left = 0;
        break;
    case HTTP_TAKE_SKIPPING:
        transfer->skip = transfer->question.first;
        break;
    case HTTP_TAKE_RANGE:
        break;
    }
    if (!learn(transfer, head))
        return HTTP_STOP;
    if (transfer->left == UINT64_MAX && transfer->remote != UINT64_MAX)
        transfer->left = transfer->remote - transfer->wanted_first;
    if (security_is_head(&transfer->security))
        transfer->total = transfer->left = 0; /* the length told is of a body that does not come */
    publish_head(transfer, raw);
    crew_begin(transfer);
    return HTTP_GO;
}

/* The bytes that were asked again: true if they are what the part file has. */
static bool overlap_agrees(struct transfer *transfer, const BYTE *data, size_t size)
{
    if (!memcmp(transfer->overlap, data, size))
    {
        transfer->overlap += size;
        transfer->overlap_left -= size;
        return true;
    }
    WARN("%s: the bytes fetched again differ, starting over", LOG_FILE(transfer->file));
    return false;
}

static enum http_go body_came(void *context, const void *bytes, size_t size)
{
    struct transfer *transfer = context;
    const BYTE *data = bytes;
    size_t skip, same, take;
    UINT64 now;

    if (transfer->ending)
        return HTTP_STOP;
    skip = (size_t)MIN(transfer->skip, size);
    same = MIN(transfer->overlap_left, size - skip);
    take = (size_t)MIN(transfer->left, size - skip - same);
    now = clock_now();
    if (!throttle_is_open(transfer->file, now))
    {
        if (!transfer->limited_since)
            transfer->limited_since = now;
        return HTTP_PAUSE;
    }
    transfer->heard_at = now;
    switch (sink_put(transfer->lane, data + skip + same, take, transfer->left))
    {
    case SINK_FULL:
        transfer->paused = true;
        return HTTP_PAUSE;
    case SINK_FAILED:
        transfer_end_with(transfer, FAILURE_OUT_OF_MEMORY, S_OK, NULL);
        return HTTP_STOP;
    case SINK_TAKEN:
        break;
    }
    throttle_took(transfer->file, size, now);
    transfer->heard += size;
    transfer->skip -= skip;
    if (transfer->left != UINT64_MAX)
        transfer->left -= take;
    if (same && !overlap_agrees(transfer, data + skip, same))
        return forget(transfer, true) ? turn(transfer, NEXT_ASK) : HTTP_STOP;
    if (transfer->body_left != UINT64_MAX)
        transfer->body_left -= MIN(size, transfer->body_left);
    /* What comes after the wanted bytes is not waited for; where nothing does, the connection can
     * be used again. */
    return transfer->left || !transfer->body_left ? HTTP_GO : turn(transfer, NEXT_JUDGE);
}

/* The body is over, or has all that was wanted: is anything missing? */
static void judge_rest(struct transfer *transfer)
{
    UINT64 position = sink_position(transfer->sink);

    /* The end of an answer with all of it may be the only sign of the file's end. A part of a file
     * of unknown length says nothing: more is asked for until the server has no more. */
    if (transfer->total == UINT64_MAX && transfer->left == UINT64_MAX && !transfer->partial)
    {
        set_total(transfer, position);
        if (!sizes_are_right(transfer))
            return;
    }
    if (position == transfer->total)
        transfer_end(transfer, NULL, NULL);
    else if (position > transfer->asked_from)
        transfer_ask(transfer);
    else
        transfer_end_with(transfer, FAILURE_CONNECTION_RESET, S_OK,
                          "the server sent nothing of the rest");
}

/* The proxy asked who wants the tunnel, and there is an answer. */
static bool tunnel_refused(struct transfer *transfer, const struct http_result *result)
{
    return !result->stopped && !transfer->headed && transfer->step != NEXT_END &&
           result->failure.kind == FAILURE_HTTP_STATUS && result->failure.http_status == 407 &&
           transfer_answers_challenge(transfer, 407, NULL);
}

static void go_on_or_end(struct transfer *transfer, const struct http_result *result)
{
    if (!crew_bears(transfer, result->failure.kind))
    {
        transfer_end(transfer, &result->failure, result->detail);
        return;
    }
    INFO("%s: its connection failed, others go on: %s", LOG_FILE(transfer->file), result->detail);
    transfer_ask(transfer);
}

static void exchange_done(void *context, const struct http_result *result)
{
    struct transfer *transfer = context;
    WCHAR *ip = result->server_ip[0] ? str_wide_from_utf8(result->server_ip) : NULL;
    struct certificate *unjudged = http_take_certificate(transfer->exchange);

    transfer->exchange = NULL;
    sink_lane_set_growing(transfer->lane, false);
    transfer->lane = NULL;
    transfer->paused = false;
    transfer->limited_since = 0;
    lock_take(&engine_lock);
    transfer_count_locked(transfer);
    if (ip && !result->reused_connection)
    {
        transfer->file->connections++;
        transfer->file->cache_connections += transfer->source.index == SOURCE_CACHE;
    }
    if (ip)
        replace_text(transfer->file, FILE_SERVER_IP, ip);
    lock_drop(&engine_lock);
    if (unjudged)
        verdict_ask(transfer, unjudged);
    else if (tunnel_refused(transfer, result))
        transfer_ask(transfer);
    else if (!result->stopped && result->failure.kind != FAILURE_NONE && transfer->step != NEXT_END)
        go_on_or_end(transfer, result);
    else if (transfer->step == NEXT_ASK)
        transfer_ask(transfer);
    else if (transfer->step == NEXT_JUDGE)
        judge_rest(transfer);
    transfer_close_when_quiet(transfer);
}

/* Waiting for the disk is no fault of the server's: no limit runs meanwhile. */
static bool has_room(void *context, size_t size)
{
    struct transfer *transfer = context;

    transfer->paused = !transfer->ending && !sink_takes(transfer->lane, size, transfer->left);
    return !transfer->paused;
}

const struct http_callbacks transfer_answer = {head_came, body_came, exchange_done, has_room};
