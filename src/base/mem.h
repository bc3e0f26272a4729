/*
 * Memory. Everything this library allocates for itself comes from here, so that a test can count
 * what is alive and make any single allocation fail (fault point "alloc").
 *
 * All functions: any thread. All that allocate return NULL when there is no memory and then set
 * the last error to ERROR_OUTOFMEMORY (whose HRESULT is E_OUTOFMEMORY); the caller owns the block
 * and gives it to mem_free. A size of 0 gives a block of 1 byte, so NULL always means failure.
 * Memory that the API hands to clients is CoTaskMem and not counted here (str_cotask_dup).
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/platform.h"

/* Ends a block of this file; NULL is fine. Keeps the last error, so cleanup cannot hide a cause. */
void mem_free(void *block);

/* What a function returns must reach mem_free, for gcc's -fanalyzer and its warnings. */
#if defined(__GNUC__) && __GNUC__ >= 11
#define MEM_OWNED __attribute__((malloc, malloc(mem_free, 1)))
#else
#define MEM_OWNED
#endif

/* A block of `size` bytes, not initialised. */
void *mem_alloc(size_t size) MEM_OWNED;

/* A block of `size` zero bytes. */
void *mem_zalloc(size_t size) MEM_OWNED;

/* Changes the size, keeps the contents; may move the block. On failure `block` is as it was and
 * still the caller's. A NULL block is allocated. New bytes are not initialised. */
void *mem_realloc(void *block, size_t size);

/* `count` zeroed elements of `size` bytes; fails, rather than wraps, if the product is too large.
 */
void *mem_array_alloc(size_t count, size_t size) MEM_OWNED;

/* Makes room for at least `needed` elements of `size` bytes in a growing array; *capacity is how
 * many it has room for (0 and NULL to begin with) and is updated. At least doubles, so appending
 * is cheap. Returns the array, perhaps moved; on failure NULL, and array and *capacity stay. */
void *mem_array_grow(void *array, size_t *capacity, size_t needed, size_t size);

/* Copies of strings; NULL in gives NULL out, with no last error set. */
WCHAR *mem_wcsdup(const WCHAR *text) MEM_OWNED;
char *mem_strdup(const char *text) MEM_OWNED;

/* Copies `size` bytes. */
void *mem_dup(const void *block, size_t size) MEM_OWNED;

/* How many blocks are allocated and not freed. A test's teardown finds the number it began with. */
LONG mem_live_blocks(void);

#endif
