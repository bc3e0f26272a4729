/*
 * A client's IStream as a sink of core: nothing of it but ISequentialStream::Write is called.
 *
 * A stream of the MTA, and an agile one, is written on the thread that core gives the download.
 * One of an STA is written through its proxy on a home of its own (com/delivery), and if that
 * apartment ends, what is being written fails instead of waiting for ever.
 */
#ifndef DOSVC_COM_STREAM_TARGET_H
#define DOSVC_COM_STREAM_TARGET_H

#include "base/platform.h"
#include "core/download.h"

/* To be called on the thread that owns the stream. What QueryInterface says if object is none. */
HRESULT stream_target_create(IUnknown *object, struct stream_sink **sink);
/* The object it was made of: a counted pointer valid in the caller's apartment. */
HRESULT stream_target_get(struct stream_sink *sink, IUnknown **object);

#endif
