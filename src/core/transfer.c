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
        sink_seal(transfer->sink, sink_position(transfer->sink) == transfer->total);
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
        if (result.next == SOURCE_AGAIN) /* what the last source wants the next one need not want */
            file->alone = false;
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

void transfer_sealed(void *context, HRESULT hr)
{
    struct transfer *transfer = context;
    const struct transfer_end *result = &transfer->end;

    transfer->sink = NULL;
    if (FAILED(hr))
        transfer_keep_flushed(transfer);
    if (FAILED(hr) && result->failure.kind == FAILURE_NONE)
        transfer_fail_late(transfer, hr, "the part file cannot be written");
    if (result->stopped || result->failure.kind != FAILURE_NONE || !integrity_check(transfer))
        transfer_checked(transfer);
}

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
        if (FAILED(hr = transfer_open_sink(transfer)))
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
        transfer_has_room(transfer); /* in case memory was short, so that no buffer comes back */
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
