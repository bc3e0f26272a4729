/*
 * IDODownload's view of a job: one file, and states of its own.
 *
 * A download is a struct job of JOB_FACE_DOWNLOAD; properties that are numbers or text go through
 * engine.h. Threads, errors and pointers as in engine.h.
 */
#ifndef DOSVC_CORE_DOWNLOAD_H
#define DOSVC_CORE_DOWNLOAD_H

#include "core/engine.h"

struct stream_sink /* bytes go to the client instead of a file; counted */
{
    /* Appends; on the download's own thread, which is in the MTA, with no lock held. */
    HRESULT (*write)(struct stream_sink *stream, const void *data, size_t size);
    void (*addref)(struct stream_sink *stream);  /* any thread; memory only */
    void (*release)(struct stream_sink *stream); /* any thread, no lock held */
};

/* In state Created, with one file that has neither URL nor target; *job is counted. */
HRESULT download_create(struct job **job);
/* Created and Paused only. E_INVALIDARG: empty or too long; INET_E_INVALID_URL. */
HRESULT download_set_uri(struct job *job, const WCHAR *url);
/* Created only. E_INVALIDARG: not a full path to a file; SINK_ALREADY_SET: there is a stream. */
HRESULT download_set_path(struct job *job, const WCHAR *path);
/* Created only; on success the reference is the download's. NULL clears. */
HRESULT download_set_stream(struct job *job, struct stream_sink *stream);
/* The stream that was set, counted, or NULL. */
struct stream_sink *download_stream(struct job *job);
/* Bytes the client expects, checked against what comes. UINT64_MAX: it does not know. */
HRESULT download_set_size(struct job *job, UINT64 size);
/* Of what is written: as it came, as the server told, or as the client did. UINT64_MAX: unknown. */
UINT64 download_size(struct job *job);

/* ranges: NULL with count 0 for all of it, or to go on with what was given before. Aborts another
 * download to the same path. */
HRESULT download_start(struct job *job, const struct range *ranges, size_t count);
HRESULT download_pause(struct job *job);
HRESULT download_finalize(struct job *job); /* waits */
HRESULT download_abort(struct job *job);    /* waits */

struct download_status
{
    UINT64 bytes_total; /* 0 until it is known */
    UINT64 bytes_transferred;
    enum download_state state;
    HRESULT error;    /* failed: it is over until Start is called again */
    HRESULT extended; /* the cause behind error */
};
void download_status(struct job *job, struct download_status *status);

#endif
