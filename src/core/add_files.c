/*
 * Files coming into a job: what clients name is judged here, before anything changes.
 */
#include "core/engine.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/quota.h"
#include "core/runner.h"
#include "io/partfile.h"
#include "io/memory_store.h"
#include "model/limits.h"
#include "model/path.h"
#include "model/url.h"

static HRESULT judge_url(const struct job *job, const WCHAR *url)
{
    const struct limits *limits = limits_of(job_dialect(job));
    enum failure failure;
    char *utf8;

    if (!url || !*url || wcslen(url) > limits->url_length)
        return E_INVALIDARG;
    if (!(utf8 = str_utf8_from_wide(url)))
        return GetLastError() == ERROR_OUTOFMEMORY ? E_OUTOFMEMORY : E_INVALIDARG;
    failure = url_judge(utf8);
    if (failure == FAILURE_NONE && !url_is_valid(utf8, URL_MAX))
        failure = FAILURE_BAD_URL;
    mem_free(utf8);
    return failure == FAILURE_NONE ? S_OK : job_hr(job, failure);
}

static HRESULT judge_spec(const struct job *job, const struct file_spec *spec)
{
    enum failure failure;
    HRESULT hr;

    if (FAILED(hr = judge_url(job, spec->remote_name)))
        return hr;
    if (spec->range_count && spec->range_count > quota_ranges_per_file(job_dialect(job)))
        return job_hr(job, FAILURE_TOO_MANY_RANGES);
    failure = range_judge(spec->ranges, spec->range_count);
    if (failure != FAILURE_NONE)
        return job_hr(job, failure);
    if (!spec->local_name)
        return S_OK;
    if (!path_is_acceptable((const uint16_t *)spec->local_name))
        return E_INVALIDARG;
    return partfile_probe_target(spec->local_name);
}

static HRESULT commit_files(const struct job *job, size_t first, size_t count)
{
    struct store_change *changes = mem_array_alloc(count, sizeof(*changes));
    HRESULT hr;
    size_t i;

    if (!changes)
        return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        changes[i].verb = STORE_PUT_FILE;
        changes[i].job = job->id;
        changes[i].file = first + i;
    }
    hr = store_commit(changes, count);
    mem_free(changes);
    return hr;
}

/* The caller holds store_lock, so nobody else adds files. */
static HRESULT publish(struct job *job, struct file **files, size_t count)
{
    size_t most = quota_files_per_job(job_dialect(job));
    struct file **grown;
    HRESULT hr = S_OK;
    size_t i;

    lock_take(&engine_lock);
    if (job_call_verdict(CALL_ADD_FILE, job->state) != VERDICT_OK || job->busy)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    else if (job->file_count + count > most)
        hr = job_hr(job, FAILURE_TOO_MANY_FILES);
    else if (!(grown = mem_array_grow(job->files, &job->file_capacity, job->file_count + count,
                                      sizeof(*grown))))
        hr = E_OUTOFMEMORY;
    else
        job->files = grown;
    lock_drop(&engine_lock);
    if (FAILED(hr) || FAILED(hr = commit_files(job, job->file_count, count)))
        return hr;
    lock_take(&engine_lock);
    /* Cancel and Complete do not wait for store_lock before they claim the job. */
    if (job_call_verdict(CALL_ADD_FILE, job->state) != VERDICT_OK || job->busy)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        files[i]->index = job->file_count;
        job->files[job->file_count++] = files[i];
        files[i] = NULL;
    }
    if (SUCCEEDED(hr))
        job_touch_locked(job);
    lock_drop(&engine_lock);
    return hr;
}

HRESULT engine_add_files(struct job *job, const struct file_spec *specs, size_t count,
                         struct file **first)
{
    struct file **files = mem_array_alloc(count, sizeof(*files));
    struct file *made;
    HRESULT hr = S_OK;
    size_t i;

    if (!files)
        return E_OUTOFMEMORY;
    if (job_call_verdict(CALL_ADD_FILE, engine_job_state(job)) != VERDICT_OK)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
        if (SUCCEEDED(hr = judge_spec(job, &specs[i])))
            hr = file_create(job, &specs[i], &files[i]);
    made = SUCCEEDED(hr) && count ? files[0] : NULL;
    if (SUCCEEDED(hr) && count)
    {
        lock_take(&store_lock);
        hr = publish(job, files, count);
        lock_drop(&store_lock);
    }
    for (i = 0; i < count; i++)
        file_free(files[i]); /* those that did not become the job's */
    mem_free(files);
    if (SUCCEEDED(hr))
    {
        if (first)
            *first = made;
        runner_wake();
    }
    return hr;
}

HRESULT engine_set_remote_name(struct file *file, const WCHAR *url)
{
    struct store_change change = {.verb = STORE_PUT_FILE, .file = file->index};
    struct job *job = file->job;
    WCHAR *wide = NULL;
    char *utf8 = NULL;
    HRESULT hr;

    if (FAILED(hr = judge_url(job, url)))
        return hr;
    change.job = job->id;
    if (!(wide = mem_wcsdup(url)) || !(utf8 = str_utf8_from_wide(url)))
        hr = E_OUTOFMEMORY;
    lock_take(&store_lock);
    if (SUCCEEDED(hr) && job_call_verdict(CALL_SET, engine_job_state(job)) != VERDICT_OK)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = store_commit(&change, 1)))
    {
        WCHAR *old_wide;
        char *old_utf8;

        lock_take(&engine_lock);
        old_wide = file->texts[FILE_REMOTE_NAME];
        old_utf8 = file->url;
        file->texts[FILE_REMOTE_NAME] = wide;
        file->url = utf8;
        wide = old_wide;
        utf8 = old_utf8;
        job_touch_locked(job);
        lock_drop(&engine_lock);
    }
    lock_drop(&store_lock);
    mem_free(wide);
    mem_free(utf8);
    if (SUCCEEDED(hr))
        runner_wake(); /* a transfer from the old URL is stopped, and another one started */
    return hr;
}
