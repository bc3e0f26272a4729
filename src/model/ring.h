#ifndef MODEL_RING_H
#define MODEL_RING_H

#include <stdbool.h>
#include <stddef.h>

/* A list in which every member knows its neighbours: a ring through its head. A member is a struct
 * ring inside something larger; being in no ring is being a ring of its own. */

struct ring
{
    struct ring *next;
    struct ring *previous;
};

static inline void ring_init(struct ring *ring)
{
    ring->next = ring->previous = ring;
}

static inline bool ring_is_empty(const struct ring *head)
{
    return head->next == head;
}

/* Before `place`: of a head, at the end. The member is in no ring. */
static inline void ring_add_before(struct ring *place, struct ring *member)
{
    member->next = place;
    member->previous = place->previous;
    place->previous->next = member;
    place->previous = member;
}

/* Nothing happens to a member that is in none. */
static inline void ring_remove(struct ring *member)
{
    member->next->previous = member->previous;
    member->previous->next = member->next;
    ring_init(member);
}

#define RING_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
