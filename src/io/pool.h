#ifndef IO_POOL_H
#define IO_POOL_H

#include "base/platform.h"

/* Buffers between the network and the disk, bounded so that a slow disk makes transfers pause
 * instead of memory grow. */

#define POOL_BUDGET ((size_t)8 << 20) /* bytes lent out before more is read from the network */
#define POOL_SPARE ((size_t)2 << 20)  /* for the rest of a read during which that came true */
#define POOL_BLOCK ((size_t)1 << 20)  /* the largest buffer */

struct pool;

struct pool_buffer
{
    void *data;
    size_t capacity;
    size_t used; /* the borrower's; 0 at first */
};

HRESULT pool_open(struct pool **pool);
void pool_close(struct pool *pool); /* every buffer must be back */

/* A buffer of at least `wanted` bytes (1..POOL_BLOCK). The engine thread's. S_OK; S_FALSE and NULL:
 * budget and spare are spent, ask again after a pool_put; E_OUTOFMEMORY. */
HRESULT pool_get(struct pool *pool, size_t wanted, struct pool_buffer **buffer);
/* Whether so many bytes could be lent now without touching the spare. */
bool pool_has(struct pool *pool, size_t wanted);
void pool_put(struct pool *pool, struct pool_buffer *buffer); /* any thread; NULL is fine */

#endif
