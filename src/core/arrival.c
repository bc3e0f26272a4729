#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/range_request.h"
#include "core/size_rule.h"

#include <string.h>

/* ---- what the sink tells ---- */

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
    tally_file_locked(file);
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

void transfer_keep_flushed(struct transfer *transfer)
{
    struct file *file = transfer->file;
    size_t i;

    if (file->stream)
        return;
    lock_take(&engine_lock);
    file->received = file->front = file->checkpoint;
    for (i = 0; i < file->span_count; i++)
        file->received += file->spans[i].length;
    tally_file_locked(file);
    lock_drop(&engine_lock);
}

static void sink_broke(void *context, HRESULT hr)
{
    transfer_end_with(context, FAILURE_LOCAL_FILE, hr, "the part file cannot be written");
}

void transfer_has_room(void *context)
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

static const struct sink_events sink_events = {sink_opened,         sink_progress,
                                               sink_broke,          transfer_has_room,
                                               sink_may_have_lanes, transfer_sealed};

/* ---- the part file ---- */

/* On the disk thread. */
static HRESULT content_is_replaced(void *context)
{
    const struct transfer *transfer = context;

    return keeper_forget(transfer->file);
}

/* The file's names are fixed while it has a transfer. */
HRESULT transfer_open_sink(struct transfer *transfer)
{
    const struct file *file = transfer->file;
    const struct sink_target target = {.path = file->texts[FILE_TEMPORARY_NAME],
                                       .made = file->part_made || file->recalled,
                                       .stream = file->stream,
                                       .received = file->stream ? file->front : file->checkpoint,
                                       .spans = file->spans,
                                       .span_count = file->span_count,
                                       .forget = content_is_replaced};

    return sink_open(transfer->runner, &target, &sink_events, transfer, &transfer->sink);
}
