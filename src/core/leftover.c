#include "core/leftover.h"

#include "core/queue.h"
#include "core/sweep.h"

#define FREE_MS 1000 /* real time that nobody holds its byte: who ended it has died */

static struct job *first; /* by `next` */

static void drop(struct job **link)
{
    struct job *job = *link;

    *link = job->next;
    job->next = NULL;
    job_release(job);
}

static struct job **find(enum job_face face, const GUID *id)
{
    struct job **link;

    for (link = &first; *link; link = &(*link)->next)
        if ((*link)->face == face && IsEqualGUID(&(*link)->id, id))
            break;
    return link;
}

void leftover_note(struct job *job)
{
    if (*find(job->face, &job->id))
        return;
    job_addref(job);
    job->free_since = 0;
    job->next = first;
    first = job;
}

void leftover_gone(enum job_face face, const GUID *id)
{
    struct job **link = find(face, id);

    if (*link)
        drop(link);
}

static bool is_abandoned(struct job *job, UINT64 now)
{
    if (queue_lock_is_held(queue_locks(), QUEUE_LOCK_JOB(job->row)))
        job->free_since = 0;
    else if (!job->free_since)
        job->free_since = now;
    return job->free_since && now - job->free_since >= FREE_MS;
}

void leftover_turn(UINT64 now)
{
    struct job *abandoned = NULL, **link = &first;

    while (*link)
    {
        struct job *job = *link;

        if (!is_abandoned(job, now))
        {
            link = &job->next;
            continue;
        }
        *link = job->next;
        job->next = abandoned;
        abandoned = job;
    }
    if (abandoned)
        sweep_begin(abandoned);
}

void leftover_forget(void)
{
    while (first)
        drop(&first);
}
