#ifndef MODEL_HEAP_H
#define MODEL_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What has the smallest key comes first: a pairing heap. A member is a struct heap_node inside
 * something larger, so nothing is allocated. Adding takes constant time, taking out O(log n),
 * amortised. */

struct heap_node /* zeros: in no heap */
{
    uint64_t key;
    struct heap_node *child;    /* the first one */
    struct heap_node *next;     /* among the children of one node */
    struct heap_node *previous; /* ... or, of the first one, their parent */
    bool in_heap;
};

struct heap /* zeros: empty */
{
    struct heap_node *first;
    size_t count;
};

void heap_add(struct heap *heap, struct heap_node *node, uint64_t key);
/* Nothing happens to a node that is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Adds it, or moves it to another key. */
void heap_move(struct heap *heap, struct heap_node *node, uint64_t key);

#endif
