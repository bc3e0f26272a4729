#include "core/piece_watch.h"

#include <string.h>

static bool is_good(struct piece_watch *watch)
{
    BYTE value[DIGEST_SIZE];

    return SUCCEEDED(digest_finish(watch->digest, value)) &&
           !memcmp(value, watch->pieces->digests[watch->piece], DIGEST_SIZE);
}

static void begin_anew(struct piece_watch *watch)
{
    BYTE value[DIGEST_SIZE];

    watch->piece = 0;
    watch->in_piece = watch->seen = 0;
    watch->broken = FAILED(digest_finish(watch->digest, value));
}

/* The bytes are of one piece. */
static void take(struct piece_watch *watch, const void *data, size_t size)
{
    if (FAILED(digest_update(watch->digest, data, size)))
        watch->broken = true;
    watch->in_piece += size;
    if (watch->broken || watch->in_piece < watch->pieces->size)
        return;
    watch->broken = !is_good(watch);
    watch->piece += !watch->broken;
    watch->in_piece = 0;
}

static void see(struct sink_watcher *watcher, const void *data, size_t size)
{
    struct piece_watch *watch = CONTAINER_OF(watcher, struct piece_watch, watcher);
    const BYTE *next = data;
    size_t part;

    if (!data)
    {
        begin_anew(watch);
        return;
    }
    watch->seen += size;
    while (size && !watch->broken && watch->piece < watch->pieces->count)
    {
        part = (size_t)MIN(size, watch->pieces->size - watch->in_piece);
        take(watch, next, part);
        next += part;
        size -= part;
    }
}

HRESULT piece_watch_open(struct piece_watch *watch, const struct pieces *pieces)
{
    watch->watcher.see = see;
    watch->pieces = pieces;
    return digest_open(&watch->digest);
}

size_t piece_watch_good(struct piece_watch *watch, UINT64 total)
{
    if (!watch->digest || watch->seen != total)
        return 0;
    /* the last piece is shorter, so its end shows only now */
    if (!watch->broken && watch->in_piece && watch->piece == watch->pieces->count - 1)
    {
        watch->broken = !is_good(watch);
        watch->piece += !watch->broken;
        watch->in_piece = 0;
    }
    return watch->piece;
}

void piece_watch_close(struct piece_watch *watch)
{
    digest_close(watch->digest);
    watch->digest = NULL;
}
