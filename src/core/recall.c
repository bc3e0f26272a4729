#include "core/recall.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/record.h"
#include "core/record_names.h"

#include <string.h>

struct recall
{
    const struct recall_reader *reader;
    struct recalled now; /* the job whose rows are being read, or NULL */
    bool senseless;      /* it is left out */
};

static void find_error_file(const struct recalled *recalled)
{
    struct job *job = recalled->job;
    size_t i;

    for (i = 0; i < job->file_count; i++)
        if ((INT64)job->files[i]->index == recalled->error_file)
            job->error.file = job->files[i];
}

/* A job is complete once the next one begins. */
static HRESULT hand_over(struct recall *recall)
{
    struct recalled recalled = recall->now;
    char id[STR_GUID_SIZE];

    recall->now.job = NULL;
    if (!recalled.job)
        return S_OK;
    find_error_file(&recalled);
    if (!recall->senseless)
        return recall->reader->job(recall->reader->context, &recalled);
    str_from_guid(&recalled.job->id, id);
    ERR("job %s is left out: its rows make no sense", id);
    job_release(recalled.job);
    return S_OK;
}

/* ---- the job ---- */

static struct failure_info failure_of(const struct store_failure *row)
{
    return (struct failure_info){
        .kind = record_to_failure(row->kind), .http_status = row->status, .hr = row->hr};
}

static HRESULT take_job(struct recall *recall, const struct store_job *row)
{
    struct failure_info error = failure_of(&row->error), cause = failure_of(&row->cause);
    enum job_state state = JOB_SUSPENDED;
    struct job *job = recall->now.job;

    if (!record_to_state(row->state, &state))
    {
        state = JOB_SUSPENDED;
        recall->senseless = true;
    }
    job->state = state;
    job->row = row->id;
    job->revision = row->revision;
    job->resumed = row->resumed;
    job->streamed = row->streamed;
    job->home = row->home;
    job->claimant = row->claimant;
    job->creation = record_to_time(row->created);
    job->modification = record_to_time(row->modified);
    job->transfer_completion = record_to_time(row->completed);
    job->error_count = row->error_count;
    recall->now.error_file = row->error_file;
    if (error.kind != FAILURE_NONE)
        job_set_error_locked(job, &error, &cause, NULL, row->detail);
    return str_dup(row->name, &job->texts[JOB_NAME]);
}

static HRESULT visit_job(void *context, const struct store_job *row)
{
    struct recall *recall = context;
    enum job_face face;
    HRESULT hr = hand_over(recall);

    if (FAILED(hr))
        return hr;
    if (!record_to_face(row->face, &face))
    {
        ERR("a job of a kind that is not known is left out");
        return S_OK;
    }
    recall->senseless = false;
    if (FAILED(hr = job_make(face, &row->guid, &recall->now.job)))
        return hr;
    return take_job(recall, row);
}

/* ---- values ---- */

static HRESULT take_text(const struct store_value *value, WCHAR **text)
{
    mem_free(*text);
    *text = NULL;
    return value->type == STORE_TEXT ? str_dup(value->data, text) : S_OK;
}

static HRESULT take_blob(const struct store_value *value, struct sealed *sealed)
{
    if (value->type != STORE_BLOB || sealed->data)
        return S_OK;
    if (!(sealed->data = mem_dup(value->data, value->size)))
        return E_OUTOFMEMORY;
    sealed->size = (DWORD)value->size;
    return S_OK;
}

static HRESULT take_value(struct job *job, const char *name, const struct store_value *value)
{
    enum auth_target target;
    enum job_number number;
    enum job_text text;
    unsigned int index;

    if (value->type == STORE_NUMBER && record_to_number(name, &number))
    {
        job->numbers[number] = value->number;
        job->numbers_set |= 1ull << number;
        return S_OK;
    }
    if (value->type == STORE_BLOB && record_to_credentials(name, &target, &index))
        return take_blob(value, &job->credentials.pairs[target][index]);
    if (record_to_text(name, &text))
        return take_text(value, &job->texts[text]);
    return S_OK; /* of a later version */
}

static HRESULT visit_value(void *context, INT64 row, INT64 index, const char *name,
                           const struct store_value *value)
{
    const struct recall *recall = context;
    struct job *job = recall->now.job;
    enum file_text text;

    (void)row;
    if (!job)
        return S_OK;
    if (index == STORE_OF_JOB)
        return take_value(job, name, value);
    if (!job->file_count || job->files[job->file_count - 1]->index != (size_t)index ||
        !record_to_file_text(name, &text))
        return S_OK;
    return take_text(value, &job->files[job->file_count - 1]->texts[text]);
}

/* ---- files ---- */

static void take_phase(struct file *file, const struct store_progress *row)
{
    file->phase = row->phase == STORE_WAITING ? FILE_WAITING : FILE_DONE;
    file->renaming = row->phase == STORE_PLACING;
    file->in_place = row->phase == STORE_IN_PLACE;
    file->valid = row->valid;
    file->total = row->total;
    file->remote = row->remote;
    file->received = file->front = file->checkpoint = row->received;
    file->body_bytes = row->body_bytes;
    file->duration_ms = row->duration_ms;
    file->connections = row->connections;
    file->cache_bytes = row->cache_bytes;
    file->cache_connections = row->cache_connections;
}

/* What lies behind a gap and cannot be understood is fetched again. */
static HRESULT take_spans(struct file *file, const struct store_progress *row)
{
    size_t i;
    HRESULT hr = record_to_spans(row->spans, row->spans_size, file);

    if (hr == E_INVALIDARG)
        WARN("which parts of a file are here is not understood: they are fetched again");
    else if (FAILED(hr))
        return hr;
    for (i = 0; i < file->span_count; i++)
        file->received += file->spans[i].length;
    file->highest = MAX(row->highest, file->received);
    file->part_made =
        file->texts[FILE_TEMPORARY_NAME] && (file->received || file->phase == FILE_DONE);
    return S_OK;
}

static HRESULT take_progress(struct file *file, const struct store_progress *row)
{
    HRESULT hr;

    take_phase(file, row);
    if (FAILED(hr = take_spans(file, row)))
        return hr;
    if (row->validator && !record_to_validator(row->validator, row->validator_size, file))
        WARN("a file's validator is not understood: it starts over if it is not complete");
    if (FAILED(hr = str_dup(row->effective_url, &file->texts[FILE_EFFECTIVE_URL])) ||
        FAILED(hr = str_dup(row->server_ip, &file->texts[FILE_SERVER_IP])))
        return hr;
    return str_dup(row->response_headers, &file->texts[FILE_RESPONSE_HEADERS]);
}

static HRESULT take_file(struct recall *recall, struct file *file, const struct store_file *row,
                         const struct store_progress *progress)
{
    HRESULT hr;

    file->index = row->index;
    file->recalled = true;
    file->size_hint = row->size_hint;
    file->mandatory = row->mandatory;
    if (FAILED(hr = str_dup(row->remote_name, &file->texts[FILE_REMOTE_NAME])) ||
        FAILED(hr = str_dup(row->local_name, &file->texts[FILE_LOCAL_NAME])) ||
        FAILED(hr = str_dup(row->part_name, &file->texts[FILE_TEMPORARY_NAME])) ||
        FAILED(hr = str_dup(row->file_id, &file->texts[FILE_ID])))
        return hr;
    if (row->remote_name && !(file->url = str_utf8_from_wide(row->remote_name)))
    {
        if (GetLastError() == ERROR_OUTOFMEMORY)
            return E_OUTOFMEMORY;
        recall->senseless = true;
    }
    hr = record_to_ranges(row->ranges, row->ranges_size, &file->ranges, &file->range_count);
    if (hr == E_INVALIDARG)
        recall->senseless = true;
    else if (FAILED(hr))
        return hr;
    return take_progress(file, progress);
}

static HRESULT visit_file(void *context, const struct store_file *row,
                          const struct store_progress *progress)
{
    struct recall *recall = context;
    struct job *job = recall->now.job;
    struct file **grown;
    struct file *file;
    HRESULT hr;

    if (!job)
        return S_OK;
    if (!(grown =
              mem_array_grow(job->files, &job->file_capacity, job->file_count + 1, sizeof(*grown))))
        return E_OUTOFMEMORY;
    job->files = grown;
    if (FAILED(hr = file_make(job, &file)))
        return hr;
    job_link_file_locked(job, file);
    return take_file(recall, file, row, progress);
}

static HRESULT visit_gone(void *context, INT64 id, const GUID *guid, int face_number,
                          int state_number)
{
    struct recall *recall = context;
    enum job_face face;
    enum job_state state;
    HRESULT hr = hand_over(recall);

    (void)id;
    if (FAILED(hr) || !recall->reader->gone || !record_to_face(face_number, &face))
        return hr;
    if (!record_to_state(state_number, &state) || !job_state_is_final(state))
        state = JOB_CANCELLED;
    return recall->reader->gone(recall->reader->context, guid, face, state);
}

static const struct store_visitor visitor = {visit_job, visit_value, visit_file, visit_gone};

static HRESULT finish(struct recall *recall, HRESULT hr)
{
    if (SUCCEEDED(hr))
    {
        HRESULT last = hand_over(recall);

        return FAILED(last) ? last : hr;
    }
    job_release(recall->now.job);
    return hr;
}

HRESULT recall_changes(struct store *store, INT64 *sequence, const struct recall_reader *reader)
{
    struct recall recall = {.reader = reader};
    INT64 upto = *sequence;
    HRESULT hr = finish(&recall, store_read(store, &upto, &visitor, &recall));

    if (SUCCEEDED(hr))
        *sequence = upto;
    return hr;
}

static HRESULT keep(void *context, const struct recalled *recalled)
{
    *(struct recalled *)context = *recalled;
    return S_OK;
}

HRESULT recall_job(struct store *store, INT64 row, struct recalled *recalled)
{
    const struct recall_reader reader = {.job = keep, .context = recalled};
    struct recall recall = {.reader = &reader};
    HRESULT hr;

    *recalled = (struct recalled){.error_file = -1};
    hr = finish(&recall, store_read_job(store, row, &visitor, &recall));
    return SUCCEEDED(hr) && !recalled->job ? S_FALSE : hr;
}
