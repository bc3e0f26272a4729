#include "core/tally.h"

#include "core/job.h"
#include "core/lock.h"

#include <assert.h>

/* Of a reader, before it waits for the writer, which may have lost its processor. */
#define TRIES 64

/* With a lock inside, they would be slower than engine_lock. */
static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64 bits are read at once");

/* ---- sums ---- */

/* Lengths that servers promise may add up to more than 64 bits. */
static void add_known(struct tally *sums, UINT64 total)
{
    sums->known += total;
    if (sums->known < total)
        sums->beyond++;
}

static void take_known(struct tally *sums, UINT64 total)
{
    if (sums->known < total)
        sums->beyond--;
    sums->known -= total;
}

static void add_share(struct tally *sums, const struct tally_share *share)
{
    if (share->total == UINT64_MAX)
        sums->unknown++;
    else
        add_known(sums, share->total);
    sums->received += share->received;
    sums->files_done += share->done;
}

static void take_share(struct tally *sums, const struct tally_share *share)
{
    if (share->total == UINT64_MAX)
        sums->unknown--;
    else
        take_known(sums, share->total);
    sums->received -= share->received;
    sums->files_done -= share->done;
}

static UINT64 total_of(const struct tally *sums)
{
    return sums->unknown || sums->beyond ? UINT64_MAX : sums->known;
}

/* ---- for readers ---- */

/* A reader that sees any of what is written here sees that the version is odd, or is another one.
 */
static void tell_locked(struct job *job)
{
    struct tally *tally = &job->tally;
    unsigned int version = atomic_load_explicit(&tally->version, memory_order_relaxed);

    atomic_store_explicit(&tally->version, version + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&tally->files_total, (UINT32)job->file_count, memory_order_relaxed);
    atomic_store_explicit(&tally->files_transferred, (UINT32)tally->files_done,
                          memory_order_relaxed);
    atomic_store_explicit(&tally->bytes_total, total_of(tally), memory_order_relaxed);
    atomic_store_explicit(&tally->bytes_transferred, tally->received, memory_order_relaxed);
    atomic_store_explicit(&tally->version, version + 2, memory_order_release);
}

static void read_once(struct tally *tally, struct job_progress *progress)
{
    progress->files_total = atomic_load_explicit(&tally->files_total, memory_order_relaxed);
    progress->files_transferred =
        atomic_load_explicit(&tally->files_transferred, memory_order_relaxed);
    progress->bytes_total = atomic_load_explicit(&tally->bytes_total, memory_order_relaxed);
    progress->bytes_transferred =
        atomic_load_explicit(&tally->bytes_transferred, memory_order_relaxed);
}

/* False: a writer was at it. */
static bool try_to_read(struct tally *tally, struct job_progress *progress)
{
    unsigned int version = atomic_load_explicit(&tally->version, memory_order_acquire);

    if (version & 1)
        return false;
    read_once(tally, progress);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&tally->version, memory_order_relaxed) == version;
}

void tally_read(struct job *job, struct job_progress *progress)
{
    unsigned int i;

    for (i = 0; i < TRIES; i++)
    {
        if (try_to_read(&job->tally, progress))
            return;
        YieldProcessor();
    }
    lock_take_shared(&engine_lock);
    read_once(&job->tally, progress);
    lock_drop_shared(&engine_lock);
}

/* ---- files ---- */

static bool is_linked(const struct file *file)
{
    const struct job *job = file->job;

    return file->index < job->file_count && job->files[file->index] == file;
}

/* True: it is not what was counted. */
static bool count(struct file *file)
{
    const struct tally_share now = {.is = true,
                                    .done = file->phase == FILE_DONE,
                                    .total = file->total,
                                    .received = file->received};
    struct tally_share *counted = &file->counted;
    struct tally *tally = &file->job->tally;

    if (counted->is && counted->done == now.done && counted->total == now.total &&
        counted->received == now.received)
        return false;
    if (counted->is)
        take_share(tally, counted);
    add_share(tally, &now);
    *counted = now;
    return true;
}

void tally_file_locked(struct file *file)
{
    if (is_linked(file) && count(file))
        tell_locked(file->job);
}

void tally_files_locked(struct job *job, size_t first)
{
    bool changed = false;
    size_t i;

    for (i = first; i < job->file_count; i++)
        changed = count(job->files[i]) || changed;
    if (changed)
        tell_locked(job);
}

/* ---- asserts ---- */

bool tally_is_right_locked(const struct job *job)
{
    struct tally sums = {0};
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];
        const struct tally_share share = {
            .done = file->phase == FILE_DONE, .total = file->total, .received = file->received};

        add_share(&sums, &share);
    }
    return sums.known == job->tally.known && sums.beyond == job->tally.beyond &&
           sums.received == job->tally.received && sums.unknown == job->tally.unknown &&
           sums.files_done == job->tally.files_done && job->tally.files_total == job->file_count;
}
