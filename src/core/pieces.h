/*
 * What a file's bytes must be: the texts that say so, read and judged (docs/integrity.md). Any
 * thread; no lock.
 *
 * A text that is no good has the DO_E_METAINFO_* code of what is wrong with it.
 */
#ifndef DOSVC_CORE_PIECES_H
#define DOSVC_CORE_PIECES_H

#include "base/platform.h"
#include "io/digest.h"

#define PIECES_FILE_MAX (16u << 20) /* bytes of a pieces hash file */

/* A value of the property IntegrityCheckInfo. It names a digest of the file, or a pieces hash file
 * and at least one of the digests that vouch for it. */
struct integrity_info
{
    bool has_file_digest;
    bool has_pieces_digest;
    bool has_hash_of_hashes;
    BYTE file_digest[DIGEST_SIZE];
    BYTE pieces_digest[DIGEST_SIZE]; /* of the bytes of the pieces hash file */
    BYTE hash_of_hashes[DIGEST_SIZE];
    char *pieces_url;
};
/* On failure there is nothing to clean up. */
HRESULT integrity_info_parse(const char *text, struct integrity_info *info);
void integrity_info_cleanup(struct integrity_info *info); /* zeros are fine */

struct pieces
{
    UINT64 length; /* of the file; UINT64_MAX: any */
    UINT64 size;   /* of each piece but the last; UINT64_MAX: one piece is all of it */
    size_t count;
    BYTE (*digests)[DIGEST_SIZE];
};
/* One piece: the whole file. */
HRESULT pieces_of_file(const BYTE digest[DIGEST_SIZE], struct pieces *pieces);
/* The contents of a pieces hash file, held against what the info says of it. */
HRESULT pieces_parse(const struct integrity_info *info, const char *text, size_t size,
                     struct pieces *pieces);
void pieces_cleanup(struct pieces *pieces); /* zeros are fine */
/* The HashOfHashes of version 1.0. */
HRESULT pieces_hash(const struct pieces *pieces, BYTE value[DIGEST_SIZE]);

#endif
