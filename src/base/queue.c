#include "base/queue.h"

#include "base/clock.h"

void queue_init(struct queue *queue)
{
    lock_init(&queue->lock, LOCK_LEAF);
    queue->head = NULL;
    queue->tail = &queue->head;
    InitializeConditionVariable(&queue->changed);
    queue->closed = false;
}

bool queue_push(struct queue *queue, struct queue_node *node)
{
    bool open;

    lock_take(&queue->lock);
    if ((open = !queue->closed))
    {
        node->next = NULL;
        *queue->tail = node;
        queue->tail = &node->next;
    }
    lock_drop(&queue->lock);
    if (open)
        WakeConditionVariable(&queue->changed);
    return open;
}

/* Waits under the queue's lock until there is an element, the queue is closed or time is up. */
static void wait_for_element(struct queue *queue, DWORD ms)
{
    UINT64 begin = clock_us();
    UINT64 passed = 0;

    while (!queue->head && !queue->closed && (ms == INFINITE || passed < ms))
    {
        lock_wait(&queue->lock, &queue->changed, ms == INFINITE ? INFINITE : ms - (DWORD)passed);
        passed = (clock_us() - begin) / 1000;
    }
}

struct queue_node *queue_pop(struct queue *queue, DWORD ms)
{
    struct queue_node *node;

    lock_take(&queue->lock);
    wait_for_element(queue, ms);
    if ((node = queue->head) && !(queue->head = node->next))
        queue->tail = &queue->head;
    lock_drop(&queue->lock);
    if (node)
        node->next = NULL;
    return node;
}

struct queue_node *queue_pop_all(struct queue *queue, DWORD ms)
{
    struct queue_node *first;

    lock_take(&queue->lock);
    wait_for_element(queue, ms);
    first = queue->head;
    queue->head = NULL;
    queue->tail = &queue->head;
    lock_drop(&queue->lock);
    return first;
}

void queue_close(struct queue *queue)
{
    lock_take(&queue->lock);
    queue->closed = true;
    lock_drop(&queue->lock);
    WakeAllConditionVariable(&queue->changed);
}
