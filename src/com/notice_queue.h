/*
 * What happened to a job's files and was not told yet, oldest first.
 *
 * Nothing is lost for want of memory: what cannot be kept makes the queue "blind", and then it
 * yields a question about each file of the job in place of what it forgot. Whoever asks those may
 * tell some files' events twice.
 *
 * Not locked: the dispatcher's lock protects it. Memory only.
 */
#ifndef DOSVC_COM_NOTICE_QUEUE_H
#define DOSVC_COM_NOTICE_QUEUE_H

#include "base/platform.h"

enum notice_kind
{
    NOTICE_FILE,       /* the file has all its bytes */
    NOTICE_RANGE,      /* [offset, offset + length) of it came */
    NOTICE_ASK_RANGES, /* some ranges may have come: see which there are */
    NOTICE_ASK_FILE    /* it may have all its bytes: see whether */
};

struct notice
{
    enum notice_kind kind;
    size_t file;
    UINT64 offset;
    UINT64 length;
};

bool notice_is_of_ranges(const struct notice *notice); /* rather than of the whole file */
bool notice_is_question(const struct notice *notice);

struct notice_queue /* zeroed is empty */
{
    struct notice *notices;
    size_t capacity;
    size_t first; /* of those not told */
    size_t end;
    bool blind;
    bool asking;        /* a question was yielded since it became blind */
    bool blinded_again; /* while it asks: it starts over after this round */
    size_t asked;       /* questions answered: two a file */
};

void notice_queue_push(struct notice_queue *queue, const struct notice *notice);
/* The oldest; false if there is none. */
bool notice_queue_peek(struct notice_queue *queue, struct notice *notice);
/* Takes away what peek gave, which must not have been cleared since. */
void notice_queue_pop(struct notice_queue *queue, const struct notice *told);
/* There is no such file as the question named: all were asked about. */
void notice_queue_all_asked(struct notice_queue *queue);
void notice_queue_clear(struct notice_queue *queue);

#endif
