/*
 * The store: the queue on disk, shared by all processes of its folder. SQLite in WAL mode is the
 * authority for what a job is; what a process holds in memory mirrors these rows.
 *
 * Writing: a request is a list of changes, all of which happen or none. Requests that arrive
 * together share one transaction, and one that fails does not undo another.
 *
 * Revisions: a change of what clients own, or of a state other than in passing, tells the revision
 * of the job's row that it was decided on, and is refused (STORE_E_CONFLICT) when the row is of
 * another one: read the job again, decide again.
 *
 * Reading: every change of a job, its files or its values gives the job's row the next value of a
 * sequence, so a reader asks for what came after the value it has seen.
 *
 * Strings and blobs handed in are borrowed until the call returns, those handed to a visitor until
 * the visit returns. Functions: any thread, with no lock of ours held; they wait for each other,
 * for the disk, and up to 5 s for another process. NULL is not an argument unless said.
 *
 * Errors, beside Windows' own codes: STORE_E_*, E_OUTOFMEMORY, ERROR_DISK_FULL, E_ACCESSDENIED (a
 * folder or file that cannot be written), ERROR_BUSY (another process held the database for more
 * than 5 s). After a failure the rows are as they were.
 *
 * Memory: SQLite takes its own from the C library; it is neither counted by base/mem nor refused
 * by the fault point "alloc", and store_close gives all of it back.
 */
#ifndef DOSVC_IO_STORE_H
#define DOSVC_IO_STORE_H

#include "io/queue_lock.h"

/* The row is of another revision, or gone. */
#define STORE_E_CONFLICT HRESULT_FROM_WIN32(ERROR_REVISION_MISMATCH)
/* The database is of a newer version of this library; it was left alone. */
#define STORE_E_NEWER HRESULT_FROM_WIN32(ERROR_UNKNOWN_REVISION)
/* It is a database, but another program's; it was left alone. */
#define STORE_E_FOREIGN HRESULT_FROM_WIN32(ERROR_INVALID_DATA)
/* It is damaged, and another process has it open, so that it could not be put aside. */
#define STORE_E_DAMAGED HRESULT_FROM_WIN32(ERROR_FILE_CORRUPT)

#define STORE_UNKNOWN UINT64_MAX /* a length nobody knows */

/* ---- rows ------------------------------------------------------------------------------------
 */

struct store_failure /* stable numbers of what went wrong; all 0: nothing */
{
    int kind;
    UINT32 status;
    UINT32 hr;
};

struct store_job
{
    INT64 id;       /* > 0, never reused, in the order of creation; STORE_ADD_JOB sets it */
    INT64 revision; /* in: what the change was decided on; out, on success: the new one */
    GUID guid;
    int face, state; /* stable numbers of the caller's; the store knows none of them */
    bool resumed;
    bool streamed;  /* its bytes go to a stream of the process `home` */
    INT64 home;     /* process that made a streamed one, else 0 */
    INT64 claimant; /* process that wants its files for Complete or Cancel, else 0 */
    UINT64 created, modified, completed; /* FILETIME */
    ULONG error_count;
    struct store_failure error, cause;
    INT64 error_file;   /* index; -1: none */
    const char *detail; /* UTF-8 or NULL */
    const WCHAR *name;  /* or NULL */
};

struct store_file /* what clients said of a file; strings may be NULL */
{
    INT64 job; /* 0: the one that STORE_ADD_JOB made before in the same request */
    UINT32 index;
    const WCHAR *remote_name, *local_name, *part_name, *file_id;
    UINT64 size_hint;
    bool mandatory;
    const void *ranges;
    size_t ranges_size;
};

enum store_phase /* stable */
{
    STORE_WAITING = 0,
    STORE_DONE = 1,    /* every byte is in the part file */
    STORE_PLACING = 2, /* its rename is about to happen */
    STORE_IN_PLACE = 3
};

struct store_progress /* what the runner says of it */
{
    INT64 job; /* 0 as in store_file */
    UINT32 index;
    enum store_phase phase;
    bool valid;
    UINT64 total, remote; /* or STORE_UNKNOWN */
    UINT64 received;      /* flushed, never more */
    UINT64 highest;
    const void *validator; /* NULL: none */
    size_t validator_size;
    const void *spans; /* what is on disk where it is not one run from 0; NULL: it is */
    size_t spans_size;
    UINT64 body_bytes, duration_ms;
    ULONG connections;
    UINT64 cache_bytes; /* of those */
    ULONG cache_connections;
    /* NULL: as they were */
    const WCHAR *effective_url, *server_ip, *response_headers;
};

enum store_type
{
    STORE_NOTHING, /* there is no such value */
    STORE_NUMBER,
    STORE_TEXT, /* data is a terminated const WCHAR *; size, in bytes, is set on reading only */
    STORE_BLOB
};

struct store_value
{
    enum store_type type;
    UINT64 number;
    const void *data;
    size_t size;
};

/* ---- writing ---------------------------------------------------------------------------------
 */

enum store_verb
{
    STORE_ADD_JOB,    /* job: all but id and revision, which are set */
    STORE_SET_JOB,    /* job: all but guid and face. Checks and bumps the revision */
    STORE_TOUCH_JOB,  /* job: id, revision, modified. Before changes of values and files */
    STORE_SHOW_JOB,   /* job: id, revision, state and what is said of errors. A state in passing, by
                       * the runner. It bumps no revision, and when the row's is another
                       * (somebody's order is on its way to the runner) it does nothing, which is
                       * no failure */
    STORE_REMOVE_JOB, /* job: id, revision, and the state it ends in. With all that is of it;
                       * others are told (gone) */
    STORE_SET_VALUE,  /* job_id, file, name, value; STORE_NOTHING removes it */
    STORE_ADD_FILE,   /* of_file, and progress or NULL. Its index is free */
    STORE_SET_FILE,   /* of_file; its progress stays */
    STORE_SET_PROGRESS /* progress */
};

#define STORE_OF_JOB ((INT64)-1) /* for `file`: the value is the job's own */

struct store_change
{
    enum store_verb verb;
    struct store_job *job; /* its id and revision are written to, on success only */
    INT64 job_id;          /* 0 as in store_file */
    INT64 file;            /* index or STORE_OF_JOB */
    const char *name;      /* of a value */
    struct store_value value;
    const struct store_file *of_file;
    const struct store_progress *progress;
};

struct store_request
{
    struct store_change *changes;
    size_t count;
    HRESULT result; /* set by the store. A change of what is not there is STORE_E_CONFLICT */

    /* the store's own */
    struct store_request *next;
    bool finished;
};

struct store;

/* Opens the queue of the folder, or makes it. `lock` is the folder's and must outlive the store.
 * `relaxed`: what was committed survives the end of the process, but perhaps not a power cut.
 *
 * A damaged database is put aside as queue.db.damaged-<UTC time>, an ERR line says so, and a fresh
 * one is begun. Fails with STORE_E_NEWER, STORE_E_FOREIGN, STORE_E_DAMAGED; *store is then as it
 * was. Fault points "open", "handle". */
HRESULT store_open(const WCHAR *folder, struct queue_lock *lock, bool relaxed,
                   struct store **store);

/* Leaves (store_leave) and ends it: no handle and no memory stays. Nobody is in a call; NULL is
 * fine. */
void store_close(struct store *store);

/* Commits the request and returns its result. When it returns S_OK the changes are on disk, and
 * other processes' events are set. Fault point "store", once for each request; the process can be
 * made to end at "before-row" and "after-row", on either side of each transaction's COMMIT. */
HRESULT store_commit(struct store *store, struct store_request *request);

/* Commits several in one transaction and in their order; each has its own result, and one's
 * conflict does not undo another. S_OK, or the first failure. */
HRESULT store_commit_all(struct store *store, struct store_request *requests, size_t count);

/* ---- reading ---------------------------------------------------------------------------------
 */

/* The rows of one moment. A visit may take memory and locks, but not call the store; a failure of
 * it ends the reading and is what that returns. Any function may be NULL. */
struct store_visitor
{
    HRESULT (*job)(void *context, const struct store_job *job);
    /* Follows its job or its file. One that does not come is not there any more. */
    HRESULT(*value)
    (void *context, INT64 job, INT64 file, const char *name, const struct store_value *value);
    HRESULT(*file)
    (void *context, const struct store_file *file, const struct store_progress *progress);
    /* Told last; also of jobs that the reader never saw. */
    HRESULT (*gone)(void *context, INT64 id, const GUID *guid, int face, int state);
};

/* The jobs that changed after *sequence (0: all there are), in the order of their ids, each whole:
 * its row, its values, its files, each with its progress and values. *sequence is set to where the
 * next reading begins. A job that went more than 20,000 transactions ago is perhaps not told as
 * gone; a change of it is a conflict, and store_read_job finds nothing. */
HRESULT store_read(struct store *store, INT64 *sequence, const struct store_visitor *visitor,
                   void *context);

/* One job with all its files and values. S_FALSE: there is none of that id. */
HRESULT store_read_job(struct store *store, INT64 id, const struct store_visitor *visitor,
                       void *context);

/* The revision of the job's row. S_FALSE: there is none of that id. Cheap. */
HRESULT store_read_revision(struct store *store, INT64 id, INT64 *revision);

/* Whether another process has committed since the last call (or store_open). Cheap. */
HRESULT store_was_changed(struct store *store, bool *changed);

/* Whether no other process that has entered lives. False also when that cannot be found out. */
bool store_is_alone(struct store *store);

/* ---- processes -------------------------------------------------------------------------------
 */

/* Enters this process: a row of its own, whose byte of the queue lock (QUEUE_LOCK_PROCESS) it holds
 * from then on. The rows of dead processes are removed. *event, the store's and valid until
 * store_leave, is auto-reset and is set after each commit of another process that has the same
 * queue open; a set event may be missed across sessions, so look at store_was_changed now and then
 * as well. Once for each store. */
HRESULT store_enter(struct store *store, INT64 *process, HANDLE *event);

/* The row goes, the byte is dropped, the event is closed. Does nothing when not entered. */
void store_leave(struct store *store);

/* ---- for tests -------------------------------------------------------------------------------
 */

/* Stores opened after this use the SQLite VFS of that name, registered by the test; NULL: the
 * system's. While no store is open. */
void store_use_vfs(const char *name);

/* How many transactions that write this store has committed. */
UINT64 store_transactions(struct store *store);

#endif
