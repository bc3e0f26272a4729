#include "model/rendezvous.h"

/* FNV-1a */
static uint64_t add_text(uint64_t hash, const char *text)
{
    const unsigned char *at;

    for (at = (const unsigned char *)text; *at; at++)
        hash = (hash ^ *at) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u; /* a byte that no UTF-8 has: where the text ends */
}

uint64_t rendezvous_weight(const char *node, const char *key)
{
    uint64_t hash = add_text(add_text(0xcbf29ce484222325u, node), key);

    /* every bit of the sum counts in the comparison (the finish of splitmix64) */
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return hash ^ hash >> 31;
}
