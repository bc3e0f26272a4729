#include "core/transfer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/lock.h"
#include "core/part_name.h"
#include "core/request.h"
#include "core/schedule.h"
#include "core/sink.h"
#include "io/http.h"
#include "io/partfile.h"
#include "model/http_verdict.h"
#include "model/url.h"

#include <assert.h>
#include <stdio.h>

#define RESTARTS_MAX 3      /* per transfer: a server whose answers never agree */
#define FIRST_BYTE_MS 20000 /* from the request to the head */
#define SILENCE_MS 60000    /* between bytes where the stall rule does not apply */
#define TICK_MS 1000
#define PLACE_AGAIN_MS 500 /* between tries to replace a target that somebody has open */
#define PLACE_LIMIT_MS 10000

/* What follows when the exchange has ended. */
enum next_step
{
    NEXT_JUDGE, /* the body ended by itself: see what is missing */
    NEXT_ASK,   /* a redirect, a restart, the next range */
    NEXT_END    /* the end is decided */
};

struct transfer
{
    struct runner *runner;
    struct file *file;     /* whose job is counted */
    struct transfer *next; /* in runner->transfers */
    struct transfer **link;

    /* copies made under engine_lock at the start */
    char *origin; /* the URL that the client gave */
    char *custom; /* its header lines, or NULL */
    bool insecure_redirect;

    char url[URL_SIZE]; /* asked now, after redirects */
    char host[URL_HOST_SIZE];
    unsigned int hops;
    unsigned int restarts;
    struct validator validator; /* of what the sink holds */
    UINT64 total;               /* of the local file, as in struct file */
    UINT64 remote;

    struct sink *sink;
    bool ready; /* the sink is open */
    struct http_exchange *exchange;
    enum next_step step;
    struct http_question question; /* of the request under way */
    UINT64 skip;                   /* bytes of the body to drop before the wanted ones */
    UINT64 left;                   /* bytes wanted of this body; UINT64_MAX: to its end */
    UINT64 asked_from;             /* sink_position at the request */
    UINT64 wanted_first;           /* remote offset of the first wanted byte */
    UINT64 opened_at;              /* sink_position when the part file was opened */
    const BYTE *overlap;           /* what the next bytes must equal, and how many */
    size_t overlap_left;
    bool headed; /* the head has come */

    UINT64 asked_at; /* clock_now() of the request */
    UINT64 heard_at; /* ... of its last bytes */
    UINT64 heard;    /* bytes of all bodies */
    bool paused;     /* by us, for want of a buffer */
    bool stall_rule; /* the server has ranges: a crawl is worth another connection */

    struct runner_op place_op; /* a download's rename into place */
    UINT64 place_at;           /* clock_now() of the next try; CLOCK_NEVER: none is due */
    UINT64 place_until;

    bool ending;
    struct transfer_end end;
};

static void ask(struct transfer *transfer);

/* ---- the end ---- */

static void transfer_free(struct transfer *transfer)
{
    if (transfer->link)
    {
        *transfer->link = transfer->next;
        if (transfer->next)
            transfer->next->link = transfer->link;
        transfer->runner->transfer_count--;
    }
    mem_free(transfer->origin);
    mem_free(transfer->custom);
    mem_free(transfer);
}

static void close_when_quiet(struct transfer *transfer)
{
    if (transfer->ending && transfer->ready && !transfer->exchange)
    {
        transfer->ready = false;
        sink_seal(transfer->sink);
    }
}

/* The first call decides how the transfer ends. */
static void end(struct transfer *transfer, const struct failure_info *failure, const char *detail)
{
    if (transfer->ending)
        return;
    transfer->ending = true;
    transfer->step = NEXT_END;
    if (failure)
        transfer->end.failure = *failure;
    lstrcpynA(transfer->end.detail, detail ? detail : "", sizeof(transfer->end.detail));
    if (transfer->exchange)
        http_stop(transfer->exchange);
    close_when_quiet(transfer);
}

static void end_with(struct transfer *transfer, enum failure kind, HRESULT hr, const char *detail)
{
    const struct failure_info failure = {.kind = kind, .hr = (uint32_t)hr};

    end(transfer, &failure, detail);
}

void transfer_stop(struct transfer *transfer)
{
    if (transfer->ending)
        return;
    transfer->end.stopped = true;
    end(transfer, NULL, NULL);
}

/* Ends this exchange; done follows and does what `step` says. */
static enum http_go turn(struct transfer *transfer, enum next_step step)
{
    if (!transfer->ending)
        transfer->step = step;
    return HTTP_STOP;
}

/* ---- what is known of the file ---- */

static void publish_restart(struct transfer *transfer)
{
    struct file *file = transfer->file;

    lock_take(&engine_lock);
    file->received = 0;
    file->checkpoint = 0;
    file->remote = UINT64_MAX;
    file->total = transfer->total;
    validator_init(&file->validator);
    job_touch_locked(file->job);
    lock_drop(&engine_lock);
}

/* What was fetched is of no use: begin again at 0. The caller says why in the log. */
static bool forget(struct transfer *transfer)
{
    if (++transfer->restarts > RESTARTS_MAX)
    {
        end_with(transfer, FAILURE_BAD_RESPONSE, S_OK, "the content changes with every answer");
        return false;
    }
    if (FAILED(sink_restart(transfer->sink)))
    {
        end_with(transfer,
                 transfer->file->stream ? FAILURE_INSUFFICIENT_RANGE : FAILURE_OUT_OF_MEMORY, S_OK,
                 transfer->file->stream ? "a stream cannot begin again" : NULL);
        return false;
    }
    transfer->remote = UINT64_MAX;
    transfer->total = range_total(transfer->file->ranges, transfer->file->range_count, UINT64_MAX);
    validator_init(&transfer->validator);
    publish_restart(transfer);
    return true;
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

    lock_take(&engine_lock);
    file->total = transfer->total;
    file->remote = transfer->remote;
    file->validator = transfer->validator;
    replace_text(file, FILE_RESPONSE_HEADERS, headers);
    replace_text(file, FILE_EFFECTIVE_URL, url);
    if (file->job->state == JOB_CONNECTING)
        job_move_locked(file->job, JOB_TRANSFERRING);
    else
        job_touch_locked(file->job);
    lock_drop(&engine_lock);
}

/* Takes length and validator from the head of an answer whose body will be taken. */
static bool learn(struct transfer *transfer, const struct http_head *head)
{
    const struct file *file = transfer->file;
    UINT64 remote = http_total(head);

    if (remote != UINT64_MAX && !range_within(file->ranges, file->range_count, remote))
    {
        end_with(transfer, FAILURE_INVALID_RANGE, S_OK, "a range lies past the end of the file");
        return false;
    }
    if (remote != UINT64_MAX)
        transfer->remote = remote;
    transfer->total = range_total(file->ranges, file->range_count, transfer->remote);
    validator_from_head(&transfer->validator, head, transfer->remote);
    transfer->stall_rule = head->accept_ranges || head->has_range;
    return true;
}

/* ---- the answer ---- */

static enum http_go head_came(void *context, const struct http_head *head, const char *raw)
{
    struct transfer *transfer = context;
    struct failure_info failure = {.kind = FAILURE_NONE};
    char location[HTTP_LOCATION_SIZE], shown[256];
    enum http_verdict verdict;

    if (transfer->ending)
        return HTTP_STOP;
    transfer->headed = true;
    transfer->heard_at = clock_now();
    verdict = http_judge(&transfer->question, head, location, sizeof(location), &failure);
    url_redact(transfer->url, shown, sizeof(shown));
    INFO("file %u: %d from %s", (unsigned int)transfer->file->index, head->status, shown);
    switch (verdict)
    {
    case HTTP_FOLLOW:
        lstrcpynA(transfer->url, location, sizeof(transfer->url));
        transfer->hops++;
        return turn(transfer, NEXT_ASK);
    case HTTP_RESTART:
        WARN("file %u: what is here does not fit the answer, starting over",
             (unsigned int)transfer->file->index);
        return forget(transfer) ? turn(transfer, NEXT_ASK) : HTTP_STOP;
    case HTTP_COMPLETE:
        end(transfer, NULL, NULL);
        return HTTP_STOP;
    case HTTP_FAIL:
        if (head->has_retry_after)
            transfer->end.retry_after = head->retry_after;
        snprintf(location, sizeof(location), "the server answered %d for %s", head->status, shown);
        end(transfer, &failure, location);
        publish_head(transfer, raw);
        return HTTP_STOP;
    case HTTP_TAKE_ALL:
        if (sink_position(transfer->sink))
        {
            WARN("file %u: the server sends all of it, starting over",
                 (unsigned int)transfer->file->index);
            if (!forget(transfer))
                return HTTP_STOP;
            transfer->asked_from = transfer->wanted_first = 0;
            transfer->left = UINT64_MAX;
        }
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
    publish_head(transfer, raw);
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
    WARN("file %u: the bytes fetched again differ, starting over",
         (unsigned int)transfer->file->index);
    return false;
}

static enum http_go body_came(void *context, const void *bytes, size_t size)
{
    struct transfer *transfer = context;
    const BYTE *data = bytes;
    size_t skip, same, take;

    if (transfer->ending)
        return HTTP_STOP;
    skip = (size_t)MIN(transfer->skip, size);
    same = MIN(transfer->overlap_left, size - skip);
    take = (size_t)MIN(transfer->left, size - skip - same);
    transfer->heard_at = clock_now();
    switch (sink_put(transfer->sink, data + skip + same, take, transfer->left))
    {
    case SINK_FULL:
        transfer->paused = true;
        return HTTP_PAUSE;
    case SINK_FAILED:
        end_with(transfer, FAILURE_OUT_OF_MEMORY, S_OK, NULL);
        return HTTP_STOP;
    case SINK_TAKEN:
        break;
    }
    transfer->heard += size;
    transfer->skip -= skip;
    if (transfer->left != UINT64_MAX)
        transfer->left -= take;
    if (same && !overlap_agrees(transfer, data + skip, same))
        return forget(transfer) ? turn(transfer, NEXT_ASK) : HTTP_STOP;
    /* What comes after the wanted bytes is not waited for. */
    return transfer->left ? HTTP_GO : turn(transfer, NEXT_JUDGE);
}

/* The body is over, or has all that was wanted: is anything missing? */
static void judge_rest(struct transfer *transfer)
{
    UINT64 position = sink_position(transfer->sink);

    if (transfer->total == UINT64_MAX && transfer->left == UINT64_MAX)
    {
        /* The end of the answer was the only sign of the file's end. */
        transfer->total = position;
        lock_take(&engine_lock);
        transfer->file->total = position;
        lock_drop(&engine_lock);
    }
    if (position == transfer->total)
        end(transfer, NULL, NULL);
    else if (position > transfer->asked_from)
        ask(transfer);
    else
        end_with(transfer, FAILURE_CONNECTION_RESET, S_OK, "the server sent nothing of the rest");
}

static void exchange_done(void *context, const struct http_result *result)
{
    struct transfer *transfer = context;
    WCHAR *ip = result->server_ip[0] ? str_wide_from_utf8(result->server_ip) : NULL;

    transfer->exchange = NULL;
    transfer->paused = false;
    if (ip)
    {
        lock_take(&engine_lock);
        replace_text(transfer->file, FILE_SERVER_IP, ip);
        lock_drop(&engine_lock);
    }
    if (!result->stopped && result->failure.kind != FAILURE_NONE && transfer->step != NEXT_END)
        end(transfer, &result->failure, result->detail);
    else if (transfer->step == NEXT_ASK)
        ask(transfer);
    else if (transfer->step == NEXT_JUDGE)
        judge_rest(transfer);
    close_when_quiet(transfer);
}

static const struct http_callbacks callbacks = {head_came, body_came, exchange_done};

/* ---- the request ---- */

/* Sets what the next request asks for. False: nothing is missing. */
static bool plan_request(struct transfer *transfer)
{
    struct http_question *question = &transfer->question;
    const struct file *file = transfer->file;
    UINT64 position = sink_position(transfer->sink);
    UINT64 first, left;
    size_t index;

    if (position == transfer->total ||
        !range_locate(file->ranges, file->range_count, position, &index, &first, &left))
        return false;
    *question = (struct http_question){
        .ranged = file->range_count || position,
        .first = first,
        .last = left == RANGE_TO_END ? UINT64_MAX : first + left - 1,
        .resuming = position != 0,
        .client_range = file->range_count != 0,
        .expected_total = transfer->remote,
        .validator = position ? &transfer->validator : NULL,
        .url = transfer->url,
        .hops = transfer->hops,
        .allow_insecure_redirect = transfer->insecure_redirect,
    };
    if (!file->range_count && transfer->remote != UINT64_MAX && position)
        question->last = transfer->remote - 1;
    transfer->left = left;
    if (!file->range_count && transfer->total != UINT64_MAX)
        transfer->left = transfer->total - position;
    transfer->asked_from = position;
    transfer->wanted_first = first;
    transfer->skip = 0;
    transfer->overlap_left = 0;
    return true;
}

/* No If-Range is allowed: the resume goes back and compares. */
static void plan_overlap(struct transfer *transfer)
{
    size_t size;
    const BYTE *tail = sink_tail(transfer->sink, &size);

    if (transfer->file->range_count || sink_position(transfer->sink) != transfer->opened_at)
        return; /* of this transfer's own bytes, the validator is proof enough */
    transfer->overlap = tail;
    transfer->overlap_left = size;
    transfer->question.first -= size;
}

static HRESULT send_request(struct transfer *transfer)
{
    struct http_question *question = &transfer->question;
    bool home = url_same_origin(transfer->url, transfer->origin);
    struct http_request http = {.url = transfer->url, .callbacks = &callbacks};
    struct request request;
    char validator[HTTP_ETAG_SIZE];
    HRESULT hr;

    if (FAILED(hr = request_init(&request, home ? transfer->custom : NULL)))
        return hr;
    if (question->resuming &&
        !validator_if_range(&transfer->validator, validator, sizeof(validator)))
    {
        validator[0] = 0;
        plan_overlap(transfer);
    }
    if (question->ranged)
        request_add_range(&request, question->first, question->last);
    if (question->resuming && validator[0])
        request_add_if_range(&request, validator);
    http.headers = request.lines;
    http.header_count = request.count;
    http.context = transfer;
    http.small = transfer->left <= 65536;
    hr = http_start(transfer->runner->http, &http, &transfer->exchange);
    request_cleanup(&request);
    return hr;
}

static void ask(struct transfer *transfer)
{
    HRESULT hr;

    if (transfer->ending)
        return;
    if (!plan_request(transfer))
    {
        end(transfer, NULL, NULL);
        return;
    }
    url_host(transfer->url, transfer->host, sizeof(transfer->host));
    transfer->step = NEXT_JUDGE;
    transfer->headed = false;
    transfer->asked_at = transfer->heard_at = clock_now();
    stall_restart(&transfer->file->stall);
    if (FAILED(hr = send_request(transfer)))
        end_with(transfer, hr == E_OUTOFMEMORY ? FAILURE_OUT_OF_MEMORY : FAILURE_INTERNAL, hr,
                 NULL);
}

/* ---- the sink ---- */

static void sink_opened(void *context, HRESULT hr)
{
    struct transfer *transfer = context;
    struct file *file = transfer->file;

    transfer->ready = true;
    transfer->opened_at = SUCCEEDED(hr) ? sink_position(transfer->sink) : 0;
    lock_take(&engine_lock);
    file->part_made = file->part_made || (SUCCEEDED(hr) && !file->stream);
    lock_drop(&engine_lock);
    if (hr == S_FALSE)
    {
        WARN("file %u: its part file is gone or too short, starting over",
             (unsigned int)file->index);
        transfer->remote = UINT64_MAX;
        transfer->total = range_total(file->ranges, file->range_count, UINT64_MAX);
        validator_init(&transfer->validator);
        publish_restart(transfer);
    }
    if (FAILED(hr))
        end_with(transfer, FAILURE_LOCAL_FILE, hr, "the part file cannot be opened");
    else
        ask(transfer);
    close_when_quiet(transfer);
}

static void sink_progress(void *context, UINT64 written, UINT64 flushed)
{
    struct transfer *transfer = context;
    struct file *file = transfer->file;
    struct job *job = file->job;
    UINT64 now = clock_now();

    lock_take(&engine_lock);
    file->received = written;
    file->checkpoint = flushed;
    if (written > file->highest)
    {
        file->highest = written;
        retry_progress(&file->retry);
        job->progress_at = now;
        job->last_cause.kind = FAILURE_NONE;
    }
    if (job->state == JOB_CONNECTING)
        job_move_locked(job, JOB_TRANSFERRING);
    if (now - job->told_at >= job->numbers[JOB_MIN_NOTIFY_INTERVAL])
    {
        job->told_at = now;
        job_touch_locked(job);
    }
    lock_drop(&engine_lock);
}

static void sink_broke(void *context, HRESULT hr)
{
    end_with(context, FAILURE_LOCAL_FILE, hr, "the part file cannot be written");
}

static void sink_has_room(void *context)
{
    struct transfer *transfer = context;

    transfer->paused = false;
    transfer->heard_at = clock_now();
    stall_restart(&transfer->file->stall);
    if (transfer->exchange)
        http_resume(transfer->exchange);
}

static void report(struct transfer *transfer)
{
    struct file *file = transfer->file;
    struct transfer_end result = transfer->end;

    transfer_free(transfer);
    schedule_ended(file, &result);
}

static void fail_late(struct transfer *transfer, HRESULT hr, const char *detail)
{
    transfer->end.stopped = false;
    transfer->end.failure.kind = FAILURE_LOCAL_FILE;
    transfer->end.failure.hr = (uint32_t)hr;
    lstrcpynA(transfer->end.detail, detail, sizeof(transfer->end.detail));
}

/* ---- a download's file goes into place before the state says Transferred ---- */

static void place(struct transfer *transfer);

static void place_finish(struct runner_op *op)
{
    struct transfer *transfer = op->disk.context;
    HRESULT hr = op->disk.result;

    if (partfile_is_in_use(hr) && clock_now() < transfer->place_until)
    {
        transfer->place_at = clock_now() + PLACE_AGAIN_MS;
        return;
    }
    if (SUCCEEDED(hr))
    {
        lock_take(&engine_lock);
        transfer->file->in_place = true;
        lock_drop(&engine_lock);
    }
    else
        fail_late(transfer, hr, "the file cannot be put in place");
    report(transfer);
}

/* Both names are fixed while the transfer lives. */
static void place(struct transfer *transfer)
{
    struct file *file = transfer->file;

    transfer->place_at = CLOCK_NEVER;
    transfer->place_op.disk = (struct disk_op){.verb = DISK_RENAME,
                                               .path = file->texts[FILE_TEMPORARY_NAME],
                                               .to = file->texts[FILE_LOCAL_NAME],
                                               .context = transfer};
    transfer->place_op.finish = place_finish;
    runner_submit(transfer->runner, transfer->runner->disk, &transfer->place_op);
}

static void sink_sealed(void *context, HRESULT hr)
{
    struct transfer *transfer = context;
    const struct transfer_end *result = &transfer->end;
    const struct file *file = transfer->file;

    transfer->sink = NULL;
    if (FAILED(hr) && result->failure.kind == FAILURE_NONE)
        fail_late(transfer, hr, "the part file cannot be written");
    if (file->job->face == JOB_FACE_DOWNLOAD && !file->stream && !result->stopped &&
        result->failure.kind == FAILURE_NONE)
    {
        transfer->place_until = clock_now() + PLACE_LIMIT_MS;
        place(transfer);
        return;
    }
    report(transfer);
}

static const struct sink_events sink_events = {sink_opened, sink_progress, sink_broke,
                                               sink_has_room, sink_sealed};

/* ---- the life of a transfer ---- */

static HRESULT utf8_or_null(const WCHAR *wide, char **utf8)
{
    *utf8 = wide ? str_utf8_from_wide(wide) : NULL;
    return wide && !*utf8 ? HRESULT_FROM_WIN32(GetLastError()) : S_OK;
}

HRESULT transfer_start_locked(struct runner *runner, struct file *file)
{
    struct transfer *transfer = mem_zalloc(sizeof(*transfer));
    struct sink_target target = {0};
    struct job *job = file->job;
    HRESULT hr = E_OUTOFMEMORY;

    if (!transfer)
        return hr;
    transfer->place_at = CLOCK_NEVER;
    transfer->runner = runner;
    transfer->file = file;
    transfer->total = file->total;
    transfer->remote = file->remote;
    transfer->validator = file->validator;
    transfer->insecure_redirect = job->numbers[JOB_INSECURE_REDIRECT] != 0;
    lstrcpynA(transfer->url, file->url, sizeof(transfer->url));
    url_host(file->url, transfer->host, sizeof(transfer->host));
    if (!(transfer->origin = mem_strdup(file->url)) ||
        FAILED(hr = utf8_or_null(job->texts[JOB_CUSTOM_HEADERS], &transfer->custom)))
        goto done;
    if (!file->stream && !file->texts[FILE_TEMPORARY_NAME] &&
        FAILED(hr =
                   part_name_make(file->texts[FILE_LOCAL_NAME], &file->texts[FILE_TEMPORARY_NAME])))
        goto done;
    target.path = file->texts[FILE_TEMPORARY_NAME];
    target.made = file->part_made;
    target.stream = file->stream;
    target.received = file->received;
    if (FAILED(hr = sink_open(runner, &target, &sink_events, transfer, &transfer->sink)))
        goto done;
    job_addref(job);
    job->transfers++;
    file->transfer = transfer;
    transfer->next = runner->transfers;
    transfer->link = &runner->transfers;
    if (transfer->next)
        transfer->next->link = &transfer->next;
    runner->transfers = transfer;
    runner->transfer_count++;
    return S_OK;

done:
    transfer_free(transfer);
    return hr;
}

struct transfer *transfer_next(const struct transfer *transfer)
{
    return transfer->next;
}

struct file *transfer_file(const struct transfer *transfer)
{
    return transfer->file;
}

const char *transfer_host(const struct transfer *transfer)
{
    return transfer->host;
}

bool transfer_is_current_locked(const struct transfer *transfer)
{
    return !strcmp(transfer->origin, transfer->file->url);
}

UINT64 transfer_tick(struct transfer *transfer, UINT64 now)
{
    struct stall *stall = &transfer->file->stall;

    if (transfer->place_at <= now)
        place(transfer);
    if (transfer->ending || !transfer->exchange || transfer->paused)
        return now + TICK_MS;
    if (!transfer->headed)
    {
        if (now - transfer->asked_at >= FIRST_BYTE_MS)
            end_with(transfer, FAILURE_TIMEOUT, S_OK, "the server did not answer within 20 s");
    }
    else if (transfer->stall_rule && stall_tick(stall, now, transfer->heard))
    {
        stall_reconnect(stall);
        end_with(transfer, FAILURE_STALLED, S_OK, "the server sends too slowly");
    }
    else if (!transfer->stall_rule && now - transfer->heard_at >= SILENCE_MS)
        end_with(transfer, FAILURE_TIMEOUT, S_OK, "the server fell silent for 60 s");
    return now + TICK_MS;
}
