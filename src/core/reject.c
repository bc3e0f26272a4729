#include "core/reject.h"

#include "base/str.h"
#include "core/change.h"
#include "core/keeper.h"
#include "core/record.h"
#include "core/record_names.h"
#include "core/runner.h"

struct rejection
{
    struct file *file;
    const struct failure_info *failure;
    const char *detail;
    bool busy;
};

static bool fails_the_job(const struct job *job)
{
    return job_runs_locked(job) || job->state == JOB_TRANSFERRED;
}

static void write_error(struct change *change, const struct rejection *rejection)
{
    struct store_job *row = &change->row;

    row->state = record_state(JOB_ERROR);
    row->error = record_failure_info(rejection->failure);
    row->cause = (struct store_failure){0};
    row->error_file = (INT64)rejection->file->index;
    row->detail = rejection->detail;
    row->error_count++;
}

static HRESULT decide(struct change *change, void *context)
{
    const struct rejection *rejection = context;
    const struct file *file = rejection->file;
    const struct job *job = change->job;
    struct store_progress *progress;

    if ((job->busy && !rejection->busy) || job_state_is_final(job->state))
        return job_hr(job, FAILURE_INVALID_STATE);
    if (file->phase != FILE_DONE)
        return E_PENDING;
    if (file->stream)
        return job_hr(job, FAILURE_INVALID_STATE);
    if (fails_the_job(job))
        write_error(change, rejection);
    change_job_locked(change);
    progress = change_progress_locked(change, file);
    record_no_content(file, progress);
    progress->valid = false;
    return S_OK;
}

/* Nothing of what was fetched is wanted. */
static void put_back_in_line_locked(struct file *file)
{
    struct job *job = file->job;

    file->phase = FILE_WAITING;
    file->valid = false;
    file->highest = 0;
    file->changes = 0;
    file_empty_locked(file);
    line_leave_locked(job);
}

static void publish(struct change *change, void *context)
{
    const struct rejection *rejection = context;
    struct job *job = change->job;

    put_back_in_line_locked(rejection->file);
    if (fails_the_job(job))
        job_fail_locked(job, JOB_ERROR, rejection->failure, NULL, rejection->file,
                        rejection->detail);
    else
        job_touch_locked(job);
    keeper_note_job_locked(job);
}

static const struct change_plan plan = {decide, publish};

HRESULT reject_file(struct file *file, const struct failure_info *failure, const char *detail,
                    bool busy)
{
    struct rejection rejection = {file, failure, detail, busy};
    HRESULT hr = change_run(file->job, &plan, &rejection);

    if (SUCCEEDED(hr))
        runner_wake();
    return hr;
}
