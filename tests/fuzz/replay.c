#include "fuzz.h"

#include <string.h>

/* A fuzzer for compilers that have none: the same inputs in every run. */

#define ROUNDS 20000
#define SIZE_MAX_INPUT 4096

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint32_t next_random(void) /* xorshift64* */
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)(random_state * 0x2545f4914f6cdd1du >> 32);
}

static size_t below(size_t limit)
{
    return limit ? next_random() % limit : 0;
}

static size_t change(uint8_t *data, size_t size)
{
    static const char interesting[] = "\r\n\t :/?#@[]%.,-*\"\\=0919aZ\x7f\x80\xff";
    size_t at = below(size + 1), count;

    switch (below(6))
    {
    case 0: /* another byte */
        if (at < size)
            data[at] = (uint8_t)next_random();
        break;
    case 1: /* a byte that means something */
        if (at < size)
            data[at] = (uint8_t)interesting[below(sizeof(interesting))];
        break;
    case 2: /* one more */
        if (size < SIZE_MAX_INPUT)
        {
            memmove(data + at + 1, data + at, size - at);
            data[at] = (uint8_t)interesting[below(sizeof(interesting))];
            size++;
        }
        break;
    case 3: /* some less */
        count = below(size - at + 1);
        memmove(data + at, data + at + count, size - at - count);
        size -= count;
        break;
    case 4: /* a piece twice */
        count = below(size - at + 1);
        if (size + count <= SIZE_MAX_INPUT)
        {
            memmove(data + at + count, data + at, size - at);
            size += count;
        }
        break;
    default: /* cut */
        size = at;
        break;
    }
    return size;
}

static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* its own block, so that a read past it is noticed */

    MUST(copy);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(void)
{
    static uint8_t data[SIZE_MAX_INPUT + 1];
    size_t seed, seeds = 0, size, changes;
    int round;

    for (; fuzz_seeds[seeds]; seeds++)
        run((const uint8_t *)fuzz_seeds[seeds], strlen(fuzz_seeds[seeds]));
    for (round = 0; round < ROUNDS; round++)
    {
        seed = below(seeds);
        size = strlen(fuzz_seeds[seed]);
        memcpy(data, fuzz_seeds[seed], size);
        for (changes = 1 + below(6); changes; changes--)
            size = change(data, size);
        run(data, size);
    }
    return 0;
}
