#include "core/sink_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/download.h"
#include "core/policy.h"

struct sink *sink_all;

/* ---- opening ---- */

/* On the disk thread. What is on disk rules: a part file that is missing or shorter than it should
 * be is worth nothing, and S_FALSE says so. */
static HRESULT open_existing(struct sink *sink)
{
    UINT64 size = 0, end = sink_lanes_end(sink), front = sink->first->position;
    HRESULT hr;

    if (FAILED(hr = partfile_open(sink->path, &sink->file)))
        return hr;
    if (FAILED(hr = partfile_size(sink->file, &size)))
        return hr;
    if (size < end)
    {
        hr = partfile_truncate(sink->file, 0);
        return FAILED(hr) ? hr : S_FALSE;
    }
    if (size > end && FAILED(hr = partfile_truncate(sink->file, end)))
        return hr;
    sink->tail_size = (size_t)MIN(front, sizeof(sink->tail));
    return partfile_read(sink->file, front - sink->tail_size, sink->tail, sink->tail_size,
                         &sink->tail_size);
}

static void open_call(struct disk_op *op)
{
    struct sink *sink = op->context;
    HRESULT hr;

    op->result = sink->stream ? S_OK : HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    if (sink->made)
        op->result = open_existing(sink);
    if (op->result == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND))
    {
        op->result = partfile_create(sink->path, &sink->file);
        if (SUCCEEDED(op->result) && !sink_is_empty(sink))
            op->result = S_FALSE;
    }
    if (op->result == S_FALSE && FAILED(hr = sink->forget(sink->context)))
        op->result = hr;
}

static void open_finish(struct runner_op *op)
{
    struct sink *sink = op->disk.context;
    HRESULT hr = op->disk.result;

    sink->pending--;
    if (hr == S_FALSE)
    {
        sink_lanes_init(sink, NULL);
        sink->tail_size = 0;
    }
    if (FAILED(hr))
    {
        sink->unsure = true;
        sink->error = hr;
    }
    sink->events->opened(sink->context, hr);
}

static void link_sink(struct sink *sink)
{
    sink->next = sink_all;
    sink->link = &sink_all;
    if (sink_all)
        sink_all->link = &sink->next;
    sink_all = sink;
}

static void sink_free(struct sink *sink)
{
    if (sink->stream && sink->disk)
        disk_stop(sink->disk);
    if (sink->watcher_disk)
        disk_stop(sink->watcher_disk);
    mem_free(sink->path);
    mem_free(sink);
}

HRESULT sink_open(struct runner *runner, const struct sink_target *target,
                  const struct sink_events *events, void *context, struct sink **out)
{
    struct sink *sink = mem_zalloc(sizeof(*sink));
    HRESULT hr = S_OK;

    if (!sink)
        return E_OUTOFMEMORY;
    sink->runner = runner;
    sink->disk = runner->disk;
    sink->events = events;
    sink->context = context;
    sink_lanes_init(sink, target);
    sink->flushed_at = clock_now();
    sink->checkpoint = policy_now()->checkpoint;
    if ((sink->stream = target->stream))
    {
        sink->disk = NULL;
        hr = disk_start(&sink->disk);
    }
    else
    {
        sink->made = target->made;
        sink->forget = target->forget;
        if (!(sink->path = mem_wcsdup(target->path)))
            hr = E_OUTOFMEMORY;
    }
    if (FAILED(hr))
    {
        sink_free(sink);
        return hr;
    }
    link_sink(sink);
    sink->op.disk.verb = DISK_CALL;
    sink->op.disk.call = open_call;
    sink->op.disk.context = sink;
    sink->op.finish = open_finish;
    sink->pending++;
    *out = sink;
    runner_submit(runner, sink->disk, &sink->op);
    return S_OK;
}

/* ---- the end ---- */

/* Who looks at the file, or copies it, should find nothing unusual. */
static void end_sparse(const struct sink *sink)
{
    HRESULT hr = partfile_end_sparse(sink->file);

    if (FAILED(hr))
        WARN("%s stays sparse: %#lx", LOG_WIDE(sink->path), (unsigned long)hr);
}

static void seal_call(struct disk_op *op)
{
    struct sink *sink = op->context;

    op->result = S_OK;
    if (sink->file && sink->whole && SUCCEEDED(sink->error))
        end_sparse(sink);
    if (sink->file && sink_lanes_unflushed(sink))
        op->result = partfile_flush(sink->file);
    partfile_close(sink->file);
    sink->file = NULL;
}

static void seal_finish(struct runner_op *op)
{
    struct sink *sink = op->disk.context;
    const struct sink_events *events = sink->events;
    void *context = sink->context;
    HRESULT hr = op->disk.result;
    struct sink_lane *lane;

    sink->runner->flushing--;
    if (SUCCEEDED(hr) && !sink->unsure)
    {
        for (lane = sink->first; lane; lane = lane->next)
            lane->flushed = lane->written;
        sink_tell_progress(sink);
    }
    if (SUCCEEDED(hr))
        hr = sink->error;
    *sink->link = sink->next;
    if (sink->next)
        sink->next->link = sink->link;
    sink_free(sink);
    events->sealed(context, hr);
}

/* Beside what others write, and flush: files that are flushed at the same time share the file
 * system's commits. */
void sink_submit_flush(struct sink *sink, struct runner_op *op)
{
    struct disk *disk = runner_flusher(sink->runner);

    sink->runner->flushing++;
    runner_submit(sink->runner, disk, op);
}

void sink_seal_when_idle(struct sink *sink)
{
    if (!sink->sealing || sink->sealed || sink->pending)
        return;
    sink->sealed = true;
    sink->op.disk.verb = DISK_CALL;
    sink->op.disk.call = seal_call;
    sink->op.finish = seal_finish;
    sink_submit_flush(sink, &sink->op);
}

const BYTE *sink_tail(const struct sink *sink, size_t *size)
{
    *size = sink->tail_size;
    return sink->tail;
}

/* On the disk thread, after what was written before and before what comes now. */
static void restart_call(struct disk_op *op)
{
    struct sink *sink = op->context;

    op->result = partfile_truncate(sink->file, 0);
    if (SUCCEEDED(op->result))
        op->result = sink->forget(sink->context);
}

static void drop_buffers(struct sink *sink)
{
    struct sink_lane *lane;

    for (lane = sink->first; lane; lane = lane->next)
    {
        pool_put(sink->runner->pool, lane->buffer);
        lane->buffer = NULL;
    }
}

HRESULT sink_restart(struct sink *sink)
{
    struct write_op *write;

    if (sink->stream)
        return sink->first->position ? E_FAIL : S_OK;
    sink->generation++;
    if (!(write = sink_write_create(sink->first, DISK_CALL)))
        return E_OUTOFMEMORY;
    drop_buffers(sink);
    sink_lanes_init(sink, NULL);
    sink->tail_size = 0;
    write->op.disk.call = restart_call;
    write->op.disk.context = sink;
    sink_submit_write(sink, write);
    return S_OK;
}

void sink_seal(struct sink *sink, bool whole)
{
    struct sink_lane *lane;

    for (lane = sink->first; lane; lane = lane->next)
        if (FAILED(sink_submit_buffer(lane)))
            sink->error = E_OUTOFMEMORY;
    drop_buffers(sink); /* what was gathered is lost, not damaged: it will be asked for again */
    sink->whole = whole;
    sink->sealing = true;
    sink_seal_when_idle(sink);
}
