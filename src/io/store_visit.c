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

/* Rows of a table in the order of their jobs, and whether there is one where it stands. The first
 * column is the job. */
struct cursor
{
    struct statement rows;
    HRESULT step;
};

static void cursor_next(struct cursor *cursor)
{
    cursor->step = statement_step(&cursor->rows);
}

static HRESULT cursor_begin(struct cursor *cursor, struct database *database, const char *sql,
                            INT64 job)
{
    HRESULT hr = statement_begin(&cursor->rows, database, sql);

    if (FAILED(hr))
        return hr;
    statement_bind_number(&cursor->rows, (UINT64)job);
    cursor_next(cursor);
    return S_OK;
}

static bool cursor_is_at(const struct cursor *cursor, INT64 job)
{
    return cursor->step == S_OK && sqlite3_column_int64(cursor->rows.prepared, 0) == job;
}

/* Past what is of nobody. */
static void cursor_seek(struct cursor *cursor, INT64 job)
{
    while (cursor->step == S_OK && sqlite3_column_int64(cursor->rows.prepared, 0) < job)
        cursor_next(cursor);
}

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

static HRESULT read_value(struct statement *values, const char **name, struct store_value *value)
{
    memset(value, 0, sizeof(*value));
    values->next = 2;
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

/* Shows the values of the file, on the first of which the cursor stands if there is one. */
static HRESULT visit_values(const struct visit *visit, struct cursor *values, INT64 job, INT64 file)
{
    struct store_value value;
    const char *name;
    HRESULT hr;

    while (cursor_is_at(values, job) && sqlite3_column_int64(values->rows.prepared, 1) == file)
    {
        if (FAILED(hr = read_value(&values->rows, &name, &value)))
            return hr;
        if (visit->visitor->value &&
            FAILED(hr = visit->visitor->value(visit->context, job, file, name, &value)))
            return hr;
        cursor_next(values);
    }
    return FAILED(values->step) ? values->step : S_OK;
}

/* ---- files ---- */

static HRESULT read_file(struct statement *files, struct store_file *file,
                         struct store_progress *progress)
{
    memset(file, 0, sizeof(*file));
    memset(progress, 0, sizeof(*progress));
    files->next = 1;
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

struct parts
{
    struct cursor files, values;
};

static HRESULT visit_file(const struct visit *visit, struct parts *parts, INT64 job)
{
    struct store_progress progress;
    struct store_file file;
    HRESULT hr;

    if (FAILED(hr = read_file(&parts->files.rows, &file, &progress)))
        return hr;
    file.job = progress.job = job;
    if (visit->visitor->file)
        hr = visit->visitor->file(visit->context, &file, &progress);
    return SUCCEEDED(hr) ? visit_values(visit, &parts->values, job, file.index) : hr;
}

static HRESULT visit_parts(const struct visit *visit, struct parts *parts, INT64 job)
{
    HRESULT hr;

    cursor_seek(&parts->values, job);
    cursor_seek(&parts->files, job);
    hr = visit_values(visit, &parts->values, job, STORE_OF_JOB);
    while (SUCCEEDED(hr) && cursor_is_at(&parts->files, job))
    {
        hr = visit_file(visit, parts, job);
        cursor_next(&parts->files);
    }
    return SUCCEEDED(hr) && FAILED(parts->files.step) ? parts->files.step : hr;
}

static void parts_end(struct parts *parts)
{
    statement_end(&parts->values.rows);
    statement_end(&parts->files.rows);
}

#define VALUES "SELECT job, file, name, value FROM value"
#define FILES                                                                                      \
    "SELECT job, idx, remote_name, local_name, part_name, file_id, size_hint, mandatory, ranges,"  \
    " phase, valid, total, remote, received, highest, validator, spans, body_bytes,"               \
    " duration_ms, connections, cache_bytes, cache_connections, effective_url, server_ip,"         \
    " response_headers FROM file"

static HRESULT parts_of(struct parts *parts, struct database *database, INT64 job)
{
    static const char values[] = VALUES " WHERE job=? ORDER BY job, file, name";
    static const char files[] = FILES " WHERE job=? ORDER BY job, idx";
    HRESULT hr = cursor_begin(&parts->values, database, values, job);

    return FAILED(hr) ? hr : cursor_begin(&parts->files, database, files, job);
}

/* Of all jobs: many times as fast as asking for those of each. */
static HRESULT parts_of_all(struct parts *parts, struct database *database)
{
    static const char values[] = VALUES " WHERE job > ? ORDER BY job, file, name";
    static const char files[] = FILES " WHERE job > ? ORDER BY job, idx";
    HRESULT hr = cursor_begin(&parts->values, database, values, 0);

    return FAILED(hr) ? hr : cursor_begin(&parts->files, database, files, 0);
}

static HRESULT visit_own_parts(const struct visit *visit, INT64 job)
{
    struct parts parts = {.files.rows = {NULL}};
    HRESULT hr = parts_of(&parts, visit->database, job);

    if (SUCCEEDED(hr))
        hr = visit_parts(visit, &parts, job);
    parts_end(&parts);
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

/* `all`: where the parts of all jobs come from, or NULL. S_FALSE: there was no row. */
static HRESULT visit_jobs(const struct visit *visit, struct statement *jobs, struct parts *all)
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
            hr = all ? visit_parts(visit, all, job.id) : visit_own_parts(visit, job.id);
        if (FAILED(hr))
            return hr;
    }
    return FAILED(step) ? step : found;
}

static HRESULT select_jobs(const struct visit *visit, const char *sql, INT64 parameter,
                           struct parts *all)
{
    struct statement jobs;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&jobs, visit->database, sql)))
        return hr;
    statement_bind_number(&jobs, (UINT64)parameter);
    hr = visit_jobs(visit, &jobs, all);
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

static HRESULT visit_all(const struct visit *visit)
{
    static const char sql[] = JOB_COLUMNS " WHERE id > ? ORDER BY id";
    struct parts parts = {.files.rows = {NULL}};
    HRESULT hr = parts_of_all(&parts, visit->database);

    if (SUCCEEDED(hr))
        hr = select_jobs(visit, sql, 0, &parts);
    parts_end(&parts);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT store_visit_since(struct database *database, INT64 sequence,
                          const struct store_visitor *visitor, void *context)
{
    static const char changed[] = JOB_COLUMNS " WHERE changed > ? ORDER BY id";
    const struct visit visit = {database, visitor, context};
    HRESULT hr;

    if (!sequence)
        return visit_all(&visit);
    hr = select_jobs(&visit, changed, sequence, NULL);
    if (SUCCEEDED(hr))
        hr = visit_gone(&visit, sequence);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT store_visit_job(struct database *database, INT64 id, const struct store_visitor *visitor,
                        void *context)
{
    static const char one[] = JOB_COLUMNS " WHERE id = ?";
    const struct visit visit = {database, visitor, context};

    return select_jobs(&visit, one, id, NULL);
}
