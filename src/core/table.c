#include "core/table.h"

static struct job *first;
static struct job *last;
static size_t count;

void table_add_locked(struct job *job)
{
    job_addref(job);
    job->previous = last;
    job->next = NULL;
    if (last)
        last->next = job;
    else
        first = job;
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
