#include "core/table.h"

static struct job *first;
static struct job *last;
static size_t count;
static struct job *expected; /* by `next` */

/* Nearly always it is the newest. */
void table_add_locked(struct job *job)
{
    struct job *before = last;

    while (before && before->row > job->row)
        before = before->previous;
    job_addref(job);
    job->previous = before;
    job->next = before ? before->next : first;
    if (before)
        before->next = job;
    else
        first = job;
    if (job->next)
        job->next->previous = job;
    else
        last = job;
    count++;
    line_note_locked(job);
}

void table_remove_locked(struct job *job)
{
    line_leave_locked(job);
    if (job->previous)
        job->previous->next = job->next;
    else
        first = job->next;
    if (job->next)
        job->next->previous = job->previous;
    else
        last = job->previous;
    job->previous = job->next = NULL;
    count--;
}

struct job *table_first_locked(void)
{
    return first;
}

size_t table_count_locked(void)
{
    return count;
}

void table_expect_locked(struct job *job)
{
    job->next = expected;
    expected = job;
}

void table_unexpect_locked(struct job *job)
{
    struct job **link;

    for (link = &expected; *link != job; link = &(*link)->next)
        ;
    *link = job->next;
    job->next = NULL;
}

bool table_expects_locked(const GUID *id)
{
    const struct job *job;

    for (job = expected; job; job = job->next)
        if (IsEqualGUID(&job->id, id))
            return true;
    return false;
}
