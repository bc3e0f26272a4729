#include "core/change.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/import.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "core/queue.h"
#include "core/record.h"
#include "core/record_names.h"

#include <string.h>

#define CLAIM_LIMIT_MS 15000   /* real time: the store itself gives up after 5 s */
#define CONFLICT_LIMIT_MS 5000 /* ... that other processes may go first */

struct change_memory
{
    struct change_memory *next;
    union
    {
        UINT64 aligned;
        struct store_file file;
        struct store_progress progress;
    } data;
};

/* ---- whose turn it is ---- */

bool change_claim_locked(struct job *job)
{
    if (job->changing)
        return false;
    job->changing = true;
    return true;
}

void change_drop_locked(struct job *job)
{
    job->changing = false;
    if (job->noted == NOTE_NOW || (job->mine && !job_runs_locked(job)))
        keeper_note_job_locked(job);
    WakeAllConditionVariable(&engine_changed);
}

static HRESULT claim(struct job *job)
{
    UINT64 start = GetTickCount64();
    bool claimed;

    lock_take(&engine_lock);
    while (!(claimed = change_claim_locked(job)) && GetTickCount64() - start < CLAIM_LIMIT_MS)
        lock_wait(&engine_lock, &engine_changed, 1000);
    lock_drop(&engine_lock);
    return claimed ? S_OK : HRESULT_FROM_WIN32(ERROR_BUSY);
}

/* Once; a conflict leaves everything to the next attempt. */
static HRESULT attempt(struct job *job, const struct change_plan *plan, void *context)
{
    struct change change;
    HRESULT hr;

    lock_take(&engine_lock);
    change_init_locked(&change, job);
    hr = plan->decide(&change, context);
    lock_drop(&engine_lock);
    if (hr == S_OK && SUCCEEDED(hr = change_commit(&change)))
    {
        lock_take(&engine_lock);
        change_stored_locked(&change);
        plan->publish(&change, context);
        lock_drop(&engine_lock);
    }
    change_cleanup(&change);
    return hr;
}

static void drop(struct job *job)
{
    lock_take(&engine_lock);
    change_drop_locked(job);
    lock_drop(&engine_lock);
}

/* Whether another process has changed the job, and this one has not heard of it yet. */
static bool is_stale(struct job *job)
{
    INT64 known, revision;
    bool over;
    HRESULT hr;

    lock_take_shared(&engine_lock);
    over = job_state_is_final(job->state);
    known = job->revision;
    lock_drop_shared(&engine_lock);
    if (over || FAILED(hr = store_read_revision(queue_store(), job->row, &revision)))
        return false;
    return hr == S_FALSE || revision != known;
}

/* Also where there is nothing to do, or it must not be done, that may be so no longer. */
HRESULT change_run(struct job *job, const struct change_plan *plan, void *context)
{
    UINT64 start = GetTickCount64();
    HRESULT hr = claim(job), imported;

    if (FAILED(hr))
        return hr;
    while ((hr = attempt(job, plan, context)) != S_OK &&
           (hr == STORE_E_CONFLICT || is_stale(job)) &&
           GetTickCount64() - start < CONFLICT_LIMIT_MS)
        if (FAILED(imported = import_job(job)))
        {
            hr = imported;
            break;
        }
    drop(job);
    return hr;
}

void engine_refresh_job(struct job *job)
{
    if (FAILED(claim(job)))
        return;
    if (is_stale(job))
        import_job(job);
    drop(job);
}

/* ---- a change ---- */

void change_init_locked(struct change *change, struct job *job)
{
    *change = (struct change){.job = job};
    record_job_locked(job, change->detail, &change->row);
}

void change_cleanup(struct change *change)
{
    struct change_memory *memory;

    while ((memory = change->memory))
    {
        change->memory = memory->next;
        mem_free(memory);
    }
    mem_free(change->request.changes);
    change->request.changes = NULL;
}

HRESULT change_commit(struct change *change)
{
    return FAILED(change->result) ? change->result : store_commit(queue_store(), &change->request);
}

void change_stored_locked(struct change *change)
{
    change->job->row = change->row.id;
    change->job->revision = change->row.revision;
}

/* At least `size` bytes that live as long as the change; NULL, and the change fails. */
static void *alloc(struct change *change, size_t size)
{
    struct change_memory *memory;

    size = MAX(size, sizeof(memory->data));
    if (!(memory = mem_zalloc(offsetof(struct change_memory, data) + size)))
    {
        change->result = E_OUTOFMEMORY;
        return NULL;
    }
    memory->next = change->memory;
    change->memory = memory;
    return &memory->data;
}

static void add(struct change *change, const struct store_change *row)
{
    struct store_request *request = &change->request;
    struct store_change *grown;

    grown = mem_array_grow(request->changes, &change->capacity, request->count + 1, sizeof(*grown));
    if (!grown)
    {
        change->result = E_OUTOFMEMORY;
        return;
    }
    request->changes = grown;
    grown[request->count++] = *row;
}

/* ---- rows of the job ---- */

static void add_job(struct change *change, enum store_verb verb)
{
    const struct store_change row = {.verb = verb, .job = &change->row};

    add(change, &row);
}

static void stamp(struct change *change)
{
    FILETIME now;

    clock_filetime(&now);
    change->row.modified = record_time(&now);
}

void change_job_locked(struct change *change)
{
    stamp(change);
    add_job(change, STORE_SET_JOB);
}

void change_touch_locked(struct change *change)
{
    stamp(change);
    add_job(change, STORE_TOUCH_JOB);
}

void change_show_locked(struct change *change)
{
    add_job(change, STORE_SHOW_JOB);
}

void change_remove_locked(struct change *change)
{
    add_job(change, STORE_REMOVE_JOB);
}

static void add_value(struct change *change, INT64 file, const char *name,
                      const struct store_value *value)
{
    const struct store_change row = {.verb = STORE_SET_VALUE,
                                     .job_id = change->job->row,
                                     .file = file,
                                     .name = name,
                                     .value = *value};

    if (name)
        add(change, &row);
}

static struct store_value value_of_text(const WCHAR *text)
{
    return (struct store_value){.type = text ? STORE_TEXT : STORE_NOTHING, .data = text};
}

void change_number_locked(struct change *change, enum job_number which, UINT64 value)
{
    const struct store_value row = {.type = STORE_NUMBER, .number = value};

    add_value(change, STORE_OF_JOB, record_number_name(which), &row);
}

void change_text_locked(struct change *change, enum job_text which, const WCHAR *text)
{
    const struct store_value row = value_of_text(text);

    if (which == JOB_NAME)
        change->row.name = text;
    add_value(change, STORE_OF_JOB, record_text_name(which), &row);
}

void change_credentials_locked(struct change *change, enum auth_target target, unsigned int index,
                               const struct sealed *sealed)
{
    const struct store_value row = {.type = sealed->data ? STORE_BLOB : STORE_NOTHING,
                                    .data = sealed->data,
                                    .size = sealed->size};

    add_value(change, STORE_OF_JOB, record_credentials_name(target, index), &row);
}

void change_add_job_locked(struct change *change)
{
    const struct job *job = change->job;
    unsigned int i;

    add_job(change, STORE_ADD_JOB);
    for (i = 0; i < JOB_NUMBER_COUNT; i++)
        if (job->numbers_set >> i & 1)
            change_number_locked(change, (enum job_number)i, job->numbers[i]);
    for (i = 0; i < JOB_TEXT_COUNT; i++)
        if (job->texts[i])
            change_text_locked(change, (enum job_text)i, job->texts[i]);
    for (i = 0; i < job->file_count; i++)
        change_add_file_locked(change, job->files[i], i);
}

/* ---- rows of a file ---- */

/* Without memory there is still something to write to, and the change will not happen. */
static struct store_file *make_file(struct change *change, const struct file *file)
{
    static struct store_file nowhere; /* engine_lock */
    struct store_file *row = alloc(change, sizeof(*row));

    if (!row)
        row = &nowhere;
    record_file_locked(file, row);
    change_file_ranges_locked(change, row, file->ranges, file->range_count);
    return row;
}

void change_file_ranges_locked(struct change *change, struct store_file *row,
                               const struct range *ranges, size_t count)
{
    void *memory = count ? alloc(change, record_ranges_size(count)) : NULL;

    if (memory)
        record_ranges(ranges, count, memory);
    row->ranges = memory;
    row->ranges_size = memory ? record_ranges_size(count) : 0;
}

struct store_file *change_file_locked(struct change *change, const struct file *file)
{
    struct store_file *row = make_file(change, file);
    const struct store_change change_row = {.verb = STORE_SET_FILE, .of_file = row};

    add(change, &change_row);
    return row;
}

void change_add_file_locked(struct change *change, const struct file *file, size_t index)
{
    struct store_file *row = make_file(change, file);
    const struct store_change change_row = {.verb = STORE_ADD_FILE, .of_file = row};

    row->index = (UINT32)index;
    add(change, &change_row);
}

struct progress_memory
{
    struct store_progress row;
    struct record_memory memory;
};

static const WCHAR *copy(struct change *change, const WCHAR *text)
{
    size_t size = text ? (wcslen(text) + 1) * sizeof(*text) : 0;
    WCHAR *made = text ? alloc(change, size) : NULL;

    if (made)
        memcpy(made, text, size);
    return made;
}

struct store_progress *change_progress_locked(struct change *change, const struct file *file)
{
    static struct progress_memory nowhere; /* engine_lock */
    struct progress_memory *memory = alloc(change, sizeof(*memory));
    struct store_change row = {.verb = STORE_SET_PROGRESS};
    struct store_progress *progress;

    if (!memory)
        memory = &nowhere;
    progress = &memory->row;
    record_progress_locked(file, &memory->memory, progress);
    progress->effective_url = copy(change, progress->effective_url);
    progress->server_ip = copy(change, progress->server_ip);
    progress->response_headers = copy(change, progress->response_headers);
    row.progress = progress;
    add(change, &row);
    return progress;
}

void change_file_text_locked(struct change *change, const struct file *file, enum file_text which,
                             const WCHAR *text)
{
    const struct store_value row = value_of_text(text);

    add_value(change, (INT64)file->index, record_file_text_name(which), &row);
}
