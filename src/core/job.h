/*
 * What a job and its files are. Seen by core only; com goes through core/engine.h.
 *
 * Lock: engine.lock (core/lock.h) protects every field below except those marked "fixed", which
 * never change after creation. What is counted in job->tally (a file's phase, total and received)
 * is followed by tally_file_locked before the job moves or the lock is dropped.
 */
#ifndef DOSVC_CORE_JOB_H
#define DOSVC_CORE_JOB_H

#include "core/credentials.h"
#include "core/download.h"
#include "core/engine.h"
#include "core/line.h"
#include "core/tally.h"
#include "io/certificate.h"
#include "model/bucket.h"
#include "model/retry.h"
#include "model/ring.h"
#include "model/source_state.h"
#include "model/validator.h"

struct runner_op;
struct transfer;

enum file_phase
{
    FILE_WAITING, /* for its turn */
    FILE_RUNNING, /* a transfer works on it */
    FILE_BACKOFF, /* after a transient failure, until retry_at */
    FILE_STORING, /* every byte is in the part file, flushed; the row does not say so yet */
    FILE_DONE     /* every byte is in the part file, or in place, and the row says so */
};

struct file
{
    struct job *job;      /* fixed; owns the file */
    size_t index;         /* fixed */
    struct range *ranges; /* NULL = the whole file; fixed once the job was made to run */
    size_t range_count;

    enum file_phase phase; /* into and out of FILE_DONE: tally */
    struct tally_share counted;
    struct line_file line;
    WCHAR *texts[FILE_TEXT_COUNT];
    char *url;                  /* FILE_REMOTE_NAME as UTF-8, or NULL */
    struct stream_sink *stream; /* of a download, instead of FILE_LOCAL_NAME; owned */
    UINT64 size_hint;           /* as the client told, UINT64_MAX = it did not */
    UINT64 total;               /* bytes the local file will have, UINT64_MAX = unknown; tally */
    UINT64 remote;              /* length of the remote file, UINT64_MAX = unknown */
    UINT64 received;            /* bytes in the part file; tally */
    UINT64 front;               /* of those, from its start on, without a gap */
    UINT64 highest;             /* the most that received ever was: beyond it lies progress */
    unsigned int changes;       /* of the content, seen while it was fetched */
    UINT64 checkpoint;          /* of front, what was flushed */
    struct range *spans;        /* behind a gap, flushed: room for RUNS_MAX; NULL: never any */
    size_t span_count;
    bool in_place;  /* under its local name */
    bool part_made; /* the part file was created */
    bool recalled;  /* known from its row only: what is on disk has not been looked at */
    bool dirty;     /* the keeper is to write its progress; it is in job->dirty_files */
    bool forgotten; /* rows say that nothing was fetched, whatever stands here: keeper_forget */
    struct file *next_dirty;
    struct runner_op *placing; /* waits for the row that says it is about to be renamed, or NULL */
    bool renaming;             /* its row says that it was about to be renamed into place */
    bool valid;                /* the client said so */
    struct range *requests;    /* that the client waits for; core/range_request */
    size_t request_count;
    size_t request_capacity;
    bool mandatory;    /* the integrity check */
    UINT64 body_bytes; /* that came for it, and connections that were opened */
    ULONG connections;
    UINT64 cache_bytes; /* of those, from and to a cache */
    ULONG cache_connections;
    UINT64 duration_ms;         /* of the transfers that ended */
    UINT64 running_since;       /* clock_now() when the present transfer began */
    struct validator validator; /* of the content that the part file holds */
    int validator_source;       /* where that was learnt, as in struct source */
    struct source_state source; /* the engine thread's */
    UINT64 source_session;      /* job->active_since when `source` was begun */
    struct retry retry;
    struct stall stall;        /* the engine thread's */
    bool alone;                /* ...: one connection is what its server wants; core/crew */
    UINT64 retry_at;           /* clock_now() of the next try, in FILE_BACKOFF */
    struct failure_info cause; /* why it waits for that, and whether clients are to see it */
    bool cause_visible;
    struct transfer *transfer; /* the engine thread's, while one exists */
};

/* Whether the keeper is to look at a job: core/notes. */
enum job_note
{
    NOTE_NONE,
    NOTE_LATER,
    NOTE_NOW
};

struct job
{
    LONG refs;
    INT64 row;          /* fixed once the job is in the table */
    GUID id;            /* fixed */
    enum job_face face; /* fixed */
    UINT64 sequence;    /* fixed; order in which jobs were made */

    struct job *previous; /* the table: jobs that are not final, oldest first */
    struct job *next;

    _Atomic enum job_state state; /* moved under engine_lock; a look needs none */
    INT64 revision; /* of its row, as this process knows it; only who changes the job moves it */
    bool changing;  /* somebody decides, stores and publishes: core/change */
    bool mine;      /* its lock byte is this process's: it may run here */
    bool asked;     /* a client here made it run; until it is mine, or another process has it */
    bool held;      /* its cost policy does not accept the network */
    bool busy;      /* an operation that waits is under way; others wait for its end */
    bool failing;   /* its error is being stored: none of its files is started */
    bool dirty;     /* the keeper is to write its state: later, or with the next rows of it */
    bool due;       /* ... later is now */
    bool stale;     /* another process changed it, and it could not be taken over yet */
    enum job_note noted;
    unsigned int waiting;       /* clients in claim_wait */
    struct ring note;           /* in the keeper's list */
    struct file *dirty_files;   /* in the order in which they became so */
    struct file **dirty_tail;   /* where the next one is linked; NULL: there is none */
    struct failure_info failed; /* with failing: what is being stored; detail in last_detail */
    struct file *failed_file;   /* or NULL */
    UINT64 free_since;          /* the keeper's: when its byte was first found free, or 0 */
    bool streamed;              /* bytes go, or went, to streams of the process `home` */
    INT64 home;                 /* that process's row; 0: not streamed */
    INT64 claimant; /* row of the process that wants its files, to complete or cancel it; 0: none */
    UINT64 numbers[JOB_NUMBER_COUNT];
    UINT64 numbers_set; /* bit per enum job_number */
    WCHAR *texts[JOB_TEXT_COUNT];
    struct credentials credentials;

    struct file **files;
    size_t file_count;
    size_t file_capacity;
    struct tally tally;
    size_t cursor; /* the files below are in line: core/line.h */
    struct line_job line;
    unsigned int transfers; /* not yet closed */
    unsigned int storing;   /* files in FILE_STORING */

    FILETIME creation;
    FILETIME modification;
    FILETIME transfer_completion;

    struct job_error error;          /* meaningful in JOB_ERROR and JOB_TRANSIENT_ERROR */
    struct failure_info error_cause; /* behind error.extended; FAILURE_NONE: none is known */
    struct failure_info last_cause;  /* of the last failed try since the last progress */
    struct file *last_file;          /* whose it was, or NULL */
    char last_detail[JOB_DETAIL_CHARS];
    ULONG error_count;
    bool resumed;        /* ever; a download that was not is Created */
    UINT64 progress_at;  /* clock_now() of the last progress; 0 while nothing is tried */
    UINT64 active_since; /* clock_now() when it last became active, for the download time limit */
    UINT64 told_at;      /* clock_now() of the last JOB_EVENT_MODIFICATION for bytes */

    struct bucket bucket; /* for JOB_MAX_RATE; the engine thread's */

    struct job_observer *observer;
    struct certificate_judge *judge;      /* or NULL; counted */
    BYTE approved[CERTIFICATE_HASH_SIZE]; /* the last certificate it approved, or zeros */
};

/* One reference, state suspended, defaults of the face; not in the table. */
HRESULT job_make(enum job_face face, const GUID *id, struct job **job);
/* The same, new: with an id, an owner and the time. */
HRESULT job_create(enum job_face face, const WCHAR *name, struct job **job);

/* Nothing of the file's content is here any more; its phase says so already. The caller holds
 * engine_lock. */
void file_empty_locked(struct file *file);
/* A file of the job's that has nothing yet. */
HRESULT file_make(struct job *job, struct file **file);
/* What one more file needs, made without any lock; with a name for its part file if it has a local
 * one. */
HRESULT file_create(struct job *job, const struct file_spec *spec, struct file **file);
void file_free(struct file *file);
/* The file becomes the job's last one, for which job->files has room; not counted yet. The caller
 * holds engine_lock, or the job is not in the table. */
void job_link_file_locked(struct job *job, struct file *file);

/* The caller holds engine.lock for all below. */

/* The one writer of job->state: asserts that the move is in model's table, stamps the times, and
 * tells the observer. */
void job_move_locked(struct job *job, enum job_state state);
/* Keeps why the job fails, without moving it. */
void job_set_error_locked(struct job *job, const struct failure_info *failure,
                          const struct failure_info *cause, struct file *file, const char *detail);
/* Moves to JOB_ERROR or JOB_TRANSIENT_ERROR and keeps the reason. */
void job_fail_locked(struct job *job, enum job_state state, const struct failure_info *failure,
                     const struct failure_info *cause, struct file *file, const char *detail);
/* The file has all its bytes; of a running job the last one ends the transfer. */
void job_file_done_locked(struct file *file);
void job_tell_locked(struct job *job, unsigned int what);
/* Stamps the modification time and tells of a modification. */
void job_touch_locked(struct job *job);
/* A property as it counts: what the client set, or else the default. */
UINT64 job_number_locked(const struct job *job, enum job_number which);
bool job_has_file_locked(const struct job *job, enum file_phase phase);
bool job_runs_locked(const struct job *job); /* queued, connecting, transferring, transient error */

/* The HRESULT that clients of the job see for a failure of kind. */
HRESULT job_hr(const struct job *job, enum failure kind);

#endif
