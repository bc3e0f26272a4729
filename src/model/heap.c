#include "model/heap.h"

/* The one with the smaller key becomes the parent of the other; of equals, the first argument. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
    struct heap_node *parent = a, *child = b;

    if (!a || !b)
        return a ? a : b;
    if (b->key < a->key)
    {
        parent = b;
        child = a;
    }
    child->previous = parent;
    child->next = parent->child;
    if (child->next)
        child->next->previous = child;
    parent->child = child;
    parent->next = parent->previous = NULL;
    return parent;
}

/* One heap of the children of a node: in pairs from left to right, then all from right to left. */
static struct heap_node *meld_children(struct heap_node *child)
{
    struct heap_node *pairs = NULL, *all = NULL;

    while (child)
    {
        struct heap_node *a = child, *b = child->next;

        child = b ? b->next : NULL;
        a->next = a->previous = NULL;
        if (b)
            b->next = b->previous = NULL;
        a = meld(a, b);
        a->next = pairs; /* a list for now */
        pairs = a;
    }
    while (pairs)
    {
        struct heap_node *pair = pairs;

        pairs = pair->next;
        pair->next = NULL;
        all = meld(pair, all);
    }
    return all;
}

void heap_add(struct heap *heap, struct heap_node *node, uint64_t key)
{
    *node = (struct heap_node){.key = key, .in_heap = true};
    heap->first = meld(heap->first, node);
    heap->count++;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    struct heap_node *below;

    if (!node->in_heap)
        return;
    below = meld_children(node->child);
    if (node == heap->first)
        heap->first = below;
    else
    {
        if (node->previous->child == node)
            node->previous->child = node->next;
        else
            node->previous->next = node->next;
        if (node->next)
            node->next->previous = node->previous;
        heap->first = meld(heap->first, below);
    }
    *node = (struct heap_node){.key = node->key};
    heap->count--;
}

void heap_move(struct heap *heap, struct heap_node *node, uint64_t key)
{
    if (node->in_heap && node->key == key)
        return;
    heap_remove(heap, node);
    heap_add(heap, node, key);
}
