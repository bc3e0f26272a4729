/*
 * Holds what a transfer fetched against what the client said it must be (docs/integrity.md). Before
 * the first request it reads the client's text and fetches the pieces hash file. It watches the
 * bytes that come; once the part file is closed it reads back, piece by piece, what it has not seen
 * to be good, fetches a bad piece once more, and removes a part file that stays bad. A transfer
 * without such a text has none of this. Engine thread only.
 */
#ifndef DOSVC_CORE_INTEGRITY_H
#define DOSVC_CORE_INTEGRITY_H

#include "base/platform.h"

struct integrity;
struct transfer;

/* S_OK with *integrity NULL: the client said nothing. The caller holds engine_lock. */
HRESULT integrity_create_locked(struct transfer *transfer, struct integrity **integrity);
void integrity_free(struct integrity *integrity); /* NULL is fine, as in all below */

/* Gets ready, once, and then calls transfer_ask or transfer_end; either may happen inside. */
void integrity_prepare(struct transfer *transfer);
/* It is getting ready: the part file stays open, transfer_close_when_quiet is called after it. */
bool integrity_is_busy(const struct integrity *integrity);
/* The part file is closed and said to be complete. True: transfer_checked follows, with the end
 * changed if the bytes are not right. */
bool integrity_check(struct transfer *transfer);
/* Nobody waits for the result any more. */
void integrity_stop(struct integrity *integrity);
void integrity_tick(struct integrity *integrity, UINT64 now);

#endif
