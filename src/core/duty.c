#include "core/duty.h"

#include "base/log.h"
#include "base/mem.h"
#include "core/ending.h"
#include "core/import.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/notes.h"
#include "core/queue.h"
#include "core/record.h"
#include "core/record_names.h"
#include "core/runner.h"

struct duty_file
{
    struct file *file;
    struct runner_op *placing;     /* as it was when the row was made */
    bool forgotten;                /* the row says that nothing was fetched */
    bool ended;                    /* FILE_STORING: its row says that it is done */
    WCHAR *texts[FILE_TEXT_COUNT]; /* copies for the row: the engine goes on changing the others */
};

/* ---- rows ---- */

static size_t count_files_locked(const struct job *job)
{
    const struct file *file;
    size_t count = 0;

    for (file = job->dirty_files; file; file = file->next_dirty)
        count++;
    return count;
}

/* What the last response said is written when a file comes to rest, not at each checkpoint. */
static void add_texts_locked(struct duty_file *entry, struct store_progress *row)
{
    static const enum file_text kept[] = {FILE_EFFECTIVE_URL, FILE_SERVER_IP,
                                          FILE_RESPONSE_HEADERS};
    const struct file *file = entry->file;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(kept); i++)
        if (file->texts[kept[i]]) /* without memory the row keeps what it had */
            entry->texts[kept[i]] = mem_wcsdup(file->texts[kept[i]]);
    row->effective_url = entry->texts[FILE_EFFECTIVE_URL];
    row->server_ip = entry->texts[FILE_SERVER_IP];
    row->response_headers = entry->texts[FILE_RESPONSE_HEADERS];
}

static void add_file_locked(struct duty *duty, struct file *file)
{
    struct duty_file *entry = &duty->files[duty->file_count++];
    struct store_progress *row = change_progress_locked(&duty->change, file);

    *entry =
        (struct duty_file){.file = file, .placing = file->placing, .forgotten = file->forgotten};
    if (file->forgotten)
        record_no_content(file, row);
    entry->ended = file->phase == FILE_STORING;
    if (entry->ended)
        row->phase = file->in_place ? STORE_IN_PLACE : STORE_DONE;
    else if (file->placing)
        row->phase = STORE_PLACING;
    if (!file->transfer)
        add_texts_locked(entry, row);
    file->placing = NULL;
    file->dirty = false;
}

static bool is_complete_locked(const struct job *job)
{
    return job_runs_locked(job) && job->mine && job->file_count &&
           job->tally.files_done + job->storing == job->file_count;
}

/* The state that the job has once these rows are stored, where it is one that clients act on. */
static void decide_locked(struct duty *duty)
{
    struct job *job = duty->job;
    struct store_job *row = &duty->change.row;

    if (is_complete_locked(job))
        duty->to = JOB_TRANSFERRED;
    else if (job_runs_locked(job) && job->failing)
        duty->to = JOB_ERROR;
    else
        return;
    duty->moves = true;
    row->state = record_state(duty->to);
    change_job_locked(&duty->change);
    if (duty->to == JOB_TRANSFERRED)
        row->completed = row->modified;
    else
    {
        row->error = record_failure_info(&job->failed);
        row->cause = record_failure_info(&job->last_cause);
        row->error_file = job->failed_file ? (INT64)job->failed_file->index : -1;
        row->error_count++;
        lstrcpynA(duty->change.detail, job->last_detail, sizeof(duty->change.detail));
    }
}

/* A passing state costs a transaction of its own, unless it goes with what is written anyway. */
static void decide_show_locked(struct duty *duty)
{
    struct job *job = duty->job;
    bool shows = job->dirty && job->mine && job_runs_locked(job) && !duty->moves;

    if (shows && !job->due && !duty->file_count)
    {
        notes_keep_show_locked(job);
        return;
    }
    duty->shows = shows;
    if (shows)
        change_show_locked(&duty->change);
    job->dirty = job->due = false;
}

bool duty_begin_locked(struct duty *duty, struct job *job)
{
    bool ends = job->storing || job->failing || is_complete_locked(job);
    size_t count = count_files_locked(job);
    struct file *file;

    *duty = (struct duty){.job = job};
    if (count && !(duty->files = mem_array_alloc(count, sizeof(*duty->files))))
        goto later;
    if (ends && !change_claim_locked(job))
        goto later;
    duty->claimed = ends;
    change_init_locked(&duty->change, job);
    for (file = job->dirty_files; file; file = file->next_dirty)
        add_file_locked(duty, file);
    job->dirty_files = NULL;
    job->dirty_tail = NULL;
    decide_locked(duty);
    decide_show_locked(duty);
    if (job_state_is_final(job->state))
        duty->change.request.count = 0; /* its rows are gone, or about to */
    return true;

later:
    mem_free(duty->files);
    notes_keep_job_locked(job); /* with a reference of its own */
    job_release(job);
    return false;
}

/* ---- what follows ---- */

static void end_files_locked(struct duty *duty)
{
    size_t i;

    for (i = 0; i < duty->file_count; i++)
    {
        if (!duty->files[i].ended)
            continue;
        duty->job->storing--;
        job_file_done_locked(duty->files[i].file); /* the last one moves the job */
    }
}

static void end_forgetting_locked(const struct duty *duty)
{
    size_t i;

    for (i = 0; i < duty->file_count; i++)
        if (duty->files[i].forgotten)
        {
            duty->files[i].file->forgotten = false;
            WakeAllConditionVariable(&engine_changed);
        }
}

static void publish_locked(struct duty *duty)
{
    struct job *job = duty->job;
    bool ended = job->storing != 0;

    if (duty->moves)
        change_stored_locked(&duty->change);
    end_files_locked(duty);
    if (duty->moves && duty->to == JOB_TRANSFERRED)
    {
        job_move_locked(job, JOB_TRANSFERRED); /* where no file of it was among the rows */
        job->transfer_completion = record_to_time(duty->change.row.completed); /* as all see it */
    }
    else if (duty->moves)
        job_fail_locked(job, JOB_ERROR, &job->failed, &job->last_cause, job->failed_file,
                        job->last_detail);
    else if (ended && job_runs_locked(job))
        ending_go_on_locked(job);
    job->failing = false;
}

/* The store refuses: what could not be kept must not be told. A file that is complete is looked at
 * again when the job goes on. */
static void give_up_locked(struct duty *duty, HRESULT result)
{
    const struct failure_info failure = {.kind = FAILURE_LOCAL_FILE, .hr = (uint32_t)result};
    struct job *job = duty->job;
    struct file *last = NULL;
    size_t i;

    for (i = 0; i < duty->file_count; i++)
    {
        struct file *file = duty->files[i].file;

        if (duty->files[i].ended)
        {
            file->phase = FILE_WAITING;
            job->storing--;
            line_leave_locked(job);
            last = file;
        }
        else if (!duty->files[i].placing)
            notes_keep_file_locked(file);
    }
    if (job->failing && job_runs_locked(job))
        job_fail_locked(job, JOB_ERROR, &job->failed, &job->last_cause, job->failed_file,
                        job->last_detail);
    else if (last && job_runs_locked(job))
        job_fail_locked(job, JOB_ERROR, &failure, NULL, last, "the queue cannot be written");
    job->failing = false;
    if (duty->shows)
        job->dirty = job->due = true;
    notes_keep_job_locked(job);
}

/* Another process went first: the same again, on what the row says now. */
static void put_back_locked(struct duty *duty)
{
    size_t i;

    for (i = 0; i < duty->file_count; i++)
    {
        duty->files[i].file->placing = duty->files[i].placing;
        keeper_note_file_locked(duty->files[i].file);
    }
    keeper_note_job_locked(duty->job);
}

static void answer_placing(const struct duty *duty, HRESULT result)
{
    size_t i;

    for (i = 0; i < duty->file_count; i++)
        if (duty->files[i].placing)
            runner_answer(duty->files[i].placing, result);
}

static void cleanup(struct duty *duty)
{
    size_t i, j;

    for (i = 0; i < duty->file_count; i++)
        for (j = 0; j < FILE_TEXT_COUNT; j++)
            mem_free(duty->files[i].texts[j]);
    mem_free(duty->files);
    change_cleanup(&duty->change);
}

bool duty_end(struct duty *duty, HRESULT result)
{
    bool conflict = result == STORE_E_CONFLICT && duty->claimed;
    bool rests;

    if (conflict && FAILED(result = import_job(duty->job)))
        conflict = false;
    lock_take(&engine_lock);
    if (conflict)
        put_back_locked(duty);
    else if (result == STORE_E_CONFLICT)
        duty->shows = false; /* the job is gone, which the next import will tell */
    else if (FAILED(result))
        give_up_locked(duty, result);
    else
    {
        end_forgetting_locked(duty);
        if (duty->claimed)
            publish_locked(duty);
    }
    if (duty->claimed)
        change_drop_locked(duty->job);
    rests = !job_runs_locked(duty->job);
    lock_drop(&engine_lock);
    if (!conflict)
        answer_placing(duty, result);
    if (duty->claimed)
    {
        WakeAllConditionVariable(&engine_changed);
        if (!rests)
            runner_wake();
    }
    cleanup(duty);
    return SUCCEEDED(result) || result == STORE_E_CONFLICT;
}
