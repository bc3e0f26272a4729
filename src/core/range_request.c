#include "core/range_request.h"

#include "base/mem.h"
#include "core/lock.h"
#include "model/limits.h"

/* Whether all of it is in the part file; an open end is put where the file ends. */
static bool is_here_locked(const struct file *file, struct range *request)
{
    if (request->length == RANGE_TO_END)
    {
        if (file->total == UINT64_MAX || file->front < file->total)
            return false;
        request->length = file->total - MIN(request->offset, file->total);
    }
    return request->offset + request->length <= file->front;
}

void range_requests_tell_locked(struct file *file)
{
    struct job_observer *observer = file->job->observer;
    size_t i, left = 0;

    for (i = 0; i < file->request_count; i++)
    {
        struct range request = file->requests[i];

        if (!is_here_locked(file, &request))
            file->requests[left++] = file->requests[i];
        else if (observer)
        {
            const struct job_event event = {.what = JOB_EVENT_FILE_RANGES,
                                            .file_index = file->index,
                                            .offset = request.offset,
                                            .length = request.length};

            observer->notify(observer, &event);
        }
    }
    file->request_count = left;
}

/* The whole file is fetched from its start: of one with ranges of its own, offsets would mean
 * something else. */
static enum failure judge_locked(const struct file *file, const struct range *ranges, size_t count)
{
    const struct job *job = file->job;

    if (!job->numbers[JOB_ON_DEMAND] || job->busy || job_state_is_final(job->state))
        return FAILURE_INVALID_STATE;
    if (file->request_count + count > limits_of(job_dialect(job))->ranges_per_file)
        return FAILURE_TOO_MANY_RANGES;
    if (file->range_count ||
        (file->remote != UINT64_MAX && !range_within(ranges, count, file->remote)))
        return FAILURE_INVALID_RANGE;
    return FAILURE_NONE;
}

HRESULT engine_request_ranges(struct file *file, const struct range *ranges, size_t count)
{
    enum failure failure = range_judge(ranges, count);
    struct range *grown;
    HRESULT hr = S_OK;

    lock_take(&engine_lock);
    if (failure == FAILURE_NONE)
        failure = judge_locked(file, ranges, count);
    if (failure != FAILURE_NONE)
        hr = job_hr(file->job, failure);
    else if (!(grown = mem_array_grow(file->requests, &file->request_capacity,
                                      file->request_count + count, sizeof(*grown))))
        hr = E_OUTOFMEMORY;
    else
    {
        file->requests = grown;
        memcpy(grown + file->request_count, ranges, count * sizeof(*ranges));
        file->request_count += count;
        range_requests_tell_locked(file);
    }
    lock_drop(&engine_lock);
    return hr;
}
