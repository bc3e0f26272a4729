/* Of src/base and of io/digest what pieces need, in place of what asks Windows. */
#include "base/mem.h"
#include "base/str.h"
#include "io/digest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void mem_free(void *block)
{
    free(block);
}

void *mem_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *mem_zalloc(size_t size)
{
    return calloc(1, size ? size : 1);
}

void *mem_array_alloc(size_t count, size_t size)
{
    return calloc(count ? count : 1, size);
}

char *mem_strdup(const char *text)
{
    return text ? strdup(text) : NULL;
}

void *mem_dup(const void *block, size_t size)
{
    void *copy = mem_alloc(size);

    return copy ? memcpy(copy, block, size) : NULL;
}

bool str_equal_nocase(const char *a, const char *b)
{
    return !strcasecmp(a, b);
}

/* ---- not SHA-256, but a value of all bytes, which is what reading needs ---- */

struct digest
{
    uint64_t state;
};

HRESULT digest_open(struct digest **digest)
{
    *digest = mem_zalloc(sizeof(**digest));
    return *digest ? S_OK : E_OUTOFMEMORY;
}

void digest_close(struct digest *digest)
{
    free(digest);
}

HRESULT digest_update(struct digest *digest, const void *data, size_t size)
{
    const BYTE *next = data;

    while (size--)
        digest->state = (digest->state ^ *next++) * 0x100000001b3u;
    return S_OK;
}

HRESULT digest_finish(struct digest *digest, BYTE value[DIGEST_SIZE])
{
    size_t i;

    for (i = 0; i < DIGEST_SIZE; i++)
        value[i] = (BYTE)(digest->state >> i % 8 * 8);
    digest->state = 0;
    return S_OK;
}
