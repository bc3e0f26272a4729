#include "io/http_memory.h"

#include "base/lock.h"
#include "base/mem.h"

#define LEAST ((size_t)128 << 10) /* bytes: smaller blocks the heap keeps itself */
#define KEPT_MOST 16              /* as many files as move at a time */

struct kept
{
    void *block; /* NULL: none */
    size_t size;
    bool used;
};

static struct lock kept_lock = LOCK_INIT(LOCK_LEAF); /* protects kept */
static struct kept kept[KEPT_MOST];

/* One that is free and of that size; else a place for one, whose block is NULL or goes; else NULL.
 */
static struct kept *find_free_locked(size_t size)
{
    struct kept *place = NULL;
    size_t i;

    for (i = 0; i < KEPT_MOST; i++)
    {
        if (kept[i].used)
            continue;
        if (kept[i].block && kept[i].size == size)
            return &kept[i];
        if (!place || !kept[i].block)
            place = &kept[i];
    }
    return place;
}

static struct kept *find_locked(const void *block)
{
    size_t i;

    for (i = 0; i < KEPT_MOST; i++)
        if (kept[i].block == block)
            return &kept[i];
    return NULL;
}

/* NULL: all are used, or out of memory. */
static void *take(size_t size)
{
    struct kept *place;
    void *block = NULL;

    lock_take(&kept_lock);
    place = find_free_locked(size);
    if (place && (!place->block || place->size != size))
    {
        mem_free(place->block);
        place->block = mem_alloc(size);
        place->size = size;
    }
    if (place && (block = place->block))
        place->used = true;
    lock_drop(&kept_lock);
    return block;
}

/* False: it is none of them. */
static bool give_back(void *block)
{
    struct kept *place;

    lock_take(&kept_lock);
    if ((place = find_locked(block)))
        place->used = false;
    lock_drop(&kept_lock);
    return place != NULL;
}

/* 0: it is none of them. */
static size_t kept_size(const void *block)
{
    const struct kept *place;
    size_t size;

    lock_take_shared(&kept_lock);
    size = (place = find_locked(block)) ? place->size : 0;
    lock_drop_shared(&kept_lock);
    return size;
}

void *http_memory_alloc(size_t size)
{
    void *block = size >= LEAST ? take(size) : NULL;

    return block ? block : mem_alloc(size);
}

void *http_memory_realloc(void *block, size_t size)
{
    size_t had = block ? kept_size(block) : 0;
    void *moved;

    if (!had)
        return mem_realloc(block, size);
    if ((moved = mem_alloc(size)))
    {
        memcpy(moved, block, MIN(had, size));
        give_back(block);
    }
    return moved;
}

void *http_memory_calloc(size_t count, size_t size)
{
    return mem_array_alloc(count, size);
}

void http_memory_free(void *block)
{
    if (block && !give_back(block))
        mem_free(block);
}

void http_memory_drop(void)
{
    size_t i;

    lock_take(&kept_lock);
    for (i = 0; i < KEPT_MOST; i++)
    {
        assert(!kept[i].used);
        mem_free(kept[i].block);
        kept[i] = (struct kept){0};
    }
    lock_drop(&kept_lock);
}
