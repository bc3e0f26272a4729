#include "com/notice_queue.h"

#include "base/log.h"
#include "base/mem.h"

bool notice_is_of_ranges(const struct notice *notice)
{
    return notice->kind == NOTICE_RANGE || notice->kind == NOTICE_ASK_RANGES;
}

bool notice_is_question(const struct notice *notice)
{
    return notice->kind == NOTICE_ASK_RANGES || notice->kind == NOTICE_ASK_FILE;
}

/* Moves what is left to the front, so that the room of what was told is used again. */
static void close_gap(struct notice_queue *queue)
{
    if (!queue->first)
        return;
    memmove(queue->notices, queue->notices + queue->first,
            (queue->end - queue->first) * sizeof(*queue->notices));
    queue->end -= queue->first;
    queue->first = 0;
}

static bool make_room(struct notice_queue *queue)
{
    struct notice *grown;

    if (queue->end < queue->capacity)
        return true;
    if (queue->first > queue->capacity / 2)
    {
        close_gap(queue);
        return true;
    }
    grown = mem_array_grow(queue->notices, &queue->capacity, queue->end + 1, sizeof(*grown));
    if (grown)
        queue->notices = grown;
    else
        close_gap(queue);
    return queue->end < queue->capacity;
}

void notice_queue_push(struct notice_queue *queue, const struct notice *notice)
{
    if (make_room(queue))
    {
        queue->notices[queue->end++] = *notice;
        return;
    }
    WARN("no memory for a file's event, all files will be looked at");
    queue->blinded_again = queue->asking;
    queue->blind = true;
}

bool notice_queue_peek(struct notice_queue *queue, struct notice *notice)
{
    if (queue->first < queue->end)
    {
        *notice = queue->notices[queue->first];
        return true;
    }
    if (!queue->blind)
        return false;
    queue->asking = true;
    memset(notice, 0, sizeof(*notice));
    notice->kind = queue->asked % 2 ? NOTICE_ASK_FILE : NOTICE_ASK_RANGES;
    notice->file = queue->asked / 2;
    return true;
}

void notice_queue_pop(struct notice_queue *queue, const struct notice *told)
{
    if (notice_is_question(told))
        queue->asked++;
    else if (++queue->first == queue->end)
        queue->first = queue->end = 0;
}

void notice_queue_all_asked(struct notice_queue *queue)
{
    queue->blind = queue->blinded_again;
    queue->blinded_again = false;
    queue->asking = false;
    queue->asked = 0;
}

void notice_queue_clear(struct notice_queue *queue)
{
    mem_free(queue->notices);
    memset(queue, 0, sizeof(*queue));
}
