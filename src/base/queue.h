/*
 * A blocking first-in first-out queue. Intrusive: what is queued holds a struct queue_node, and
 * CONTAINER_OF finds it back, so queueing cannot fail for lack of memory. The queue never owns or
 * frees an element: pushed, it belongs to the queue; popped, to who popped it.
 *
 * All functions but queue_init: any thread. The lock inside is a leaf, and held for memory only.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include "base/lock.h"

struct queue_node
{
    struct queue_node *next; /* the queue's while queued */
};

struct queue
{
    struct lock lock; /* protects what follows */
    struct queue_node *head;
    struct queue_node **tail; /* where the next one is linked */
    CONDITION_VARIABLE changed;
    bool closed;
};

/* An open, empty queue. Nothing to free at the end, but it must be empty then. */
void queue_init(struct queue *queue);

/* Appends, wakes one popper. False if the queue is closed: the element is still the caller's. */
bool queue_push(struct queue *queue, struct queue_node *node);

/* Takes the oldest element, waiting up to `ms` real milliseconds for one (INFINITE: for ever, 0:
 * not at all; see clock_wait_ms). NULL: time-out, or closed and empty. */
struct queue_node *queue_pop(struct queue *queue, DWORD ms);

/* The same, but takes all there is: the oldest, its `next` the one after, the last one's NULL. */
struct queue_node *queue_pop_all(struct queue *queue, DWORD ms);

/* No more pushes; wakes all poppers, who get what is left and then NULL at once. May be repeated.
 */
void queue_close(struct queue *queue);

#endif
