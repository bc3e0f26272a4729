#include "core/ending.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/keeper.h"
#include "core/log_name.h"
#include "core/lock.h"
#include "core/runner.h"
#include "core/transfer.h"

/* Tries without progress after which another part of the file than was asked for is fatal. */
#define MISMATCHES_MAX 3

/* It shows the cause of the file that is tried first. */
void ending_go_on_locked(struct job *job)
{
    struct file *file = NULL;
    size_t i;

    if (job->failing || job->line.running || job_has_file_locked(job, FILE_WAITING))
        return;
    for (i = 0; i < job->file_count; i++)
    {
        struct file *other = job->files[i];

        if (other->phase == FILE_BACKOFF && other->cause_visible &&
            (!file || other->retry_at < file->retry_at))
            file = other;
    }
    if (!file)
        return;
    job_fail_locked(job, JOB_TRANSIENT_ERROR, &file->cause, NULL, file,
                    file == job->last_file ? job->last_detail : "");
    keeper_show_locked(job, JOB_TRANSIENT_ERROR);
}

/* The file waits for its next try. */
static void back_off_locked(struct file *file, const struct transfer_end *end)
{
    struct job *job = file->job;
    struct retry_plan plan;

    job->last_cause = end->failure;
    job->last_file = file;
    lstrcpynA(job->last_detail, end->detail, sizeof(job->last_detail));
    plan = retry_next(&file->retry, job_dialect(job),
                      job->numbers_set >> JOB_RETRY_DELAY & 1 ? job->numbers[JOB_RETRY_DELAY] : 0,
                      end->retry_after);
    file->phase = FILE_BACKOFF;
    file->retry_at = clock_now() + plan.delay_ms;
    file->cause = end->failure;
    file->cause_visible = plan.visible;
    INFO("%s: try again in %u ms: %s", LOG_FILE(file), (unsigned int)plan.delay_ms, end->detail);
    ending_go_on_locked(job);
}

/* A server that counts bytes in its own way will hardly learn, and has answered at once each time:
 * to say what it does wrong is better than to ask until the no-progress limit. */
bool ending_is_worth_a_retry_locked(const struct file *file, const struct failure_info *failure)
{
    if (failure->kind == FAILURE_BLOCKSIZE_MISMATCH && file->retry.attempts >= MISMATCHES_MAX)
        return false;
    return failure_is_transient(failure);
}

void ending_take(struct file *file, const struct transfer_end *end)
{
    struct job *job = file->job;

    lock_take(&engine_lock);
    file->transfer = NULL;
    line_free_slot_locked(file);
    file->duration_ms += clock_now() - file->running_since;
    job->transfers--;
    file->phase = FILE_WAITING;
    if (!end->stopped && end->failure.kind == FAILURE_NONE)
        keeper_end_file_locked(file);
    else if (!end->stopped && job_runs_locked(job) && !job->busy && !job->failing)
    {
        if (end->next == SOURCE_WAIT)
            back_off_locked(file, end);
        else if (end->next == SOURCE_FAIL)
            keeper_fail_job_locked(job, &end->failure, file, end->detail);
    }
    line_put_locked(file);
    keeper_note_file_locked(file); /* where it stands now */
    runner_wake();
    lock_drop(&engine_lock);
    WakeAllConditionVariable(&engine_changed);
    job_release(job);
}
