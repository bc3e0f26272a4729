#ifndef IO_HTTP_MEMORY_H
#define IO_HTTP_MEMORY_H

#include "base/platform.h"

/* libcurl's memory: base/mem's, but that receive buffers are kept for the next transfer. Each
 * transfer has one of its own, and the heap gives a block of that size back to the system when it
 * is freed; Wine touches every page of a buffer that is read into, so a new one costs two faults
 * for each of its pages, which is more than to fetch a small file. Any thread. */

void *http_memory_alloc(size_t size);
void *http_memory_realloc(void *block, size_t size);
void *http_memory_calloc(size_t count, size_t size);
void http_memory_free(void *block);

/* Frees what is kept. libcurl has nothing any more. */
void http_memory_drop(void);

#endif
