#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/ending.h"
#include "core/keeper.h"
#include "core/line.h"
#include "core/lock.h"
#include "core/range_request.h"
#include "core/size_rule.h"

#define FLUSHING_MAX 64 /* files that have no slot any more: the disk is behind the network */
#define CHANGES_MAX 8   /* of one file's content that start its progress anew */

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
    mem_free(transfer->named);
    mem_free(transfer->custom);
    mem_free(transfer->auth);
    mem_free(transfer->proxy);
    security_cleanup(&transfer->security);
    http_cookies_release(transfer->cookies);
    integrity_free(transfer->integrity);
    mem_free(transfer);
}

/* All bytes are here: somebody else may use the network while they are flushed. */
static void pass_slot(struct transfer *transfer)
{
    if (transfer->end.stopped || transfer->end.failure.kind != FAILURE_NONE ||
        transfer->runner->flushing >= FLUSHING_MAX)
        return;
    lock_take(&engine_lock);
    line_free_slot_locked(transfer->file);
    lock_drop(&engine_lock);
    runner_wake();
}

void transfer_close_when_quiet(struct transfer *transfer)
{
    if (transfer->ending && transfer->ready && !transfer->exchange && !transfer->verdict &&
        !crew_is_busy(transfer) && !integrity_is_busy(transfer->integrity))
    {
        transfer->ready = false;
        pass_slot(transfer);
        sink_seal(transfer->sink);
    }
}

/* The first call decides how the transfer ends. */
void transfer_end(struct transfer *transfer, const struct failure_info *failure, const char *detail)
{
    if (transfer->ending)
        return;
    transfer->ending = true;
    transfer->step = NEXT_END;
    if (failure)
        transfer->end.failure = *failure;
    lstrcpynA(transfer->end.detail, detail ? detail : "", sizeof(transfer->end.detail));
    route_cancel(&transfer->route);
    if (integrity_is_busy(transfer->integrity))
        integrity_stop(transfer->integrity);
    if (transfer->exchange)
        http_stop(transfer->exchange);
    crew_stop(transfer);
    transfer_close_when_quiet(transfer);
}

void transfer_end_with(struct transfer *transfer, enum failure kind, HRESULT hr, const char *detail)
{
    const struct failure_info failure = {.kind = kind, .hr = (uint32_t)hr};

    transfer_end(transfer, &failure, detail);
}

void transfer_stop(struct transfer *transfer)
{
    if (transfer->ending)
    {
        integrity_stop(transfer->integrity);
        return;
    }
    transfer->end.stopped = true;
    transfer_end(transfer, NULL, NULL);
}

void transfer_forget_content(struct transfer *transfer, bool changed)
{
    struct file *file = transfer->file;

    transfer->remote = UINT64_MAX;
    transfer->total = range_total(file->ranges, file->range_count, UINT64_MAX);
    validator_init(&transfer->validator);
    lock_take(&engine_lock);
    file_empty_locked(file);
    if (changed && file->changes < CHANGES_MAX)
    {
        file->changes++;
        file->highest = 0;
    }
    job_touch_locked(file->job);
    keeper_note_file_locked(file);
    lock_drop(&engine_lock);
}

void transfer_count_locked(struct transfer *transfer)
{
    UINT64 more = transfer->heard - transfer->counted;

    transfer->file->body_bytes += more;
    if (transfer->source.index == SOURCE_CACHE)
        transfer->file->cache_bytes += more;
    transfer->counted = transfer->heard;
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
    file->recalled = file->recalled && FAILED(hr);
    lock_drop(&engine_lock);
    if (hr == S_FALSE)
    {
        WARN("%s: its part file is gone or too short, starting over", LOG_FILE(file));
        transfer_forget_content(transfer, true);
    }
    if (FAILED(hr))
        transfer_end_with(transfer, FAILURE_LOCAL_FILE, hr, "the part file cannot be opened");
    else if (hr == S_FALSE && file->job->face == JOB_FACE_DOWNLOAD)
        /* as on Windows: the client decides, with its next Start */
        transfer_end_with(transfer, FAILURE_LOCAL_FILE, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND),
                          "the part file is gone");
    else
        integrity_prepare(transfer);
    transfer_close_when_quiet(transfer);
}

/* True: what survives a power cut is not what it was. */
static bool take_flushed_locked(struct transfer *transfer, UINT64 flushed)
{
    struct file *file = transfer->file;
    struct range spans[RUNS_MAX];
    size_t count = file->spans ? sink_spans(transfer->sink, spans) : 0;
    bool same = flushed == file->checkpoint && count == file->span_count &&
                (!count || !memcmp(spans, file->spans, count * sizeof(*spans)));

    file->checkpoint = flushed;
    file->span_count = count;
    if (count)
        memcpy(file->spans, spans, count * sizeof(*spans));
    return !same;
}

static void sink_progress(void *context, UINT64 written, UINT64 flushed)
{
    struct transfer *transfer = context;
    struct file *file = transfer->file;
    struct job *job = file->job;
    UINT64 now = clock_now();
    enum failure broken;

    lock_take(&engine_lock);
    transfer_count_locked(transfer);
    file->front = written;
    file->received = written + sink_aside(transfer->sink);
    if (take_flushed_locked(transfer, flushed) && !transfer->ending) /* its end is written anyway */
        keeper_note_file_locked(file);
    if (file->received > file->highest)
    {
        file->highest = file->received;
        retry_progress(&file->retry);
        job->progress_at = now;
        if (!job->failing)
            job->last_cause.kind = FAILURE_NONE;
    }
    broken = size_rule_locked(file, transfer->total, transfer->remote);
    range_requests_tell_locked(file);
    if (job->state == JOB_CONNECTING)
        keeper_show_locked(job, JOB_TRANSFERRING);
    if (now - job->told_at >= job->numbers[JOB_MIN_NOTIFY_INTERVAL])
    {
        job->told_at = now;
        job_touch_locked(job);
    }
    lock_drop(&engine_lock);
    if (broken != FAILURE_NONE)
        transfer_end_with(transfer, broken, S_OK, size_rule_detail(broken));
}

static void sink_broke(void *context, HRESULT hr)
{
    transfer_end_with(context, FAILURE_LOCAL_FILE, hr, "the part file cannot be written");
}

static void sink_has_room(void *context)
{
    struct transfer *transfer = context;

    transfer->paused = false;
    transfer->heard_at = clock_now();
    stall_restart(&transfer->file->stall);
    if (transfer->exchange)
        http_resume(transfer->exchange);
    crew_resume(transfer);
}

static void sink_may_have_lanes(void *context, bool may)
{
    crew_may_begin(context, may);
}

/* The server, or somebody on the way, has enough of us. */
static bool is_refused(const struct failure_info *failure)
{
    return failure->kind == FAILURE_CONNECT ||
           (failure->kind == FAILURE_HTTP_STATUS &&
            (failure->http_status == 429 || failure->http_status == 503));
}

void transfer_report(struct transfer *transfer)
{
    struct file *file = transfer->file;
    struct transfer_end result = transfer->end;

    if (!result.stopped && result.failure.kind != FAILURE_NONE)
    {
        file->alone = file->alone || is_refused(&result.failure);
        lock_take(&engine_lock);
        result.next = source_failed_locked(file, &transfer->source, &result.failure,
                                           ending_is_worth_a_retry_locked(file, &result.failure));
        lock_drop(&engine_lock);
    }
    transfer_free(transfer);
    ending_take(file, &result);
}

void transfer_fail_late(struct transfer *transfer, HRESULT hr, const char *detail)
{
    transfer->end.stopped = false;
    transfer->end.failure.kind = FAILURE_LOCAL_FILE;
    transfer->end.failure.hr = (uint32_t)hr;
    lstrcpynA(transfer->end.detail, detail, sizeof(transfer->end.detail));
}

static void sink_sealed(void *context, HRESULT hr)
{
    struct transfer *transfer = context;
    const struct transfer_end *result = &transfer->end;

    transfer->sink = NULL;
    if (FAILED(hr) && result->failure.kind == FAILURE_NONE)
        transfer_fail_late(transfer, hr, "the part file cannot be written");
    if (result->stopped || result->failure.kind != FAILURE_NONE || !integrity_check(transfer))
        transfer_checked(transfer);
}

static const struct sink_events sink_events = {sink_opened,   sink_progress,       sink_broke,
                                               sink_has_room, sink_may_have_lanes, sink_sealed};

/* ---- the life of a transfer ---- */

static HRESULT utf8_or_null(const WCHAR *wide, char **utf8)
{
    *utf8 = wide ? str_utf8_from_wide(wide) : NULL;
    return wide && !*utf8 ? HRESULT_FROM_WIN32(GetLastError()) : S_OK;
}

HRESULT transfer_start_locked(struct runner *runner, struct file *file)
{
    struct transfer *transfer = mem_zalloc(sizeof(*transfer));
    struct job *job = file->job;
    HRESULT hr = E_OUTOFMEMORY;

    if (!transfer)
        return hr;
    transfer->place_at = CLOCK_NEVER;
    transfer->rate_since = clock_now();
    transfer->rate = UINT64_MAX; /* not known yet */
    transfer->runner = runner;
    transfer->file = file;
    transfer->total = file->total;
    transfer->remote = file->remote;
    transfer->validator = file->validator;
    transfer->validator_source = file->validator_source;
    source_choose_locked(file, &transfer->source);
    lstrcpynA(transfer->url, transfer->source.url, sizeof(transfer->url));
    if (!(transfer->named = mem_strdup(file->url)) ||
        FAILED(hr = utf8_or_null(job->texts[JOB_CUSTOM_HEADERS], &transfer->custom)) ||
        FAILED(hr = utf8_or_null(job->texts[JOB_AUTH_HEADERS], &transfer->auth)) ||
        FAILED(hr = security_init_locked(&transfer->security, job)) ||
        FAILED(hr = integrity_create_locked(transfer, &transfer->integrity)))
        goto done;
    job_addref(job);
    job->transfers++;
    file->transfer = transfer;
    file->running_since = clock_now();
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

/* On the disk thread. */
static HRESULT content_is_replaced(void *context)
{
    const struct transfer *transfer = context;

    return keeper_forget(transfer->file);
}

/* Nothing would show whether bytes behind a gap are of the content that comes now: neither If-Range
 * nor bytes before the gap that are asked again. */
static void drop_unproven_spans(struct transfer *transfer)
{
    struct file *file = transfer->file;
    char validator[HTTP_ETAG_SIZE];

    if (!file->span_count || file->front ||
        (!transfer_is_elsewhere(transfer) &&
         validator_if_range(&file->validator, validator, sizeof(validator))))
        return;
    WARN("%s: what is here of it may be of another content, starting over", LOG_FILE(file));
    lock_take(&engine_lock);
    file->span_count = 0;
    file->received = 0;
    keeper_note_file_locked(file);
    lock_drop(&engine_lock);
}

/* The file's names are fixed while it has a transfer. */
static HRESULT open_sink(struct transfer *transfer)
{
    const struct file *file = transfer->file;
    const struct sink_target target = {.path = file->texts[FILE_TEMPORARY_NAME],
                                       .made = file->part_made || file->recalled,
                                       .stream = file->stream,
                                       .received = file->front,
                                       .spans = file->spans,
                                       .span_count = file->span_count,
                                       .forget = content_is_replaced};

    return sink_open(transfer->runner, &target, &sink_events, transfer, &transfer->sink);
}

struct transfer *transfer_next(const struct transfer *transfer)
{
    return transfer->next;
}

struct file *transfer_file(const struct transfer *transfer)
{
    return transfer->file;
}

bool transfer_may_give_up(const struct transfer *transfer)
{
    if (transfer->ending || (!transfer->exchange && !transfer->idle))
        return false;
    return !transfer->headed || (transfer->stall_rule && !security_is_head(&transfer->security));
}

bool transfer_is_current_locked(const struct transfer *transfer)
{
    return !strcmp(transfer->named, transfer->file->url);
}

UINT64 transfer_tick(struct transfer *transfer, UINT64 now)
{
    UINT64 next;
    HRESULT hr;

    if (!transfer->begun)
    {
        transfer->begun = true;
        drop_unproven_spans(transfer);
        if (FAILED(hr = open_sink(transfer)))
        {
            transfer_fail_late(transfer, hr, "the part file cannot be opened");
            transfer_report(transfer);
        }
        return now + TRANSFER_TICK_MS;
    }
    integrity_tick(transfer->integrity, now);
    if (transfer->place_at <= now)
        transfer_place(transfer);
    if (transfer->paused)
        sink_has_room(transfer); /* in case memory was short, so that no buffer comes back */
    if (transfer->ending || (!transfer->exchange && !transfer->idle))
        return now + TRANSFER_TICK_MS;
    next = MIN(crew_tick(transfer, now), now + TRANSFER_TICK_MS);
    if (transfer->paused)
        return next;
    if (transfer->limited_since)
        return MIN(next, transfer_wait_for_limit(transfer, now));
    sink_tick(transfer->sink, now);
    transfer_judge_pace(transfer, now);
    return next;
}
