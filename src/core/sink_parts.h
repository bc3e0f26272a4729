/*
 * The insides of a sink, shared by its files: sink.c is its life, sink_write.c hands bytes to the
 * disk and has them flushed, sink_lanes.c knows where they go. Engine thread only.
 */
#ifndef DOSVC_CORE_SINK_PARTS_H
#define DOSVC_CORE_SINK_PARTS_H

#include "core/sink.h"
#include "io/pool.h"
#include "model/runs.h"
#include "model/validator.h"

struct sink_lane
{
    struct sink *sink;      /* NULL: not in use */
    struct sink_lane *next; /* the one behind it in the file; they do not overlap */
    bool growing;
    UINT64 start;
    UINT64 position; /* where the next byte goes */
    UINT64 written;
    UINT64 flushed;
    UINT64 flush_upto;
    struct pool_buffer *buffer; /* being filled; its last byte lies before position */
    UINT64 buffer_at;           /* clock_now() when that began */
};

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
    UINT64 shown;              /* bytes, from the first on */
    struct stream_sink *stream;
    WCHAR *path;
    HRESULT (*forget)(void *context);
    bool made;             /* the file is expected to be there */
    struct partfile *file; /* the disk thread's between submit and finish */
    struct sink_lane lanes[RUNS_MAX];
    struct sink_lane *first; /* starts at 0, always */
    UINT64 flushed_at;
    UINT64 checkpoint; /* bytes after which it is flushed */
    bool starved;      /* sink_put refused for want of a buffer */
    bool flushing;
    HRESULT error; /* the first failure */
    bool unsure;   /* it could not be opened or flushed: only what was flushed before counts */
    bool sealing;
    bool whole;           /* sealed with all that it should have */
    bool sealed;          /* the last operation is submitted */
    unsigned int pending; /* operations the disk has not done */
    UINT64 generation;    /* counts restarts: older operations report nothing */

    BYTE tail[RESUME_OVERLAP];
    size_t tail_size;
    struct runner_op op;        /* open and seal */
    struct runner_op flush_op;  /* one at a time */
    struct runner_op sparse_op; /* once */
    UINT64 flush_generation;
};

struct write_op
{
    struct runner_op op;
    struct sink *sink;
    struct sink_lane *lane; /* of this generation only */
    struct runner_op seen;
    unsigned int uses;          /* operations that are not done */
    struct pool_buffer *buffer; /* NULL: cut to nothing */
    UINT64 end;
    UINT64 generation;
};

extern struct sink *sink_all; /* the open ones of the engine thread that takes work */

/* Closes the file once that is wanted and no operation is under way. */
void sink_seal_when_idle(struct sink *sink);
/* On a flusher. */
void sink_submit_flush(struct sink *sink, struct runner_op *op);
/* NULL: out of memory. */
struct write_op *sink_write_create(struct sink_lane *lane, enum disk_verb verb);
void sink_submit_write(struct sink *sink, struct write_op *write);
/* Hands the buffer to the disk; on failure it is still the lane's. */
HRESULT sink_submit_buffer(struct sink_lane *lane);

/* The lanes that `target` tells of, or one without bytes. All of it counts as flushed. */
void sink_lanes_init(struct sink *sink, const struct sink_target *target);
/* Where the last lane ends. */
UINT64 sink_lanes_end(const struct sink *sink);
/* Whether something is written that is not flushed, and how much. */
UINT64 sink_lanes_unflushed(const struct sink *sink);
/* What was flushed joins with what follows it, so that there are fewer. */
void sink_lanes_join(struct sink *sink);
/* Tells how far it is. */
void sink_tell_progress(struct sink *sink);

#endif
