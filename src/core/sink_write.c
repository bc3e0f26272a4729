#include "core/sink_parts.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/download.h"

#include <string.h>

#define CHECKPOINT_MS 2000
#define WATCHED_LEAST ((size_t)256 << 10) /* a smaller file is not worth a thread */

static void fail(struct sink *sink, HRESULT hr)
{
    if (FAILED(sink->error))
        return;
    sink->error = hr;
    if (!sink->sealing)
        sink->events->failed(sink->context, hr);
}

/* A buffer came back: whoever waits for one may try again. */
static void tell_room(void)
{
    struct sink *sink, *next;

    for (sink = sink_all; sink; sink = next)
    {
        next = sink->next;
        if (!sink->starved)
            continue;
        sink->starved = false;
        if (!sink->sealing && SUCCEEDED(sink->error))
            sink->events->room(sink->context);
    }
}

static void flush_finish(struct runner_op *op)
{
    struct sink *sink = op->disk.context;
    struct sink_lane *lane;

    sink->runner->flushing--;
    sink->pending--;
    sink->flushing = false;
    if (FAILED(op->disk.result))
    {
        sink->unsure = true;
        fail(sink, op->disk.result);
    }
    else if (sink->flush_generation == sink->generation)
    {
        for (lane = sink->first; lane; lane = lane->next)
            lane->flushed = lane->flush_upto;
        sink_tell_progress(sink);
        sink_lanes_join(sink);
    }
    sink_seal_when_idle(sink);
}

static void flush_if_due(struct sink *sink)
{
    UINT64 now = clock_now(), unflushed = sink_lanes_unflushed(sink);
    struct sink_lane *lane;

    if (sink->stream || sink->flushing || FAILED(sink->error) || sink->sealing || !unflushed ||
        (unflushed < sink->checkpoint && now - sink->flushed_at < CHECKPOINT_MS))
        return;
    sink->flushing = true;
    sink->flushed_at = now;
    for (lane = sink->first; lane; lane = lane->next)
        lane->flush_upto = lane->written;
    sink->flush_generation = sink->generation;
    sink->flush_op.disk.verb = DISK_FLUSH;
    sink->flush_op.disk.file = sink->file;
    sink->flush_op.disk.context = sink;
    sink->flush_op.finish = flush_finish;
    sink->pending++;
    sink_submit_flush(sink, &sink->flush_op);
}

static void end_use(struct write_op *write)
{
    struct sink *sink = write->sink;

    sink->pending--;
    if (!--write->uses)
    {
        pool_put(sink->runner->pool, write->buffer);
        mem_free(write);
        tell_room();
    }
    sink_seal_when_idle(sink);
}

static void seen_finish(struct runner_op *op)
{
    end_use(CONTAINER_OF(op, struct write_op, seen));
}

static void write_finish(struct runner_op *op)
{
    struct write_op *write = CONTAINER_OF(op, struct write_op, op);
    struct sink *sink = write->sink;

    if (FAILED(op->disk.result))
        fail(sink, op->disk.result);
    else if (write->buffer && SUCCEEDED(sink->error) && write->generation == sink->generation)
    {
        write->lane->written = write->end;
        sink_tell_progress(sink);
        flush_if_due(sink);
    }
    end_use(write);
}

/* On the stream's own thread. */
static void stream_call(struct disk_op *op)
{
    struct stream_sink *stream = op->context;

    op->result = stream->write(stream, op->data, op->size);
}

struct write_op *sink_write_create(struct sink_lane *lane, enum disk_verb verb)
{
    struct write_op *write = mem_zalloc(sizeof(*write));
    struct sink *sink = lane->sink;

    if (!write)
        return NULL;
    write->sink = sink;
    write->lane = lane;
    write->generation = sink->generation;
    write->op.disk.verb = sink->stream ? DISK_CALL : verb;
    write->op.disk.call = stream_call;
    write->op.disk.context = sink->stream;
    write->op.disk.file = sink->file;
    write->op.finish = write_finish;
    return write;
}

static void seen_call(struct disk_op *op)
{
    struct sink_watcher *watcher = op->context;

    watcher->see(watcher, op->data, op->size);
    op->result = S_OK;
}

/* Beside the write. The bytes are watched from the first one on, in order, or not at all. */
static void show(struct sink *sink, struct write_op *write)
{
    const struct disk_op *op = &write->op.disk;

    if (!sink->watcher || (write->buffer && op->offset != sink->shown))
        return;
    if (!sink->watcher_disk && write->buffer &&
        (op->size < WATCHED_LEAST || FAILED(disk_start(&sink->watcher_disk))))
        sink->watcher = NULL;
    if (!sink->watcher_disk)
        return;
    sink->shown = write->buffer ? sink->shown + op->size : 0;
    write->seen.disk = (struct disk_op){.verb = DISK_CALL,
                                        .call = seen_call,
                                        .context = sink->watcher,
                                        .data = write->buffer ? op->data : NULL,
                                        .size = write->buffer ? op->size : 0};
    write->seen.finish = seen_finish;
    write->uses++;
    sink->pending++;
    runner_submit(sink->runner, sink->watcher_disk, &write->seen);
}

void sink_submit_write(struct sink *sink, struct write_op *write)
{
    write->uses = 1;
    sink->pending++;
    show(sink, write);
    runner_submit(sink->runner, sink->disk, &write->op);
}

HRESULT sink_submit_buffer(struct sink_lane *lane)
{
    struct sink *sink = lane->sink;
    struct pool_buffer *buffer = lane->buffer;
    struct write_op *write;

    if (!buffer)
        return S_OK;
    if (!buffer->used || FAILED(sink->error))
    {
        lane->buffer = NULL;
        pool_put(sink->runner->pool, buffer);
        return S_OK;
    }
    if (!(write = sink_write_create(lane, DISK_WRITE)))
        return E_OUTOFMEMORY;
    write->buffer = buffer;
    write->end = lane->position;
    write->op.disk.offset = lane->position - buffer->used;
    write->op.disk.data = buffer->data;
    write->op.disk.size = buffer->used;
    lane->buffer = NULL;
    sink_submit_write(sink, write);
    return S_OK;
}

/* The pool is spent: half-filled buffers go to the disk, so that they come back. */
static void press(void)
{
    struct sink_lane *lane;
    struct sink *sink;

    for (sink = sink_all; sink; sink = sink->next)
        for (lane = sink->first; lane; lane = lane->next)
            if (lane->buffer && lane->buffer->used)
                sink_submit_buffer(lane); /* out of memory: the next one that comes back helps */
}

static HRESULT next_buffer(struct sink *sink, UINT64 left, struct pool_buffer **buffer)
{
    const UINT64 most = MIN(POOL_BLOCK, sink->checkpoint);
    HRESULT hr = pool_get(sink->runner->pool, (size_t)MIN(left, most), buffer);

    if (hr == S_FALSE)
    {
        sink->starved = true;
        press();
    }
    return hr;
}

static void append(struct sink_lane *lane, const void *data, size_t size)
{
    memcpy((BYTE *)lane->buffer->data + lane->buffer->used, data, size);
    lane->buffer->used += size;
    lane->position += size;
}

enum sink_take sink_put(struct sink_lane *lane, const void *data, size_t size, UINT64 left)
{
    struct sink *sink = lane->sink;
    struct pool_buffer *more = NULL;
    size_t room;
    HRESULT hr;

    if (FAILED(sink->error) || sink->sealing)
        return SINK_FAILED;
    if (!size)
        return SINK_TAKEN;
    if (!lane->buffer)
    {
        if ((hr = next_buffer(sink, left, &lane->buffer)) != S_OK)
            return hr == S_FALSE ? SINK_FULL : SINK_FAILED;
        lane->buffer_at = clock_now();
    }
    room = lane->buffer->capacity - lane->buffer->used;
    if (size > room && (hr = next_buffer(sink, left - room, &more)) != S_OK)
        return hr == S_FALSE ? SINK_FULL : SINK_FAILED;
    append(lane, data, MIN(size, room));
    if (lane->buffer->used == lane->buffer->capacity && FAILED(sink_submit_buffer(lane)))
    {
        pool_put(sink->runner->pool, more);
        return SINK_FAILED;
    }
    if (more)
    {
        lane->buffer = more;
        lane->buffer_at = clock_now();
        append(lane, (const BYTE *)data + room, size - room);
    }
    return SINK_TAKEN;
}

/* A buffer will come back by itself. */
static bool any_pending(void)
{
    struct sink *sink;

    for (sink = sink_all; sink; sink = sink->next)
        if (sink->pending)
            return true;
    return false;
}

bool sink_takes(struct sink_lane *lane, size_t size, UINT64 left)
{
    struct sink *sink = lane->sink;
    size_t room = lane->buffer ? lane->buffer->capacity - lane->buffer->used : 0;
    UINT64 blocks = size > room ? (size - room + POOL_BLOCK - 1) / POOL_BLOCK : 0;

    if (FAILED(sink->error) || sink->sealing || MIN(size, left) <= room ||
        pool_has(sink->runner->pool, (size_t)MIN(left - room, blocks * POOL_BLOCK)))
        return true;
    sink->starved = true;
    if (!any_pending())
        press();
    return false;
}

void sink_watch(struct sink *sink, struct sink_watcher *watcher)
{
    if (sink_is_empty(sink) && !sink->stream)
        sink->watcher = watcher;
}

void sink_tick(struct sink *sink, UINT64 now)
{
    struct sink_lane *lane;

    if (FAILED(sink->error) || sink->sealing)
        return;
    for (lane = sink->first; lane; lane = lane->next)
        if (lane->buffer && now - lane->buffer_at >= CHECKPOINT_MS)
            sink_submit_buffer(lane); /* out of memory: the next tick tries again */
    flush_if_due(sink);
}
