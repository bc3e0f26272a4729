/* Test data of any size that nobody stores: every byte follows from a seed and its offset.
 *
 * Two seeds give unrelated bytes, so a piece of the wrong file is always noticed. */
#ifndef TESTKIT_CONTENT_H
#define TESTKIT_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* Writes the bytes [offset, offset + length) of the content `seed` to `buffer`. */
void content_fill(uint32_t seed, uint64_t offset, void *buffer, size_t length);

/* Whether the file holds exactly the first `size` bytes of the content. Says on stderr what
 * differs.
 */
bool content_check_file(const wchar_t *path, uint32_t seed, uint64_t size);

/* Whether `length` bytes of the file at `file_offset` equal those of the content at `offset`. */
bool content_check_part(const wchar_t *path, uint64_t file_offset, uint32_t seed, uint64_t offset,
                        uint64_t length);

/* Makes a file of the first `size` bytes of the content. */
bool content_write_file(const wchar_t *path, uint32_t seed, uint64_t size);

/* The size of a file, or UINT64_MAX when there is none. */
uint64_t content_file_size(const wchar_t *path);

#endif
