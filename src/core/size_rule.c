#include "core/size_rule.h"

/* The client may have meant the remote file or, where it asked for ranges, what it will get. */
static bool is_as_told(const struct file *file, UINT64 total, UINT64 remote)
{
    if (file->size_hint == UINT64_MAX ||
        (remote == UINT64_MAX && (total == UINT64_MAX || file->range_count)))
        return true;
    return file->size_hint == total || file->size_hint == remote;
}

/* What a job is known to fetch at least. */
static UINT64 least_locked(const struct job *job, const struct file *current, UINT64 total)
{
    UINT64 sum = 0;
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];
        UINT64 size = file == current ? total : file->total;

        if (size == UINT64_MAX)
            size = file->received;
        if (size > UINT64_MAX - sum)
            return UINT64_MAX;
        sum += size;
    }
    return sum;
}

enum failure size_rule_locked(const struct file *file, UINT64 total, UINT64 remote)
{
    UINT64 most = file->job->numbers[JOB_MAX_DOWNLOAD_SIZE];

    if (!is_as_told(file, total, remote))
        return FAILURE_SIZE_MISMATCH;
    if (most != UINT64_MAX && least_locked(file->job, file, total) > most)
        return FAILURE_MAX_SIZE;
    return FAILURE_NONE;
}

const char *size_rule_detail(enum failure broken)
{
    return broken == FAILURE_MAX_SIZE ? "the job's files are larger than it may fetch"
                                      : "the file has another size than the client said";
}
