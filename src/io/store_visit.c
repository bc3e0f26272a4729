#include "io/store_visit.h"

#include "base/log.h"

#include <string.h>

#define JOB_COLUMNS                                                                                \
    "SELECT id, revision, guid, face, state, resumed, streamed, home, claimant, created,"          \
    " modified, completed, error_count, error_kind, error_status, error_hr, cause_kind,"           \
    " cause_status, cause_hr, error_file, detail, name FROM job"

struct visit
{
    struct database *database;
    const struct store_visitor *visitor;
    void *context;
};

/* A blob of another size is nobody's id. */
static HRESULT read_guid(struct statement *statement, GUID *guid)
{
    size_t size;
    const void *data = statement_blob(statement, &size);

    if (!data || size != sizeof(*guid))
        return DATABASE_DAMAGED;
    memcpy(guid, data, size);
    return S_OK;
}

/* ---- values ---- */

/* Whether the next value, if there is one, is of this file. */
static bool is_of(struct statement *values, HRESULT step, INT64 file)
{
    return step == S_OK && sqlite3_column_int64(values->prepared, 0) == file;
}

static HRESULT read_value(struct statement *values, const char **name, struct store_value *value)
{
    memset(value, 0, sizeof(*value));
    values->next = 1;
    *name = statement_text(values);
    switch (statement_type(values))
    {
    case SQLITE_INTEGER:
        value->type = STORE_NUMBER;
        value->number = statement_number(values);
        break;
    case SQLITE_TEXT:
        value->type = STORE_TEXT;
        value->data = statement_wide(values);
        value->size = (size_t)sqlite3_column_bytes16(values->prepared, values->next - 1);
        break;
    case SQLITE_BLOB:
        value->type = STORE_BLOB;
        value->data = statement_blob(values, &value->size);
        break;
    default:
        return DATABASE_DAMAGED;
    }
    return statement_columns(values);
}

/* Shows the values of the file, on the first of which `values` stands; *step: where it stands then.
 */
static HRESULT visit_values(const struct visit *visit, struct statement *values, HRESULT *step,
                            INT64 job, INT64 file)
{
    struct store_value value;
    const char *name;
    HRESULT hr;

    while (is_of(values, *step, file))
    {
        if (FAILED(hr = read_value(values, &name, &value)))
            return hr;
        if (visit->visitor->value &&
            FAILED(hr = visit->visitor->value(visit->context, job, file, name, &value)))
            return hr;
        *step = statement_step(values);
    }
    return FAILED(*step) ? *step : S_OK;
}

/* ---- files ---- */

static HRESULT read_file(struct statement *files, struct store_file *file,
                         struct store_progress *progress)
{
    memset(file, 0, sizeof(*file));
    memset(progress, 0, sizeof(*progress));
    file->index = progress->index = (UINT32)statement_number(files);
    file->remote_name = statement_wide(files);
    file->local_name = statement_wide(files);
    file->part_name = statement_wide(files);
    file->file_id = statement_wide(files);
    file->size_hint = statement_number(files);
    file->mandatory = statement_number(files) != 0;
    file->ranges = statement_blob(files, &file->ranges_size);
    progress->phase = (enum store_phase)statement_number(files);
    progress->valid = statement_number(files) != 0;
    progress->total = statement_number(files);
    progress->remote = statement_number(files);
    progress->received = statement_number(files);
    progress->highest = statement_number(files);
    progress->validator = statement_blob(files, &progress->validator_size);
    progress->spans = statement_blob(files, &progress->spans_size);
    progress->body_bytes = statement_number(files);
    progress->duration_ms = statement_number(files);
    progress->connections = (ULONG)statement_number(files);
    progress->cache_bytes = statement_number(files);
    progress->cache_connections = (ULONG)statement_number(files);
    progress->effective_url = statement_wide(files);
    progress->server_ip = statement_wide(files);
    progress->response_headers = statement_wide(files);
    return statement_columns(files);
}

static HRESULT visit_files(const struct visit *visit, struct statement *files,
                           struct statement *values, INT64 job)
{
    HRESULT hr, step, next_value = statement_step(values);
    struct store_progress progress;
    struct store_file file;

    hr = visit_values(visit, values, &next_value, job, STORE_OF_JOB);
    for (step = S_FALSE; SUCCEEDED(hr) && (step = statement_step(files)) == S_OK;)
    {
        if (FAILED(hr = read_file(files, &file, &progress)))
            break;
        file.job = progress.job = job;
        if (visit->visitor->file)
            hr = visit->visitor->file(visit->context, &file, &progress);
        if (SUCCEEDED(hr))
            hr = visit_values(visit, values, &next_value, job, file.index);
    }
    return SUCCEEDED(hr) && FAILED(step) ? step : hr;
}

static HRESULT visit_parts(const struct visit *visit, INT64 job)
{
    static const char of_values[] =
        "SELECT file, name, value FROM value WHERE job=? ORDER BY file, name";
    static const char of_files[] =
        "SELECT idx, remote_name, local_name, part_name, file_id, size_hint, mandatory, ranges,"
        " phase, valid, total, remote, received, highest, validator, spans, body_bytes,"
        " duration_ms, connections, cache_bytes, cache_connections, effective_url, server_ip,"
        " response_headers"
        " FROM file WHERE job=? ORDER BY idx";
    struct statement files = {NULL}, values = {NULL};
    HRESULT hr;

    hr = statement_begin(&values, visit->database, of_values);
    if (SUCCEEDED(hr))
        hr = statement_begin(&files, visit->database, of_files);
    if (SUCCEEDED(hr))
    {
        statement_bind_number(&values, (UINT64)job);
        statement_bind_number(&files, (UINT64)job);
        hr = visit_files(visit, &files, &values, job);
    }
    statement_end(&values);
    statement_end(&files);
    return hr;
}

/* ---- jobs ---- */

static struct store_failure read_failure(struct statement *statement)
{
    struct store_failure failure;

    failure.kind = (int)statement_number(statement);
    failure.status = (UINT32)statement_number(statement);
    failure.hr = (UINT32)statement_number(statement);
    return failure;
}

static HRESULT read_job(struct statement *jobs, struct store_job *job)
{
    HRESULT hr;

    memset(job, 0, sizeof(*job));
    job->id = (INT64)statement_number(jobs);
    job->revision = (INT64)statement_number(jobs);
    if (FAILED(hr = read_guid(jobs, &job->guid)))
        return hr;
    job->face = (int)statement_number(jobs);
    job->state = (int)statement_number(jobs);
    job->resumed = statement_number(jobs) != 0;
    job->streamed = statement_number(jobs) != 0;
    job->home = (INT64)statement_number(jobs);
    job->claimant = (INT64)statement_number(jobs);
    job->created = statement_number(jobs);
    job->modified = statement_number(jobs);
    job->completed = statement_number(jobs);
    job->error_count = (ULONG)statement_number(jobs);
    job->error = read_failure(jobs);
    job->cause = read_failure(jobs);
    job->error_file = (INT64)statement_number(jobs);
    job->detail = statement_text(jobs);
    job->name = statement_wide(jobs);
    return statement_columns(jobs);
}

/* S_FALSE: there was no row. */
static HRESULT visit_jobs(const struct visit *visit, struct statement *jobs)
{
    HRESULT hr = S_OK, step, found = S_FALSE;
    struct store_job job;

    while ((step = statement_step(jobs)) == S_OK)
    {
        found = S_OK;
        hr = read_job(jobs, &job);
        if (SUCCEEDED(hr) && visit->visitor->job)
            hr = visit->visitor->job(visit->context, &job);
        if (SUCCEEDED(hr))
            hr = visit_parts(visit, job.id);
        if (FAILED(hr))
            return hr;
    }
    return FAILED(step) ? step : found;
}

static HRESULT select_jobs(const struct visit *visit, const char *sql, INT64 parameter)
{
    struct statement jobs;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&jobs, visit->database, sql)))
        return hr;
    statement_bind_number(&jobs, (UINT64)parameter);
    hr = visit_jobs(visit, &jobs);
    statement_end(&jobs);
    return hr;
}

static HRESULT visit_gone(const struct visit *visit, INT64 sequence)
{
    static const char sql[] =
        "SELECT id, guid, face, state FROM gone WHERE sequence > ? ORDER BY sequence";
    struct statement rows;
    HRESULT hr, step = S_OK;
    int face, state;
    GUID guid;
    INT64 id;

    if (!visit->visitor->gone)
        return S_OK;
    if (FAILED(hr = statement_begin(&rows, visit->database, sql)))
        return hr;
    statement_bind_number(&rows, (UINT64)sequence);
    while (SUCCEEDED(hr) && (step = statement_step(&rows)) == S_OK)
    {
        id = (INT64)statement_number(&rows);
        if (FAILED(hr = read_guid(&rows, &guid)))
            break;
        face = (int)statement_number(&rows);
        state = (int)statement_number(&rows);
        hr = visit->visitor->gone(visit->context, id, &guid, face, state);
    }
    statement_end(&rows);
    return SUCCEEDED(hr) && FAILED(step) ? step : hr;
}

HRESULT store_visit_since(struct database *database, INT64 sequence,
                          const struct store_visitor *visitor, void *context)
{
    static const char all[] = JOB_COLUMNS " WHERE id > ? ORDER BY id";
    static const char changed[] = JOB_COLUMNS " WHERE changed > ? ORDER BY id";
    const struct visit visit = {database, visitor, context};
    HRESULT hr;

    hr = select_jobs(&visit, sequence ? changed : all, sequence);
    if (SUCCEEDED(hr) && sequence)
        hr = visit_gone(&visit, sequence);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT store_visit_job(struct database *database, INT64 id, const struct store_visitor *visitor,
                        void *context)
{
    static const char one[] = JOB_COLUMNS " WHERE id = ?";
    const struct visit visit = {database, visitor, context};

    return select_jobs(&visit, one, id);
}
