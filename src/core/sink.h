/*
 * Where a transfer's bytes go: gathered into buffers and appended to a part file by the disk
 * thread. Engine thread only; events arrive on it, never inside a call.
 *
 * The pool of buffers is bounded. When it is spent sink_put takes nothing, and the room event says
 * when to offer the bytes again; sinks that hold a half-filled buffer then write it early, so a
 * slow server cannot keep the others' memory.
 */
#ifndef DOSVC_CORE_SINK_H
#define DOSVC_CORE_SINK_H

#include "core/runner.h"

struct sink;
struct stream_sink;

struct sink_events
{
    /* S_OK: ready, at sink_position. S_FALSE: what was there before is gone, it starts from 0. */
    void (*opened)(void *context, HRESULT hr);
    /* Bytes up to `written` are in the part file; those up to `flushed` survive a power cut. */
    void (*progress)(void *context, UINT64 written, UINT64 flushed);
    /* Writing failed, once; nothing more is taken. The sink must still be sealed. */
    void (*failed)(void *context, HRESULT hr);
    void (*room)(void *context);
    /* The last event: the file is closed and the sink freed. An error: not all of it is flushed. */
    void (*sealed)(void *context, HRESULT hr);
};

struct sink_target
{
    const WCHAR *path;          /* of the part file; copied */
    bool made;                  /* it was created: it is opened and cut to `received` bytes */
    struct stream_sink *stream; /* instead of a file; outlives the sink */
    UINT64 received;
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
/* Appends. `left`: how many bytes are still to come, these included, as far as is known. */
enum sink_take sink_put(struct sink *sink, const void *data, size_t size, UINT64 left);
/* Whether sink_put would take so many bytes of those left now. If not, room tells when. */
bool sink_takes(struct sink *sink, size_t size, UINT64 left);
struct sink_watcher
{
    /* The next bytes, in order, on a thread of its own, beside their being written; NULL: all of it
     * begins anew. Not called any more once the sink is sealed. */
    void (*see)(struct sink_watcher *watcher, const void *data, size_t size);
};
/* Shows it what the file gets, all of it or, where that is not worth the while, nothing. To be
 * called before the first byte; of a file that has bytes already nothing is shown. */
void sink_watch(struct sink *sink, struct sink_watcher *watcher);
/* To be called about once a second while bytes come: from a slow server, too, they are written, and
 * so count as progress, within seconds. */
void sink_tick(struct sink *sink, UINT64 now);
UINT64 sink_position(const struct sink *sink); /* where the next byte goes */
/* The last bytes (at most RESUME_OVERLAP) before the position at which it was opened. */
const BYTE *sink_tail(const struct sink *sink, size_t *size);
/* Forgets everything, cuts the file to nothing and begins again at 0. */
HRESULT sink_restart(struct sink *sink);
/* Writes what is gathered, flushes and closes. */
void sink_seal(struct sink *sink);

#endif
