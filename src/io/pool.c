#include "io/pool.h"

#include "base/lock.h"
#include "base/mem.h"

struct block /* what a borrower sees is the buffer inside */
{
    struct pool_buffer buffer;
    struct block *next; /* in the free list */
};

struct pool
{
    struct lock lock;   /* protects what follows */
    struct block *free; /* of POOL_BLOCK bytes each */
    size_t lent;        /* bytes */
};

static void block_free(struct block *block)
{
    mem_free(block->buffer.data);
    mem_free(block);
}

static struct block *block_create(size_t capacity)
{
    struct block *block = mem_zalloc(sizeof(*block));

    if (!block)
        return NULL;
    block->buffer.data = mem_alloc(capacity);
    block->buffer.capacity = capacity;
    if (block->buffer.data)
        return block;
    mem_free(block);
    return NULL;
}

HRESULT pool_open(struct pool **pool)
{
    struct pool *made = mem_zalloc(sizeof(*made));

    if (!made)
        return E_OUTOFMEMORY;
    lock_init(&made->lock, LOCK_LEAF);
    *pool = made;
    return S_OK;
}

void pool_close(struct pool *pool)
{
    struct block *block;

    if (!pool)
        return;
    assert(!pool->lent);
    while ((block = pool->free))
    {
        pool->free = block->next;
        block_free(block);
    }
    mem_free(pool);
}

/* Reserves the bytes, or false. *block is one from the free list, or NULL: make one. */
static bool reserve(struct pool *pool, size_t capacity, struct block **block)
{
    bool fits;

    *block = NULL;
    lock_take(&pool->lock);
    fits = capacity <= POOL_BUDGET + POOL_SPARE - pool->lent;
    if (fits)
        pool->lent += capacity;
    if (fits && capacity == POOL_BLOCK && pool->free)
    {
        *block = pool->free;
        pool->free = (*block)->next;
    }
    lock_drop(&pool->lock);
    return fits;
}

HRESULT pool_get(struct pool *pool, size_t wanted, struct pool_buffer **buffer)
{
    struct block *block;

    assert(wanted && wanted <= POOL_BLOCK);
    *buffer = NULL;
    if (!reserve(pool, wanted, &block))
        return S_FALSE;
    if (!block && !(block = block_create(wanted)))
    {
        lock_take(&pool->lock);
        pool->lent -= wanted;
        lock_drop(&pool->lock);
        return E_OUTOFMEMORY;
    }
    block->buffer.used = 0;
    *buffer = &block->buffer;
    return S_OK;
}

bool pool_has(struct pool *pool, size_t wanted)
{
    bool has;

    lock_take(&pool->lock);
    has = pool->lent < POOL_BUDGET && wanted <= POOL_BUDGET - pool->lent;
    lock_drop(&pool->lock);
    return has;
}

void pool_put(struct pool *pool, struct pool_buffer *buffer)
{
    struct block *block;
    bool keep;

    if (!buffer)
        return;
    block = CONTAINER_OF(buffer, struct block, buffer);
    keep = buffer->capacity == POOL_BLOCK;
    lock_take(&pool->lock);
    pool->lent -= buffer->capacity;
    if (keep)
    {
        block->next = pool->free;
        pool->free = block;
    }
    lock_drop(&pool->lock);
    if (!keep)
        block_free(block);
}
