#include "core/merge.h"

#include "base/mem.h"
#include "core/record_names.h"

#include <string.h>

/* A text that is the same stays where it is: somebody may be using it. */
static void swap_text(WCHAR **a, WCHAR **b)
{
    WCHAR *old = *a;

    if (*a && *b && !wcscmp(*a, *b))
        return;
    *a = *b;
    *b = old;
}

/* What is not kept in rows is this process's own. */
static void merge_properties(struct job *job, struct job *from)
{
    struct credentials credentials = job->credentials;
    unsigned int i;

    for (i = 0; i < JOB_NUMBER_COUNT; i++)
    {
        const UINT64 bit = 1ull << i;

        if (!record_number_name((enum job_number)i))
            continue;
        job->numbers[i] = from->numbers[i];
        job->numbers_set = (job->numbers_set & ~bit) | (from->numbers_set & bit);
    }
    for (i = 0; i < JOB_TEXT_COUNT; i++)
        if (i == JOB_NAME || record_text_name((enum job_text)i))
            swap_text(&job->texts[i], &from->texts[i]);
    job->credentials = from->credentials;
    from->credentials = credentials;
}

static bool same_ranges(const struct file *a, const struct file *b)
{
    return a->range_count == b->range_count &&
           (!a->range_count || !memcmp(a->ranges, b->ranges, a->range_count * sizeof(*a->ranges)));
}

static void merge_url(struct file *file, struct file *from)
{
    char *url = file->url;

    swap_text(&file->texts[FILE_REMOTE_NAME], &from->texts[FILE_REMOTE_NAME]);
    file->url = from->url;
    from->url = url;
}

static void merge_ranges(struct file *file, struct file *from)
{
    struct range *ranges = file->ranges;
    size_t count = file->range_count;

    if (same_ranges(file, from))
        return;
    file->ranges = from->ranges;
    file->range_count = from->range_count;
    from->ranges = ranges;
    from->range_count = count;
}

/* What a transfer, or an operation that waits, uses without a lock does not change under it. */
static void merge_description(struct file *file, struct file *from)
{
    static const enum file_text told[] = {FILE_LOCAL_NAME,      FILE_TEMPORARY_NAME, FILE_ID,
                                          FILE_DECRYPTION_INFO, FILE_INTEGRITY_INFO, FILE_MIRRORS};
    size_t i;

    merge_url(file, from);
    if (file->transfer || file->job->busy)
        return;
    for (i = 0; i < ARRAY_SIZE(told); i++)
        swap_text(&file->texts[told[i]], &from->texts[told[i]]);
    file->size_hint = from->size_hint;
    file->mandatory = from->mandatory;
    merge_ranges(file, from);
}

static void merge_spans(struct file *file, struct file *from)
{
    struct range *spans = file->spans;

    file->spans = from->spans;
    file->span_count = from->span_count;
    from->spans = spans;
    from->span_count = 0;
}

static void merge_progress(struct file *file, struct file *from)
{
    static const enum file_text told[] = {FILE_RESPONSE_HEADERS, FILE_EFFECTIVE_URL,
                                          FILE_SERVER_IP};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(told); i++)
        swap_text(&file->texts[told[i]], &from->texts[told[i]]);
    file->phase = from->phase;
    file->renaming = from->renaming;
    file->in_place = from->in_place;
    file->part_made = from->part_made;
    file->recalled = true;
    file->valid = from->valid;
    file->total = from->total;
    file->remote = from->remote;
    file->received = from->received;
    file->front = from->front;
    file->checkpoint = from->checkpoint;
    merge_spans(file, from);
    file->highest = from->highest;
    file->validator = from->validator;
    file->validator_source = from->validator_source;
    file->body_bytes = from->body_bytes;
    file->duration_ms = from->duration_ms;
    file->connections = from->connections;
    file->cache_bytes = from->cache_bytes;
    file->cache_connections = from->cache_connections;
}

static void merge_files(struct job *job, struct job *from, bool progress)
{
    size_t i;

    for (i = 0; i < from->file_count; i++)
    {
        struct file *file = from->files[i];

        if (file->index < job->file_count)
        {
            merge_description(job->files[file->index], file);
            if (progress && !job->files[file->index]->transfer)
                merge_progress(job->files[file->index], file);
        }
        else if (file->index == job->file_count)
        {
            job_link_file_locked(job, file);
            from->files[i] = NULL;
        }
    }
    if (progress)
        line_leave_locked(job);
    line_note_locked(job);
    tally_files_locked(job, 0);
}

/* New files come one after the other. */
static bool is_whole(const struct job *job, const struct job *from)
{
    size_t count = job->file_count, i;

    for (i = 0; i < from->file_count; i++)
        if (from->files[i]->index > count)
            return false;
        else if (from->files[i]->index == count)
            count++;
    return true;
}

HRESULT merge_job_locked(struct job *job, struct job *from, bool progress)
{
    struct file **grown;

    if (!is_whole(job, from))
        return MERGE_E_GAP;
    if (!(grown = mem_array_grow(job->files, &job->file_capacity,
                                 job->file_count + from->file_count, sizeof(*grown))))
        return E_OUTOFMEMORY;
    job->files = grown;
    merge_properties(job, from);
    merge_files(job, from, progress);
    job->resumed = from->resumed;
    job->streamed = from->streamed;
    job->home = from->home;
    job->claimant = from->claimant;
    job->revision = from->revision;
    job->creation = from->creation;
    job->modification = from->modification;
    job->transfer_completion = from->transfer_completion;
    job->error_count = from->error_count;
    return S_OK;
}
