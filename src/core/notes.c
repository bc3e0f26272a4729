#include "core/notes.h"

#include "core/lock.h"

/* Protected by engine_lock. */
static struct job *noted;
static struct job **noted_tail = &noted;
static size_t noted_count;

void notes_keep_job_locked(struct job *job)
{
    if (job->noted)
        return;
    job_addref(job);
    job->noted = true;
    job->next_noted = NULL;
    *noted_tail = job;
    noted_tail = &job->next_noted;
    noted_count++;
}

void notes_keep_file_locked(struct file *file)
{
    struct job *job = file->job;

    if (!file->dirty)
    {
        file->dirty = true;
        file->next_dirty = NULL;
        if (!job->dirty_files)
            job->dirty_tail = &job->dirty_files;
        *job->dirty_tail = file;
        job->dirty_tail = &file->next_dirty;
    }
    notes_keep_job_locked(job);
}

struct job *notes_take_locked(void)
{
    struct job *job = noted;

    if (!job)
        return NULL;
    if (!(noted = job->next_noted))
        noted_tail = &noted;
    noted_count--;
    job->noted = false;
    return job;
}

size_t notes_count(void)
{
    size_t count;

    lock_take_shared(&engine_lock);
    count = noted_count;
    lock_drop_shared(&engine_lock);
    return count;
}
