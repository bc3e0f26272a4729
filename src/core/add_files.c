/*
 * Files coming into a job: what clients name is judged here, before anything changes.
 */
#include "core/engine.h"

#include "base/mem.h"
#include "base/str.h"
#include "core/change.h"
#include "core/quota.h"
#include "core/runner.h"
#include "io/partfile.h"
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

/* ---- adding ---- */

struct addition
{
    struct file **files; /* NULL once it is the job's */
    size_t count;
    size_t most; /* that a job may have */
    bool runs;   /* the job, when they became its own */
};

static HRESULT decide_add(struct change *change, void *context)
{
    const struct addition *addition = context;
    struct job *job = change->job;
    struct file **grown;
    size_t i;

    if (job_call_verdict(CALL_ADD_FILE, job->state) != VERDICT_OK || job->busy)
        return job_hr(job, FAILURE_INVALID_STATE);
    if (job->file_count + addition->count > addition->most)
        return job_hr(job, FAILURE_TOO_MANY_FILES);
    if (!(grown = mem_array_grow(job->files, &job->file_capacity, job->file_count + addition->count,
                                 sizeof(*grown))))
        return E_OUTOFMEMORY;
    job->files = grown;
    change_touch_locked(change);
    for (i = 0; i < addition->count; i++)
        change_add_file_locked(change, addition->files[i], job->file_count + i);
    return S_OK;
}

static void publish_add(struct change *change, void *context)
{
    struct addition *addition = context;
    struct job *job = change->job;
    size_t first = job->file_count, i;

    for (i = 0; i < addition->count; i++)
    {
        job_link_file_locked(job, addition->files[i]);
        addition->files[i] = NULL;
    }
    tally_files_locked(job, first);
    addition->runs = job_runs_locked(job);
    job_touch_locked(job);
}

static const struct change_plan add_plan = {decide_add, publish_add};

HRESULT engine_add_files(struct job *job, const struct file_spec *specs, size_t count,
                         struct file **first)
{
    struct addition addition = {.files = mem_array_alloc(count, sizeof(*addition.files)),
                                .count = count};
    struct file *made;
    HRESULT hr = S_OK;
    size_t i;

    if (!addition.files)
        return E_OUTOFMEMORY;
    addition.most = quota_files_per_job(job_dialect(job));
    if (job_call_verdict(CALL_ADD_FILE, engine_job_state(job)) != VERDICT_OK)
        hr = job_hr(job, FAILURE_INVALID_STATE);
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
        if (SUCCEEDED(hr = judge_spec(job, &specs[i])))
            hr = file_create(job, &specs[i], &addition.files[i]);
    made = SUCCEEDED(hr) && count ? addition.files[0] : NULL;
    if (SUCCEEDED(hr) && count)
        hr = change_run(job, &add_plan, &addition);
    for (i = 0; i < count; i++)
        file_free(addition.files[i]);
    mem_free(addition.files);
    if (SUCCEEDED(hr))
    {
        if (first)
            *first = made;
        if (addition.runs)
            runner_note();
    }
    return hr;
}

/* ---- another address ---- */

struct address
{
    struct file *file;
    WCHAR *wide;
    char *utf8;
};

static HRESULT decide_address(struct change *change, void *context)
{
    const struct address *address = context;

    if (job_call_verdict(CALL_SET, change->job->state) != VERDICT_OK)
        return job_hr(change->job, FAILURE_INVALID_STATE);
    change_touch_locked(change);
    change_file_locked(change, address->file)->remote_name = address->wide;
    return S_OK;
}

static void publish_address(struct change *change, void *context)
{
    struct address *address = context;
    struct file *file = address->file;
    WCHAR *wide = file->texts[FILE_REMOTE_NAME];
    char *utf8 = file->url;

    file->texts[FILE_REMOTE_NAME] = address->wide;
    file->url = address->utf8;
    address->wide = wide;
    address->utf8 = utf8;
    job_touch_locked(change->job);
}

static const struct change_plan address_plan = {decide_address, publish_address};

HRESULT engine_set_remote_name(struct file *file, const WCHAR *url)
{
    struct address address = {.file = file};
    HRESULT hr;

    if (FAILED(hr = judge_url(file->job, url)))
        return hr;
    if (!(address.wide = mem_wcsdup(url)) || !(address.utf8 = str_utf8_from_wide(url)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && SUCCEEDED(hr = change_run(file->job, &address_plan, &address)))
        runner_wake(); /* a transfer from the old URL is stopped, and another one started */
    mem_free(address.wide);
    mem_free(address.utf8);
    return hr;
}
