#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A target feeds bytes to one part of src/model and checks what must hold for any input. Built with
 * clang it is a libFuzzer program; otherwise replay.c runs it over its seeds and random changes of
 * them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What both start from; ends with NULL. */
extern const char *const fuzz_seeds[];

#define MUST(condition)                                                                            \
    do                                                                                             \
    {                                                                                              \
        if (!(condition))                                                                          \
        {                                                                                          \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
