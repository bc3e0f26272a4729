/*
 * Pieces held against the bytes of a file as they come, so that what is good then need not be read
 * back. It stops at the first piece that is bad; piece_check goes on from there.
 */
#ifndef DOSVC_CORE_PIECE_WATCH_H
#define DOSVC_CORE_PIECE_WATCH_H

#include "core/pieces.h"
#include "core/sink.h"

struct piece_watch
{
    struct sink_watcher watcher; /* for sink_watch */
    const struct pieces *pieces; /* borrowed */
    struct digest *digest;
    size_t piece;    /* the one that is coming */
    UINT64 in_piece; /* bytes of it */
    UINT64 seen;     /* bytes of the file */
    bool broken;     /* nothing beyond `piece` is known */
};

/* Zeros before; on failure it sees nothing. */
HRESULT piece_watch_open(struct piece_watch *watch, const struct pieces *pieces);
/* The file has so many bytes and is whole: how many pieces, from the first one on, are good. */
size_t piece_watch_good(struct piece_watch *watch, UINT64 total);
void piece_watch_close(struct piece_watch *watch); /* zeros are fine */

#endif
