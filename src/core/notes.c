#include "core/notes.h"

#include "core/lock.h"

/* Protected by engine_lock. */
static struct ring now = {&now, &now}, later = {&later, &later};
static size_t now_count;

/* Takes over the list's reference to a job that waits for later. */
static void move_to_now(struct job *job)
{
    if (job->noted == NOTE_LATER)
        ring_remove(&job->note);
    else
        job_addref(job);
    job->noted = NOTE_NOW;
    ring_add_before(&now, &job->note);
    now_count++;
}

void notes_keep_job_locked(struct job *job)
{
    if (job->noted != NOTE_NOW)
        move_to_now(job);
}

void notes_keep_show_locked(struct job *job)
{
    job->dirty = true;
    if (job->noted != NOTE_NONE)
        return;
    job_addref(job);
    job->noted = NOTE_LATER;
    ring_add_before(&later, &job->note);
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
    struct job *job;

    if (ring_is_empty(&now))
        return NULL;
    job = RING_OF(now.next, struct job, note);
    ring_remove(&job->note);
    now_count--;
    job->noted = NOTE_NONE;
    return job;
}

void notes_hasten_locked(void)
{
    struct job *job;

    while (!ring_is_empty(&later))
    {
        job = RING_OF(later.next, struct job, note);
        job->due = true;
        move_to_now(job);
    }
}

size_t notes_count(void)
{
    size_t count;

    lock_take_shared(&engine_lock);
    count = now_count;
    lock_drop_shared(&engine_lock);
    return count;
}

bool notes_wait(void)
{
    bool wait;

    lock_take_shared(&engine_lock);
    wait = !ring_is_empty(&later);
    lock_drop_shared(&engine_lock);
    return wait;
}
