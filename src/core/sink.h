/*
 * Where a transfer's bytes go: gathered into buffers and appended to a part file by the disk
 * thread. Engine thread only; events arrive on it, never inside a call.
 *
 * Bytes are appended to a lane, which is a run of the file. The first lane starts at 0, and is the
 * only one unless sink_open_lane makes others, behind a gap; where one ends and the next one begins
 * they are as one.
 *
 * The pool of buffers is bounded. When it is spent sink_put takes nothing, and the room event says
 * when to offer the bytes again; sinks that hold a half-filled buffer then write it early, so a
 * slow server cannot keep the others' memory.
 */
#ifndef DOSVC_CORE_SINK_H
#define DOSVC_CORE_SINK_H

#include "core/runner.h"
#include "model/runs.h"

struct sink;
struct sink_lane;
struct stream_sink;

struct sink_events
{
    /* S_OK: ready, at sink_position. S_FALSE: what was there before is gone, it starts from 0. */
    void (*opened)(void *context, HRESULT hr);
    /* Bytes up to `written` are in the part file; those up to `flushed` survive a power cut. Of
     * those behind a gap sink_aside and sink_spans know. */
    void (*progress)(void *context, UINT64 written, UINT64 flushed);
    /* Writing failed, once; nothing more is taken. The sink must still be sealed. */
    void (*failed)(void *context, HRESULT hr);
    void (*room)(void *context);
    /* After sink_prepare_lanes: there may be others, or not. */
    void (*lanes)(void *context, bool may);
    /* The last event: the file is closed and the sink freed. An error: not all of it is there, and
     * what the last progress event did not call flushed may not be. */
    void (*sealed)(void *context, HRESULT hr);
};

struct sink_target
{
    const WCHAR *path;          /* of the part file; copied */
    bool made;                  /* it was created: it is opened and cut to what it should hold */
    struct stream_sink *stream; /* instead of a file; outlives the sink */
    UINT64 received;            /* bytes from its start */
    const struct range *spans;  /* further bytes; none count unless runs_are_behind has them so */
    size_t span_count;
    /* Other bytes are about to take the place of those that were there: on the disk thread, may
     * wait. If it fails the sink does. */
    HRESULT (*forget)(void *context);
};
/* Success means that opened will come, and after it sink_seal must be called. A stream is written
 * on a thread of its own and never begins again: sink_restart then fails. */
HRESULT sink_open(struct runner *runner, const struct sink_target *target,
                  const struct sink_events *events, void *context, struct sink **sink);

enum sink_take
{
    SINK_TAKEN,
    SINK_FULL,  /* nothing was taken: wait for room */
    SINK_FAILED /* out of memory; after a failed event nothing is needed */
};
/* Appends to the lane. `left`: how many bytes are still to come, these included, as far as is
 * known. The caller does not go beyond sink_lane_limit. */
enum sink_take sink_put(struct sink_lane *lane, const void *data, size_t size, UINT64 left);
/* Whether sink_put would take so many bytes of those left now. If not, room tells when. */
bool sink_takes(struct sink_lane *lane, size_t size, UINT64 left);
struct sink_watcher
{
    /* The next bytes, in order, on a thread of its own, beside their being written; NULL: all of it
     * begins anew. Not called any more once the sink is sealed, nor for bytes of another lane than
     * the first and what follows those. */
    void (*see)(struct sink_watcher *watcher, const void *data, size_t size);
};
/* Shows it what the file gets, all of it or, where that is not worth the while, nothing. To be
 * called before the first byte; of a file that has bytes already nothing is shown. */
void sink_watch(struct sink *sink, struct sink_watcher *watcher);
/* To be called about once a second while bytes come: from a slow server, too, they are written, and
 * so count as progress, within seconds. */
void sink_tick(struct sink *sink, UINT64 now);
UINT64 sink_position(const struct sink *sink); /* of the first byte that is missing */
bool sink_is_empty(const struct sink *sink);
/* The last bytes (at most RESUME_OVERLAP) before the position at which it was opened. */
const BYTE *sink_tail(const struct sink *sink, size_t *size);
/* Forgets everything, cuts the file to nothing and begins again at 0. */
HRESULT sink_restart(struct sink *sink);
/* Writes what is gathered, flushes and closes. `whole`: nothing is missing, so the file need not be
 * sparse any more. */
void sink_seal(struct sink *sink, bool whole);

/* ---- lanes: gone, all but the first, when the sink begins again ---- */

/* Where the first missing byte goes. */
struct sink_lane *sink_front(struct sink *sink);
/* All of them, as runs_find_help wants them; returns how many. */
size_t sink_runs(const struct sink *sink, struct run runs[RUNS_MAX]);
struct sink_lane *sink_lane_at(struct sink *sink, size_t index); /* the same index */
UINT64 sink_lane_position(const struct sink_lane *lane);
/* Where the next lane begins, or `total`. */
UINT64 sink_lane_limit(const struct sink_lane *lane, UINT64 total);
/* Somebody appends to it, or nobody any more. */
void sink_lane_set_growing(struct sink_lane *lane, bool growing);
bool sink_lane_is_growing(const struct sink_lane *lane);
/* Makes the file sparse, so that bytes behind a gap cost no more than themselves; the lanes event
 * says whether that could be done. Once; not of a stream. */
void sink_prepare_lanes(struct sink *sink);
/* A lane that begins there, inside of the gap behind `lane`. NULL: there are enough. */
struct sink_lane *sink_open_lane(struct sink_lane *lane, UINT64 at);

/* A lane that nobody appends to is gone if it has no bytes; else nothing happens. */
void sink_close_empty_lane(struct sink_lane *lane);

/* Bytes that are missing of `total`, as far as they have come. */
UINT64 sink_missing(const struct sink *sink, UINT64 total);
/* Bytes in the part file behind a gap. */
UINT64 sink_aside(const struct sink *sink);
/* Which of them survive a power cut, behind those that the progress event calls flushed. */
size_t sink_spans(const struct sink *sink, struct range spans[RUNS_MAX]);

#endif
