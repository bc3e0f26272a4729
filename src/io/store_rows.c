#include "io/store_rows.h"

#include "base/log.h"

#define GONE_KEPT 20000   /* values of the sequence */
#define FORGET_EVERY 1024 /* power of 2 */

static HRESULT one_row(struct statement *statement)
{
    HRESULT hr;
    int rows;

    if (FAILED(hr = statement_run(statement, &rows)))
        return hr;
    return rows ? S_OK : STORE_E_CONFLICT;
}

HRESULT store_rows_sequence(struct database *database, INT64 *sequence)
{
    static const char sql[] = "SELECT max(ifnull((SELECT max(changed) FROM job), 0),"
                              " ifnull((SELECT max(sequence) FROM gone), 0))";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, database, sql)))
        return hr;
    if (SUCCEEDED(hr = statement_step(&statement)))
        *sequence = (INT64)statement_number(&statement);
    statement_end(&statement);
    return hr;
}

HRESULT store_rows_revision(struct database *database, INT64 id, INT64 *revision)
{
    static const char sql[] = "SELECT revision FROM job WHERE id=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)id);
    if ((hr = statement_step(&statement)) == S_OK)
        *revision = (INT64)statement_number(&statement);
    statement_end(&statement);
    return hr;
}

/* ---- jobs ---- */

static void bind_failure(struct statement *statement, const struct store_failure *failure)
{
    statement_bind_number(statement, (UINT64)failure->kind);
    statement_bind_number(statement, failure->status);
    statement_bind_number(statement, failure->hr);
}

static void bind_error(struct statement *statement, const struct store_job *job)
{
    statement_bind_number(statement, job->error_count);
    bind_failure(statement, &job->error);
    bind_failure(statement, &job->cause);
    statement_bind_number(statement, (UINT64)job->error_file);
    statement_bind_text(statement, job->detail);
}

static void bind_job(struct statement *statement, const struct store_job *job)
{
    statement_bind_number(statement, (UINT64)job->state);
    statement_bind_number(statement, job->resumed);
    statement_bind_number(statement, job->streamed);
    statement_bind_number(statement, (UINT64)job->home);
    statement_bind_number(statement, (UINT64)job->claimant);
    statement_bind_number(statement, job->created);
    statement_bind_number(statement, job->modified);
    statement_bind_number(statement, job->completed);
    bind_error(statement, job);
    statement_bind_wide(statement, job->name);
}

/* Its id is a value of the sequence, which is never used again. */
static HRESULT add_job(struct store_transaction *transaction, struct store_job *job)
{
    static const char sql[] =
        "INSERT INTO job(state, resumed, streamed, home, claimant, created, modified, completed,"
        " error_count, error_kind, error_status, error_hr, cause_kind, cause_status, cause_hr,"
        " error_file, detail, name, id, changed, revision, guid, face)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?19, ?19, 1, ?, ?)";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    transaction->sequence++;
    bind_job(&statement, job);
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_blob(&statement, &job->guid, sizeof(job->guid));
    statement_bind_number(&statement, (UINT64)job->face);
    if (FAILED(hr = statement_run(&statement, NULL)))
        return hr;
    job->id = transaction->added = transaction->stamped = transaction->sequence;
    return S_OK;
}

static HRESULT set_job(struct store_transaction *transaction, const struct store_job *job)
{
    static const char sql[] =
        "UPDATE job SET state=?, resumed=?, streamed=?, home=?, claimant=?, created=?, modified=?,"
        " completed=?, error_count=?, error_kind=?, error_status=?, error_hr=?, cause_kind=?,"
        " cause_status=?, cause_hr=?, error_file=?, detail=?, name=?, changed=?,"
        " revision=revision+1 WHERE id=? AND revision=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    bind_job(&statement, job);
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_number(&statement, (UINT64)job->id);
    statement_bind_number(&statement, (UINT64)job->revision);
    if (SUCCEEDED(hr = one_row(&statement)))
        transaction->stamped = job->id;
    return hr;
}

static HRESULT touch_job(struct store_transaction *transaction, const struct store_job *job)
{
    static const char sql[] =
        "UPDATE job SET changed=?, modified=?, revision=revision+1 WHERE id=? AND revision=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_number(&statement, job->modified);
    statement_bind_number(&statement, (UINT64)job->id);
    statement_bind_number(&statement, (UINT64)job->revision);
    if (SUCCEEDED(hr = one_row(&statement)))
        transaction->stamped = job->id;
    return hr;
}

static HRESULT show_job(struct store_transaction *transaction, const struct store_job *job)
{
    static const char sql[] =
        "UPDATE job SET state=?, error_count=?, error_kind=?, error_status=?, error_hr=?,"
        " cause_kind=?, cause_status=?, cause_hr=?, error_file=?, detail=?, changed=?"
        " WHERE id=? AND revision=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)job->state);
    bind_error(&statement, job);
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_number(&statement, (UINT64)job->id);
    statement_bind_number(&statement, (UINT64)job->revision);
    hr = one_row(&statement);
    return hr == STORE_E_CONFLICT ? S_OK : hr;
}

/* The job's row tells readers that something of the job changed. */
static HRESULT stamp(struct store_transaction *transaction, INT64 job)
{
    static const char sql[] = "UPDATE job SET changed=? WHERE id=?";
    struct statement statement;
    HRESULT hr;

    if (job && transaction->stamped == job)
        return S_OK;
    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_number(&statement, (UINT64)job);
    if (SUCCEEDED(hr = one_row(&statement)))
        transaction->stamped = job;
    return hr;
}

static HRESULT of_one_job(struct store_transaction *transaction, const char *sql, INT64 job)
{
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)job);
    return statement_run(&statement, NULL);
}

HRESULT store_rows_forget(struct store_transaction *transaction, bool all)
{
    /* the last one stays: the sequence must not go back */
    static const char sql[] =
        "DELETE FROM gone WHERE sequence < ? AND sequence < (SELECT max(sequence) FROM gone)";
    INT64 before = all ? transaction->sequence : transaction->sequence - GONE_KEPT;

    return of_one_job(transaction, sql, before);
}

static HRESULT remove_job(struct store_transaction *transaction, const struct store_job *job)
{
    static const char tell[] = "INSERT INTO gone(sequence, id, guid, face, state)"
                               " SELECT ?, id, guid, face, ? FROM job"
                               " WHERE id=? AND revision=?";
    static const char values[] = "DELETE FROM value WHERE job=?";
    static const char files[] = "DELETE FROM file WHERE job=?";
    static const char itself[] = "DELETE FROM job WHERE id=?";
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = statement_begin(&statement, transaction->database, tell)))
        return hr;
    transaction->sequence++;
    transaction->stamped = 0;
    statement_bind_number(&statement, (UINT64)transaction->sequence);
    statement_bind_number(&statement,
                          (UINT64)job->state); /* how it ended; its row may not say so */
    statement_bind_number(&statement, (UINT64)job->id);
    statement_bind_number(&statement, (UINT64)job->revision);
    hr = one_row(&statement);
    if (SUCCEEDED(hr))
        hr = of_one_job(transaction, values, job->id);
    if (SUCCEEDED(hr))
        hr = of_one_job(transaction, files, job->id);
    if (SUCCEEDED(hr))
        hr = of_one_job(transaction, itself, job->id);
    if (SUCCEEDED(hr) && !(transaction->sequence & (FORGET_EVERY - 1)))
        hr = store_rows_forget(transaction, false);
    return hr;
}

/* ---- files and values ---- */

static INT64 job_of(const struct store_transaction *transaction, INT64 job)
{
    return job ? job : transaction->added;
}

static void bind_file(struct statement *statement, const struct store_file *file)
{
    statement_bind_wide(statement, file->remote_name);
    statement_bind_wide(statement, file->local_name);
    statement_bind_wide(statement, file->part_name);
    statement_bind_wide(statement, file->file_id);
    statement_bind_number(statement, file->size_hint);
    statement_bind_number(statement, file->mandatory);
    statement_bind_blob(statement, file->ranges, file->ranges_size);
}

static HRESULT put_file(struct store_transaction *transaction, const char *sql,
                        const struct store_file *file)
{
    INT64 job = job_of(transaction, file->job);
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = stamp(transaction, job)) ||
        FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    bind_file(&statement, file);
    statement_bind_number(&statement, (UINT64)job);
    statement_bind_number(&statement, file->index);
    return one_row(&statement);
}

static HRESULT set_progress(struct store_transaction *transaction,
                            const struct store_progress *progress)
{
    static const char sql[] =
        "UPDATE file SET phase=?, valid=?, total=?, remote=?, received=?, highest=?, validator=?,"
        " spans=?, body_bytes=?, duration_ms=?, connections=?,"
        " cache_bytes=?, cache_connections=?,"
        " effective_url=ifnull(?, effective_url), server_ip=ifnull(?, server_ip),"
        " response_headers=ifnull(?, response_headers) WHERE job=? AND idx=?";
    INT64 job = job_of(transaction, progress->job);
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = stamp(transaction, job)) ||
        FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)progress->phase);
    statement_bind_number(&statement, progress->valid);
    statement_bind_number(&statement, progress->total);
    statement_bind_number(&statement, progress->remote);
    statement_bind_number(&statement, progress->received);
    statement_bind_number(&statement, progress->highest);
    statement_bind_blob(&statement, progress->validator, progress->validator_size);
    statement_bind_blob(&statement, progress->spans, progress->spans_size);
    statement_bind_number(&statement, progress->body_bytes);
    statement_bind_number(&statement, progress->duration_ms);
    statement_bind_number(&statement, progress->connections);
    statement_bind_number(&statement, progress->cache_bytes);
    statement_bind_number(&statement, progress->cache_connections);
    statement_bind_wide(&statement, progress->effective_url);
    statement_bind_wide(&statement, progress->server_ip);
    statement_bind_wide(&statement, progress->response_headers);
    statement_bind_number(&statement, (UINT64)job);
    statement_bind_number(&statement, progress->index);
    return one_row(&statement);
}

static HRESULT add_file(struct store_transaction *transaction, const struct store_change *change)
{
    static const char sql[] =
        "INSERT OR IGNORE INTO file(remote_name, local_name, part_name, file_id, size_hint,"
        " mandatory, ranges, job, idx) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)";
    HRESULT hr = put_file(transaction, sql, change->of_file);

    if (SUCCEEDED(hr) && change->progress)
        hr = set_progress(transaction, change->progress);
    return hr;
}

static HRESULT set_file(struct store_transaction *transaction, const struct store_file *file)
{
    static const char sql[] =
        "UPDATE file SET remote_name=?, local_name=?, part_name=?, file_id=?, size_hint=?,"
        " mandatory=?, ranges=? WHERE job=? AND idx=?";

    return put_file(transaction, sql, file);
}

static void bind_value(struct statement *statement, const struct store_value *value)
{
    switch (value->type)
    {
    case STORE_NUMBER:
        statement_bind_number(statement, value->number);
        break;
    case STORE_TEXT:
        statement_bind_wide(statement, value->data);
        break;
    case STORE_BLOB:
        statement_bind_blob(statement, value->size ? value->data : "", value->size);
        break;
    case STORE_NOTHING:
        break;
    }
}

static HRESULT set_value(struct store_transaction *transaction, const struct store_change *change)
{
    static const char put[] =
        "INSERT OR REPLACE INTO value(job, file, name, value) VALUES(?, ?, ?, ?)";
    static const char take[] = "DELETE FROM value WHERE job=? AND file=? AND name=?";
    const char *sql = change->value.type == STORE_NOTHING ? take : put;
    INT64 job = job_of(transaction, change->job_id);
    struct statement statement;
    HRESULT hr;

    if (FAILED(hr = stamp(transaction, job)) ||
        FAILED(hr = statement_begin(&statement, transaction->database, sql)))
        return hr;
    statement_bind_number(&statement, (UINT64)job);
    statement_bind_number(&statement, (UINT64)change->file);
    statement_bind_text(&statement, change->name);
    bind_value(&statement, &change->value);
    return statement_run(&statement, NULL);
}

/* ---- requests ---- */

void store_rows_begin_request(struct store_transaction *transaction)
{
    transaction->added = transaction->stamped = 0;
}

HRESULT store_rows_apply(struct store_transaction *transaction, struct store_change *change)
{
    switch (change->verb)
    {
    case STORE_ADD_JOB:
        return add_job(transaction, change->job);
    case STORE_SET_JOB:
        return set_job(transaction, change->job);
    case STORE_TOUCH_JOB:
        return touch_job(transaction, change->job);
    case STORE_SHOW_JOB:
        return show_job(transaction, change->job);
    case STORE_REMOVE_JOB:
        return remove_job(transaction, change->job);
    case STORE_SET_VALUE:
        return set_value(transaction, change);
    case STORE_ADD_FILE:
        return add_file(transaction, change);
    case STORE_SET_FILE:
        return set_file(transaction, change->of_file);
    case STORE_SET_PROGRESS:
        return set_progress(transaction, change->progress);
    }
    return E_UNEXPECTED;
}

void store_rows_committed(const struct store_request *request)
{
    size_t i;

    for (i = 0; i < request->count; i++)
        if (request->changes[i].verb == STORE_ADD_JOB)
            request->changes[i].job->revision = 1;
        else if (request->changes[i].verb == STORE_SET_JOB ||
                 request->changes[i].verb == STORE_TOUCH_JOB)
            request->changes[i].job->revision++;
}

void store_rows_undone(const struct store_request *request)
{
    size_t i;

    for (i = 0; i < request->count; i++)
        if (request->changes[i].verb == STORE_ADD_JOB)
            request->changes[i].job->id = 0;
}
