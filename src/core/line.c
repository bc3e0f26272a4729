#include "core/line.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/job.h"
#include "model/url.h"

#include <string.h>

#define BUCKETS 1024
#define FILL_AT_ONCE 256 /* files, so that the lock is not held for long */
#define MEMORY_AGAIN_MS 1000

struct line_host
{
    struct pick_host pick;
    struct line_host *next; /* in its bucket */
    char name[URL_HOST_SIZE];
};

struct line_lane /* of one job at one host */
{
    struct pick_lane pick;
    struct line_host *host;
    struct line_lane *next; /* of the job */
};

static struct pick pick;
static bool made;
static struct line_host *buckets[BUCKETS];
static struct ring noted;
static struct heap due;

static void make(void)
{
    if (made)
        return;
    pick_init(&pick, 1, 1);
    ring_init(&noted);
    made = true;
}

/* ---- hosts ---- */

static struct line_host **bucket_of(const char *name)
{
    unsigned int hash = 5381;

    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return &buckets[hash % BUCKETS];
}

static struct line_host *host_of(const struct file *file)
{
    char name[URL_HOST_SIZE] = "";
    struct line_host **bucket, *host;

    if (file->url)
        url_host(file->url, name, sizeof(name));
    bucket = bucket_of(name);
    for (host = *bucket; host; host = host->next)
        if (!strcmp(host->name, name))
            return host;
    if (!(host = mem_zalloc(sizeof(*host))))
        return NULL;
    pick_host_init(&host->pick);
    lstrcpynA(host->name, name, sizeof(host->name));
    host->next = *bucket;
    *bucket = host;
    return host;
}

static void host_free_if_unused(struct line_host *host)
{
    struct line_host **link;

    if (host->pick.lane_count || host->pick.running)
        return;
    for (link = bucket_of(host->name); *link != host; link = &(*link)->next)
        ;
    *link = host->next;
    mem_free(host);
}

void line_set_limits_locked(unsigned int in_all, unsigned int per_host)
{
    struct line_host *host;
    size_t i;

    make();
    pick.in_all = in_all;
    if (pick.per_host == per_host)
        return;
    pick.per_host = per_host;
    for (i = 0; i < BUCKETS; i++)
        for (host = buckets[i]; host; host = host->next)
            pick_host_look(&pick, &host->pick);
}

/* ---- lanes ---- */

static unsigned int class_of(const struct job *job)
{
    return MIN((unsigned int)job->numbers[JOB_PRIORITY], PICK_CLASSES - 1);
}

static void lane_free(struct job *job, struct line_lane *lane)
{
    struct line_lane **link;
    struct line_host *host = lane->host;

    for (link = &job->line.lanes; *link != lane; link = &(*link)->next)
        ;
    *link = lane->next;
    pick_lane_close(&pick, &lane->pick);
    mem_free(lane);
    host_free_if_unused(host);
}

static struct line_lane *lane_of(const struct file *file)
{
    struct job *job = file->job;
    struct line_host *host = host_of(file);
    struct line_lane *lane;

    for (lane = host ? job->line.lanes : NULL; lane; lane = lane->next)
        if (lane->host == host)
            return lane;
    if (!host)
        return NULL;
    if (!(lane = mem_zalloc(sizeof(*lane))))
    {
        host_free_if_unused(host);
        return NULL;
    }
    lane->host = host;
    pick_lane_open(&lane->pick, &host->pick, class_of(job));
    lane->next = job->line.lanes;
    job->line.lanes = lane;
    return lane;
}

/* Where its phase says. False: for want of memory it is nowhere. */
static bool place(struct file *file, bool first, UINT64 now)
{
    struct job *job = file->job;
    struct line_lane *lane;

    if (file->phase == FILE_BACKOFF)
        heap_move(&job->line.retries, &file->line.retry, file->retry_at);
    if (file->phase != FILE_WAITING || file->transfer || file->line.host || file->line.item.lane)
        return true;
    if (!(lane = lane_of(file)))
        return false;
    pick_put(&pick, &lane->pick, &file->line.item, first, now);
    return true;
}

/* ---- jobs ---- */

void line_note_locked(struct job *job)
{
    if (job->line.noted || !job_runs_locked(job))
        return;
    make();
    job->line.noted = true;
    ring_add_before(&noted, &job->line.notes);
}

static void unnote(struct job *job)
{
    if (job->line.noted)
        ring_remove(&job->line.notes);
    job->line.noted = false;
}

void line_leave_locked(struct job *job)
{
    struct line_job *line = &job->line;

    unnote(job);
    heap_remove(&due, &line->due);
    while (line->lanes)
        lane_free(job, line->lanes);
    while (line->retries.first)
        heap_remove(&line->retries, line->retries.first);
    line->filled = false;
    job->cursor = 0;
}

struct job *line_take_due_locked(UINT64 now)
{
    struct job *job = NULL;

    make();
    if (!ring_is_empty(&noted))
        job = CONTAINER_OF(noted.next, struct job, line.notes);
    else if (due.first && due.first->key <= now)
        job = CONTAINER_OF(due.first, struct job, line.due);
    if (job)
    {
        unnote(job);
        heap_remove(&due, &job->line.due);
    }
    return job;
}

void line_look_at_locked(struct job *job, UINT64 at)
{
    heap_move(&due, &job->line.due, at);
}

UINT64 line_next_look_locked(UINT64 now)
{
    if (!ring_is_empty(&noted))
        return now;
    return due.first ? due.first->key : CLOCK_NEVER;
}

/* Its priority is another one than when its lanes were opened. */
static bool has_moved(const struct job *job)
{
    return job->line.lanes && job->line.lanes->pick.class != class_of(job);
}

bool line_fill_locked(struct job *job, UINT64 now)
{
    size_t end;

    if (has_moved(job))
    {
        while (job->line.lanes)
            lane_free(job, job->line.lanes);
        job->cursor = 0;
    }
    job->line.filled = true;
    end = MIN(job->cursor + FILL_AT_ONCE, job->file_count);
    while (job->cursor < end && place(job->files[job->cursor], false, now))
        job->cursor++;
    return job->cursor == job->file_count;
}

UINT64 line_end_pauses_locked(struct job *job, UINT64 now)
{
    struct heap_node *first;

    while ((first = job->line.retries.first) && first->key <= now)
    {
        struct file *file = CONTAINER_OF(first, struct file, line.retry);

        if (file->phase == FILE_BACKOFF)
            file->phase = FILE_WAITING;
        if (!place(file, true, now))
        {
            file->phase = FILE_BACKOFF;
            heap_move(&job->line.retries, first, now + MEMORY_AGAIN_MS);
            break;
        }
        heap_remove(&job->line.retries, first);
    }
    return first ? first->key : CLOCK_NEVER;
}

/* ---- slots ---- */

/* The host whose slot the file has is that of its URL: not so if a client has changed it since. */
static bool is_at_its_host(const struct file *file)
{
    char name[URL_HOST_SIZE] = "";

    if (file->url)
        url_host(file->url, name, sizeof(name));
    return !strcmp(name, file->line.host->name);
}

struct file *line_next_locked(UINT64 now)
{
    struct pick_lane *lane;
    struct pick_item *item;

    make();
    while ((item = pick_next(&pick, now, &lane)))
    {
        struct file *file = CONTAINER_OF(item, struct file, line.item);

        file->line.host = CONTAINER_OF(lane, struct line_lane, pick)->host;
        file->line.class = lane->class;
        file->job->line.running++;
        if (is_at_its_host(file))
            return file;
        line_put_locked(file);
    }
    return NULL;
}

void line_free_slot_locked(struct file *file)
{
    struct line_host *host = file->line.host;

    if (!host)
        return;
    file->line.host = NULL;
    file->job->line.running--;
    pick_done(&pick, &host->pick, file->line.class);
    host_free_if_unused(host);
}

void line_put_locked(struct file *file)
{
    struct job *job = file->job;
    bool first = !file->line.gave_up;

    line_free_slot_locked(file);
    file->line.gave_up = false;
    if (job->line.filled && !place(file, first, clock_now()))
        line_leave_locked(job); /* for want of memory: it is filled anew */
    line_note_locked(job);
}

struct pick *line_pick_locked(void)
{
    make();
    return &pick;
}

struct pick_host *line_host_of_locked(const struct file *file)
{
    return file->line.host ? &file->line.host->pick : NULL;
}
