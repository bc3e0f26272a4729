/*
 * A part file held against its pieces, step by step, so that others get their turn on the disk
 * thread, where all of this runs. One thread at a time.
 */
#ifndef DOSVC_CORE_PIECE_CHECK_H
#define DOSVC_CORE_PIECE_CHECK_H

#include "core/pieces.h"

struct partfile;

struct piece_check
{
    /* set by the caller, all else zero; borrowed */
    const WCHAR *path;
    const struct pieces *pieces;
    UINT64 total; /* bytes of the file; of more than one piece: pieces->length */

    size_t piece; /* the one that is next or being read; pieces->count: all are good */
    bool bad;     /* it was read, and is not what it should be */

    /* its own */
    struct partfile *file;
    struct digest *digest;
    BYTE *buffer;
    UINT64 offset; /* of the next byte */
};

/* Reads some more; there is a piece left, and it is not bad. */
HRESULT piece_check_step(struct piece_check *check);
/* Other bytes in place of the bad piece, which is read anew. */
HRESULT piece_check_mend(struct piece_check *check, const void *data, size_t size);
/* After any of the above, or none. */
void piece_check_close(struct piece_check *check);

/* Of the piece, in the file. Any thread, while none of the above runs. */
UINT64 piece_check_start(const struct piece_check *check);
UINT64 piece_check_length(const struct piece_check *check);

#endif
