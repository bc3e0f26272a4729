#include "core/sink.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/download.h"
#include "core/policy.h"
#include "io/pool.h"
#include "model/validator.h"

#define CHECKPOINT_MS 2000
#define WATCHED_LEAST ((size_t)256 << 10) /* a smaller file is not worth a thread */

struct sink
{
    struct runner *runner;
    const struct sink_events *events;
    void *context;
    struct sink *next; /* in the list of all sinks: who may have to give a buffer back early */
    struct sink **link;

    struct disk *disk; /* the runner's, or a stream's own */
    struct sink_watcher *watcher;
    struct disk *watcher_disk; /* its thread, from the first bytes on */
    struct stream_sink *stream;
    WCHAR *path;
    HRESULT (*forget)(void *context);
    bool made;             /* the file is expected to be there */
    struct partfile *file; /* the disk thread's between submit and finish */
    UINT64 position;       /* where the next byte goes */
    UINT64 written;
    UINT64 flushed;
    UINT64 flushed_at;
    UINT64 checkpoint;          /* bytes after which it is flushed */
    struct pool_buffer *buffer; /* being filled; its last byte lies before position */
    UINT64 buffer_at;           /* clock_now() when that began */
    bool starved;               /* sink_put refused for want of a buffer */
    bool flushing;
    HRESULT error; /* the first failure */
    bool sealing;
    bool sealed;          /* the last operation is submitted */
    unsigned int pending; /* operations the disk has not done */
    UINT64 generation;    /* counts restarts: older operations report nothing */

    BYTE tail[RESUME_OVERLAP];
    size_t tail_size;
    struct runner_op op;       /* open and seal */
    struct runner_op flush_op; /* one at a time */
    UINT64 flush_upto;
    UINT64 flush_generation;
};

struct write_op
{
    struct runner_op op;
    struct sink *sink;
    struct runner_op seen;
    unsigned int uses;          /* operations that are not done */
    struct pool_buffer *buffer; /* NULL: cut to nothing */
    UINT64 end;
    UINT64 generation;
};

static struct sink *sinks; /* all open ones of the engine thread that takes work */

/* ---- opening ---- */

/* On the disk thread. What is on disk rules: a part file that is missing or shorter than it should
 * be is worth nothing, and S_FALSE says so. */
static HRESULT open_existing(struct sink *sink)
{
    UINT64 size = 0, keep = sink->position;
    HRESULT hr;

    if (FAILED(hr = partfile_open(sink->path, &sink->file)))
        return hr;
    if (FAILED(hr = partfile_size(sink->file, &size)))
        return hr;
    if (size < keep)
        keep = 0;
    if (size != keep && FAILED(hr = partfile_truncate(sink->file, keep)))
        return hr;
    if (keep < sink->position)
        return S_FALSE;
    sink->tail_size = (size_t)MIN(keep, sizeof(sink->tail));
    return partfile_read(sink->file, keep - sink->tail_size, sink->tail, sink->tail_size,
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
        if (SUCCEEDED(op->result) && sink->position)
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
        sink->position = 0;
        sink->tail_size = 0;
    }
    sink->written = sink->flushed = sink->position;
    if (FAILED(hr))
        sink->error = hr;
    sink->events->opened(sink->context, hr);
}

static void link_sink(struct sink *sink)
{
    sink->next = sinks;
    sink->link = &sinks;
    if (sinks)
        sinks->link = &sink->next;
    sinks = sink;
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
    sink->position = target->received;
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

static void seal_call(struct disk_op *op)
{
    struct sink *sink = op->context;

    op->result = S_OK;
    if (sink->file && sink->flushed != sink->written)
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

    sink->runner->flushing--;
    if (SUCCEEDED(hr))
        hr = sink->error;
    if (SUCCEEDED(hr))
        events->progress(context, sink->written, sink->written);
    *sink->link = sink->next;
    if (sink->next)
        sink->next->link = sink->link;
    sink_free(sink);
    events->sealed(context, hr);
}

/* Beside what others write, and flush: files that are flushed at the same time share the file
 * system's commits. */
static void submit_flush(struct sink *sink, struct runner_op *op)
{
    struct disk *disk = runner_flusher(sink->runner);

    sink->runner->flushing++;
    runner_submit(sink->runner, disk, op);
}

static void seal_when_idle(struct sink *sink)
{
    if (!sink->sealing || sink->sealed || sink->pending)
        return;
    sink->sealed = true;
    sink->op.disk.verb = DISK_CALL;
    sink->op.disk.call = seal_call;
    sink->op.finish = seal_finish;
    submit_flush(sink, &sink->op);
}

/* ---- writing ---- */

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

    for (sink = sinks; sink; sink = next)
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

    sink->runner->flushing--;
    sink->pending--;
    sink->flushing = false;
    if (FAILED(op->disk.result))
        fail(sink, op->disk.result);
    else if (sink->flush_generation == sink->generation)
    {
        sink->flushed = sink->flush_upto;
        sink->events->progress(sink->context, sink->written, sink->flushed);
    }
    seal_when_idle(sink);
}

static void flush_if_due(struct sink *sink)
{
    UINT64 now = clock_now();

    if (sink->stream || sink->flushing || FAILED(sink->error) || sink->sealing ||
        sink->written == sink->flushed ||
        (sink->written - sink->flushed < sink->checkpoint &&
         now - sink->flushed_at < CHECKPOINT_MS))
        return;
    sink->flushing = true;
    sink->flushed_at = now;
    sink->flush_upto = sink->written;
    sink->flush_generation = sink->generation;
    sink->flush_op.disk.verb = DISK_FLUSH;
    sink->flush_op.disk.file = sink->file;
    sink->flush_op.disk.context = sink;
    sink->flush_op.finish = flush_finish;
    sink->pending++;
    submit_flush(sink, &sink->flush_op);
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
    seal_when_idle(sink);
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
        sink->written = write->end;
        sink->events->progress(sink->context, sink->written, sink->flushed);
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

static struct write_op *write_create(struct sink *sink, enum disk_verb verb)
{
    struct write_op *write = mem_zalloc(sizeof(*write));

    if (!write)
        return NULL;
    write->sink = sink;
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

/* Beside the write. The bytes are watched from the first one on, or not at all. */
static void show(struct sink *sink, struct write_op *write)
{
    const struct disk_op *op = &write->op.disk;

    if (!sink->watcher)
        return;
    if (!sink->watcher_disk && write->buffer &&
        (op->size < WATCHED_LEAST || FAILED(disk_start(&sink->watcher_disk))))
        sink->watcher = NULL;
    if (!sink->watcher_disk)
        return;
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

/* Hands it to the disk. */
static void submit_write(struct sink *sink, struct write_op *write)
{
    write->uses = 1;
    sink->pending++;
    show(sink, write);
    runner_submit(sink->runner, sink->disk, &write->op);
}

/* Hands the buffer to the disk; on failure it is still the sink's. */
static HRESULT submit_buffer(struct sink *sink)
{
    struct pool_buffer *buffer = sink->buffer;
    struct write_op *write;

    if (!buffer)
        return S_OK;
    if (!buffer->used || FAILED(sink->error))
    {
        sink->buffer = NULL;
        pool_put(sink->runner->pool, buffer);
        return S_OK;
    }
    if (!(write = write_create(sink, DISK_WRITE)))
        return E_OUTOFMEMORY;
    write->buffer = buffer;
    write->end = sink->position;
    write->op.disk.offset = sink->position - buffer->used;
    write->op.disk.data = buffer->data;
    write->op.disk.size = buffer->used;
    sink->buffer = NULL;
    submit_write(sink, write);
    return S_OK;
}

/* The pool is spent: half-filled buffers go to the disk, so that they come back. */
static void press(void)
{
    struct sink *sink;

    for (sink = sinks; sink; sink = sink->next)
        if (sink->buffer && sink->buffer->used)
            submit_buffer(sink); /* out of memory: the next one that comes back helps as well */
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

static void append(struct sink *sink, const void *data, size_t size)
{
    memcpy((BYTE *)sink->buffer->data + sink->buffer->used, data, size);
    sink->buffer->used += size;
    sink->position += size;
}

enum sink_take sink_put(struct sink *sink, const void *data, size_t size, UINT64 left)
{
    struct pool_buffer *more = NULL;
    size_t room;
    HRESULT hr;

    if (FAILED(sink->error) || sink->sealing)
        return SINK_FAILED;
    if (!size)
        return SINK_TAKEN;
    if (!sink->buffer)
    {
        if ((hr = next_buffer(sink, left, &sink->buffer)) != S_OK)
            return hr == S_FALSE ? SINK_FULL : SINK_FAILED;
        sink->buffer_at = clock_now();
    }
    room = sink->buffer->capacity - sink->buffer->used;
    if (size > room && (hr = next_buffer(sink, left - room, &more)) != S_OK)
        return hr == S_FALSE ? SINK_FULL : SINK_FAILED;
    append(sink, data, MIN(size, room));
    if (sink->buffer->used == sink->buffer->capacity && FAILED(submit_buffer(sink)))
    {
        pool_put(sink->runner->pool, more);
        return SINK_FAILED;
    }
    if (more)
    {
        sink->buffer = more;
        sink->buffer_at = clock_now();
        append(sink, (const BYTE *)data + room, size - room);
    }
    return SINK_TAKEN;
}

bool sink_takes(struct sink *sink, size_t size, UINT64 left)
{
    size_t room = sink->buffer ? sink->buffer->capacity - sink->buffer->used : 0;

    if (FAILED(sink->error) || sink->sealing || MIN(size, left) <= room ||
        pool_has(sink->runner->pool, (size_t)MIN(left - room, POOL_BLOCK)))
        return true;
    sink->starved = true;
    press();
    return false;
}

void sink_watch(struct sink *sink, struct sink_watcher *watcher)
{
    if (!sink->position && !sink->buffer && !sink->stream)
        sink->watcher = watcher;
}

void sink_tick(struct sink *sink, UINT64 now)
{
    if (FAILED(sink->error) || sink->sealing)
        return;
    if (sink->buffer && now - sink->buffer_at >= CHECKPOINT_MS)
        submit_buffer(sink); /* out of memory: the next tick tries again */
    flush_if_due(sink);
}

UINT64 sink_position(const struct sink *sink)
{
    return sink->position;
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

HRESULT sink_restart(struct sink *sink)
{
    struct write_op *write;

    if (sink->stream)
        return sink->position ? E_FAIL : S_OK;
    sink->generation++;
    if (!(write = write_create(sink, DISK_CALL)))
        return E_OUTOFMEMORY;
    pool_put(sink->runner->pool, sink->buffer);
    sink->buffer = NULL;
    sink->position = sink->written = sink->flushed = 0;
    sink->tail_size = 0;
    write->op.disk.call = restart_call;
    write->op.disk.context = sink;
    submit_write(sink, write);
    return S_OK;
}

void sink_seal(struct sink *sink)
{
    if (FAILED(submit_buffer(sink)))
    {
        /* What was gathered is lost, not damaged: it will be asked for again. */
        pool_put(sink->runner->pool, sink->buffer);
        sink->buffer = NULL;
        sink->error = E_OUTOFMEMORY;
    }
    sink->sealing = true;
    seal_when_idle(sink);
}
