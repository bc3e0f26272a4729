/*
 * A change of a job: decided, stored, published, and only then told; one at a time a job.
 *
 * Who changes a job claims it (job->changing), decides under engine_lock what follows and which
 * rows say so, commits them with no lock held, and publishes under engine_lock. Where another
 * process has changed the row meanwhile, it is read again and the change decided anew.
 *
 * While a job is claimed, nobody else moves it into or out of suspended, error, transferred or a
 * final state, sets a property or adds a file; the engine goes on with its passing states.
 */
#ifndef DOSVC_CORE_CHANGE_H
#define DOSVC_CORE_CHANGE_H

#include "core/job.h"
#include "io/store.h"

struct change
{
    struct job *job;
    struct store_request request;
    struct store_job row;          /* of the job as it will be: decide edits it */
    char detail[JOB_DETAIL_CHARS]; /* the row's */
    size_t capacity;
    struct change_memory *memory; /* copies that the rows borrow */
    HRESULT result;               /* the first row that could not be made */
};

/* Client operations: any thread, no lock held; waits for the store, with a limit. */

struct change_plan
{
    /* Under engine_lock: whether it is legal now, and the rows, by change_*_locked. S_FALSE: there
     * is nothing to do. May be called again, after a conflict. */
    HRESULT (*decide)(struct change *change, void *context);
    /* Under engine_lock, once the rows are stored: makes it so. It cannot fail. */
    void (*publish)(struct change *change, void *context);
};
/* What decide or the store said. HRESULT_FROM_WIN32(ERROR_BUSY): others went first for too long. */
HRESULT change_run(struct job *job, const struct change_plan *plan, void *context);

/* The parts of it, for the keeper, which must not wait. The caller holds engine_lock. */
bool change_claim_locked(struct job *job); /* false: somebody else changes it */
/* Wakes those that wait, the keeper too. */
void change_drop_locked(struct job *job);

/* ---- rows: what decide calls, under engine_lock ----
 *
 * A row that cannot be made fails the change, later: nothing need be checked. Texts that are handed
 * in must live until the change ends. */

/* An empty change; whatever happens, change_cleanup follows. Fills `row` from the job. */
void change_init_locked(struct change *change, struct job *job);
void change_cleanup(struct change *change);   /* no lock is needed */
HRESULT change_commit(struct change *change); /* no lock may be held; waits for the store */
/* After a commit that succeeded: the job's row has this revision now. */
void change_stored_locked(struct change *change);

/* Writes `row`, stamped now; checks and bumps the revision. Each change has one of the two. */
void change_job_locked(struct change *change);
/* The same for a change of properties or files alone: only revision and time. */
void change_touch_locked(struct change *change);
/* The state in `row` is shown to other processes, in passing: nothing is checked nor bumped. */
void change_show_locked(struct change *change);
void change_number_locked(struct change *change, enum job_number which, UINT64 value);
void change_text_locked(struct change *change, enum job_text which,
                        const WCHAR *text); /* or NULL */
void change_credentials_locked(struct change *change, enum auth_target target, unsigned int index,
                               const struct sealed *sealed);
/* The rows of a file, whose fields the caller may set then; never NULL. That of the progress holds
 * copies, so it may be written without claiming the job. */
struct store_file *change_file_locked(struct change *change, const struct file *file);
struct store_progress *change_progress_locked(struct change *change, const struct file *file);
void change_file_ranges_locked(struct change *change, struct store_file *row,
                               const struct range *ranges, size_t count);
/* FILE_DECRYPTION_INFO or FILE_INTEGRITY_INFO; NULL clears. */
void change_file_text_locked(struct change *change, const struct file *file, enum file_text which,
                             const WCHAR *text);
/* A file that is new, at this index. */
void change_add_file_locked(struct change *change, const struct file *file, size_t index);
void change_add_job_locked(struct change *change); /* with all that is of it; `row` gets its id */
void change_remove_locked(struct change *change);  /* the job, with everything of it */

#endif
