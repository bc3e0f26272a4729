/*
 * The engine: every job of this process, and the operations that clients perform on them.
 *
 * com calls down into these functions; core calls up only through struct job_observer.
 *
 * Threads: every function may be called from any thread, with no lock held. Functions that say
 * "waits" may wait for the disk, with a limit; no other one waits for anything but memory.
 * Errors: HRESULTs are those of the job's dialect. An error leaves everything as it was.
 * Pointers handed in are valid: com has checked what clients gave it.
 */
#ifndef DOSVC_CORE_ENGINE_H
#define DOSVC_CORE_ENGINE_H

#include "base/platform.h"
#include "model/failure.h"
#include "model/range.h"
#include "model/state.h"

struct stream_sink; /* core/download.h */
struct job;         /* counted: job_addref, job_release */
struct file;        /* part of its job, and lives as long as the job does */

/* Which class made a job; each lists only its own. */
enum job_face
{
    JOB_FACE_DO,      /* IBackgroundCopyManager of Delivery Optimization */
    JOB_FACE_BITS,    /* IBackgroundCopyManager in BITS dialect */
    JOB_FACE_DOWNLOAD /* IDOManager: a job of one file */
};

enum dialect job_face_dialect(enum job_face face);

/* What happened to a job: bits, because several may be told at once. */
#define JOB_EVENT_MODIFICATION 0x01u     /* bytes, files, properties or state changed */
#define JOB_EVENT_TRANSFERRED 0x02u      /* entered JOB_TRANSFERRED */
#define JOB_EVENT_ERROR 0x04u            /* entered JOB_ERROR */
#define JOB_EVENT_FILE_TRANSFERRED 0x08u /* the file at file_index has all its bytes */
#define JOB_EVENT_FILE_RANGES 0x10u      /* the requested range [offset, offset + length) came */
#define JOB_EVENT_STATE 0x20u            /* the state (of a download: or the error) changed */
#define JOB_EVENT_FLAGS 0x40u            /* the notify flags changed: look again what is owed */
#define JOB_EVENT_FINAL 0x80u            /* acknowledged or cancelled: no event will follow */

struct job_event
{
    unsigned int what; /* JOB_EVENT_* */
    size_t file_index; /* with FILE_TRANSFERRED and FILE_RANGES */
    UINT64 offset;     /* with FILE_RANGES */
    UINT64 length;
};

/*
 * Who is told of a job's events. At most one a job, attached once, freed with the job.
 * notify runs under engine.lock on any thread: it may touch memory of its own and its own lock,
 * and must not call the engine, COM, or wait.
 */
struct job_observer
{
    void (*notify)(struct job_observer *observer, const struct job_event *event);
    void (*free)(struct job_observer *observer); /* no lock held, any thread */
};

/* Attaches candidate if the job has no observer yet; returns the job's observer. The caller frees
 * a candidate that was not taken. */
struct job_observer *engine_attach_observer(struct job *job, struct job_observer *candidate);
/* The job's observer, or NULL. */
struct job_observer *engine_observer(struct job *job);

/* ---- the queue ---- */

/* Opens the user's queue, unless it is open, with all its jobs; it stays so at least until
 * engine_close. Waits for the disk. Fails where the queue cannot be read or written. No other
 * function may be called before it, but for engine_is_open and engine_clients_gone. */
HRESULT engine_open(void);
/* One for each engine_open that succeeded. The queue stays open while a COM object lives or a job
 * runs here. */
void engine_close(void);
bool engine_is_open(void); /* then the DLL must stay */

/* ---- jobs ---- */

/* The job is suspended and has the defaults of its dialect; *job is counted. */
HRESULT engine_create_job(enum job_face face, const WCHAR *name, struct job **job);
/* A job that is neither acknowledged nor cancelled; *job is counted. JOB_NOT_FOUND otherwise: then
 * it has waited for the store, or another process's newest job would not be found. */
HRESULT engine_find_job(enum job_face face, const GUID *id, struct job **job);
/* All jobs of the face that are neither acknowledged nor cancelled, oldest first. Each is counted;
 * the array is freed with mem_free. */
HRESULT engine_list_jobs(enum job_face face, struct job ***jobs, size_t *count);

void job_addref(struct job *job);
void job_release(struct job *job);

/* Told by com when the process's last COM object went: idle threads of ours may leave, and the
 * queue is closed once nothing runs here. */
void engine_clients_gone(void);

/* Takes over what another process has changed of the job and this one has not heard of yet: before
 * a decision that engine_* do not make anew with what the store says. Waits for the store. */
void engine_refresh_job(struct job *job);

HRESULT engine_resume_job(struct job *job);
HRESULT engine_suspend_job(struct job *job);
/* Waits until the job's files are closed and its part files removed; S_UNABLE_TO_DELETE_FILES if
 * one could not be. */
HRESULT engine_cancel_job(struct job *job);
/* Renames what is finished into place and removes the rest. Waits for the disk.
 * S_PARTIAL_COMPLETE if some files were not finished. A rename error leaves the job as it is;
 * calling again goes on. */
HRESULT engine_complete_job(struct job *job);

#define S_PARTIAL_COMPLETE ((HRESULT)0x00200017L)       /* BG_S_PARTIAL_COMPLETE */
#define S_UNABLE_TO_DELETE_FILES ((HRESULT)0x0020001AL) /* BG_S_UNABLE_TO_DELETE_FILES */

const GUID *job_id(const struct job *job);       /* never changes */
enum job_face job_face(const struct job *job);   /* never changes */
enum dialect job_dialect(const struct job *job); /* never changes */
enum job_state engine_job_state(struct job *job);

struct job_progress
{
    UINT64 bytes_total; /* UINT64_MAX while any file's size is unknown */
    UINT64 bytes_transferred;
    ULONG files_total;
    ULONG files_transferred;
};
void engine_job_progress(struct job *job, struct job_progress *progress);

struct job_times
{
    FILETIME creation;
    FILETIME modification;
    FILETIME transfer_completion; /* zero until JOB_TRANSFERRED */
};
void engine_job_times(struct job *job, struct job_times *times);

#define JOB_DETAIL_CHARS 256

struct job_error
{
    struct failure_info failure;
    HRESULT code;                  /* of the dialect */
    HRESULT extended;              /* the last cause behind code, or S_OK */
    unsigned int context;          /* BG_ERROR_CONTEXT */
    struct file *file;             /* or NULL; lives as long as the job */
    char detail[JOB_DETAIL_CHARS]; /* one English line about this occurrence, or empty */
};
/* ERROR_INFORMATION_UNAVAILABLE of the dialect unless the job is in (transient) error. */
HRESULT engine_job_error(struct job *job, struct job_error *error);
/* How often the job entered JOB_ERROR or JOB_TRANSIENT_ERROR. */
ULONG engine_job_error_count(struct job *job);
/* Whether Resume ever succeeded: some properties may only be set before. */
bool engine_job_was_resumed(struct job *job);

/* Properties that are numbers, and what they mean. Defaults come from model/limits. */
enum job_number
{
    JOB_PRIORITY,            /* BG_JOB_PRIORITY */
    JOB_NOTIFY_FLAGS,        /* BG_NOTIFY_* */
    JOB_RETRY_DELAY,         /* seconds */
    JOB_NO_PROGRESS_TIMEOUT, /* seconds */
    JOB_MAX_DOWNLOAD_TIME,   /* seconds, 0 = none */
    JOB_PROXY_USAGE,         /* BG_JOB_PROXY_USAGE */
    JOB_ACL_FLAGS,
    JOB_PEER_FLAGS,
    JOB_COST_FLAGS, /* BITS_JOB_TRANSFER_POLICY; of a download: DODownloadCostPolicy */
    JOB_DYNAMIC_CONTENT,
    JOB_HIGH_PERFORMANCE,
    JOB_ON_DEMAND,
    JOB_MAX_DOWNLOAD_SIZE,   /* bytes, UINT64_MAX = none */
    JOB_MIN_NOTIFY_INTERVAL, /* milliseconds */
    JOB_SECURITY_FLAGS,      /* BG_SSL_* and BG_HTTP_REDIRECT_POLICY_*; of a download: WinHTTP's */
    JOB_INSECURE_REDIRECT,   /* BOOL: https to http redirects are followed */
    JOB_CALLBACK_PERCENT,
    JOB_CALLBACK_SECONDS,
    JOB_BLOCKING,
    JOB_NO_CELLULAR,
    JOB_NON_VOLATILE,
    JOB_INTEGRITY_MANDATORY,
    JOB_NETWORK_TOKEN,
    JOB_HEADERS_WRITE_ONLY, /* BOOL: custom headers are never handed out again */
    JOB_STORED_CREDENTIALS, /* a BG_AUTH_TARGET: the process's user may log in there; 0 = nowhere */
    JOB_JUDGED,             /* BOOL: a client judges server certificates; survives that client */
    JOB_HELPER_FLAGS,       /* BG_TOKEN_* */
    JOB_MAX_RATE,           /* bytes a second, 0 = as fast as may be */
    JOB_NUMBER_COUNT
};
UINT64 engine_job_number(struct job *job, enum job_number which);
HRESULT engine_set_job_number(struct job *job, enum job_number which, UINT64 value);
/* Whether a client ever set it. */
bool engine_job_number_is_set(struct job *job, enum job_number which);

/* Properties that are text. NULL where never set or cleared. */
enum job_text
{
    JOB_NAME,
    JOB_DESCRIPTION,
    JOB_OWNER, /* SID of the process's user; set when the job is made */
    JOB_PROXY_LIST,
    JOB_PROXY_BYPASS,
    JOB_COMMAND_PROGRAM,
    JOB_COMMAND_PARAMETERS,
    JOB_CUSTOM_HEADERS,
    JOB_AUTH_HEADERS,
    JOB_HTTP_METHOD,
    JOB_CONTENT_ID,
    JOB_CORRELATION_VECTOR,
    JOB_DECRYPTION_INFO,
    JOB_INTEGRITY_INFO,
    JOB_NOTIFICATION_CLSID,
    JOB_CLIENT_CERTIFICATE, /* "CurrentUser\MY\<SHA-1>\<subject>" */
    JOB_HELPER_SID,         /* whose token the client lent; of this session only */
    JOB_TEXT_COUNT
};
/* *text is a copy freed with mem_free, or NULL. */
HRESULT engine_job_text(struct job *job, enum job_text which, WCHAR **text);
HRESULT engine_set_job_text(struct job *job, enum job_text which, const WCHAR *text);

/* Several properties at once: all of them or none. */
struct job_setting
{
    bool is_text;
    enum job_number number;
    UINT64 value;
    enum job_text text;
    const WCHAR *content; /* NULL clears */
};
HRESULT engine_set_job(struct job *job, const struct job_setting *settings, size_t count);

/* Who a job says it is when a server or proxy asks. */
enum auth_target
{
    AUTH_SERVER,
    AUTH_PROXY,
    AUTH_TARGET_COUNT
};
/* scheme: one AUTH_* of model/challenge.h. A pair that was there is replaced; a NULL user means the
 * user of this process. E_INVALIDARG: not UTF-16. */
HRESULT engine_set_credentials(struct job *job, enum auth_target target, unsigned int scheme,
                               const WCHAR *user, const WCHAR *password);
/* S_FALSE: there were none. */
HRESULT engine_remove_credentials(struct job *job, enum auth_target target, unsigned int scheme);

/* ---- certificates ---- */

struct certificate; /* of io/certificate.h */

/* A client that judges the certificates of its job's servers, those that the system accepts. */
struct certificate_judge
{
    /* S_OK: the request may be sent. On a thread of its own, no lock held; may wait. */
    HRESULT(*judge)
    (struct certificate_judge *judge, struct file *file, const struct certificate *certificate);
    void (*addref)(struct certificate_judge *judge);
    void (*release)(struct certificate_judge *judge); /* no lock held; any thread */
};
/* Keeps a reference of its own until the job ends; NULL: no client judges any more. What was
 * approved before is asked again. */
HRESULT engine_set_judge(struct job *job, struct certificate_judge *judge);

/* ---- files ---- */

struct file_spec
{
    const WCHAR *file_id; /* may be NULL */
    const WCHAR *remote_name;
    const WCHAR *local_name; /* absolute; NULL where a sink is set later */
    const struct range *ranges;
    size_t range_count; /* 0 = the whole file */
    UINT64 size;        /* as the client told, UINT64_MAX = unknown */
};
/* Adds all or none; judges URLs, paths and ranges. *first (may be NULL) is the first one added. */
HRESULT engine_add_files(struct job *job, const struct file_spec *specs, size_t count,
                         struct file **first);

size_t engine_file_count(struct job *job);
/* Index below engine_file_count; files are never removed. */
struct file *engine_file(struct job *job, size_t index);
struct job *file_job(const struct file *file); /* not counted anew */
size_t file_index(const struct file *file);

struct file_progress
{
    UINT64 bytes_total; /* UINT64_MAX while unknown */
    UINT64 bytes_transferred;
    UINT64 front;   /* of those, from the start on without a gap */
    bool completed; /* in place under its local name */
};
void engine_file_progress(struct file *file, struct file_progress *progress);

enum file_text
{
    FILE_REMOTE_NAME,
    FILE_LOCAL_NAME,
    FILE_TEMPORARY_NAME, /* of the part file; NULL until it exists */
    FILE_ID,
    FILE_RESPONSE_HEADERS, /* head of the last response */
    FILE_EFFECTIVE_URL,    /* after redirects */
    FILE_SERVER_IP,
    FILE_DECRYPTION_INFO, /* JSON, as the client gave it; kept only */
    FILE_INTEGRITY_INFO,  /* the same */
    FILE_MIRRORS,         /* further URLs, core/mirrors.h */
    FILE_TEXT_COUNT
};
HRESULT engine_file_text(struct file *file, enum file_text which, WCHAR **text);
/* FILE_REMOTE_NAME only: a file that is not finished starts over if the new content differs. */
HRESULT engine_set_remote_name(struct file *file, const WCHAR *url);
/* *ranges is a copy freed with mem_free; NULL and 0 where the whole file is meant. */
HRESULT engine_file_ranges(struct file *file, struct range **ranges, size_t *count);

/* The setup of one file, which can change while its job is suspended; a file that came into a job
 * without a sink can also be given one when that put the job in error. INVALID_STATE otherwise. */

/* SINK_ALREADY_SET if there is a path or a stream. A stream is the file's on success. */
HRESULT engine_set_file_path(struct file *file, const WCHAR *path);
HRESULT engine_set_file_stream(struct file *file, struct stream_sink *stream);
/* Counted; NULL if there is none. */
struct stream_sink *engine_file_stream(struct file *file);
/* FILE_DECRYPTION_INFO or FILE_INTEGRITY_INFO. */
HRESULT engine_set_file_info(struct file *file, enum file_text which, const WCHAR *text);
/* URLs of the same file, with white space between them; NULL or "" for none. E_INVALIDARG: one is
 * no URL, or there are too many. */
HRESULT engine_set_mirrors(struct file *file, const WCHAR *urls);
HRESULT engine_set_file_mandatory(struct file *file, bool mandatory);
bool engine_file_mandatory(struct file *file);
/* Bytes that the client expects; what comes must have that size. UINT64_MAX: it does not know. */
HRESULT engine_set_file_size(struct file *file, UINT64 size);
/* Bytes of the file, as known from the server or else from the client; UINT64_MAX: unknown. */
UINT64 engine_file_size(struct file *file);

struct file_stats
{
    UINT64 bytes;       /* of response bodies, those fetched twice included */
    UINT64 duration_ms; /* during which something was fetched or tried */
    ULONG connections;  /* opened for it */
    UINT64 cache_bytes; /* of those, from and to a cache (docs/sources.md) */
    ULONG cache_connections;
    bool transferred; /* every byte is here */
};
void engine_file_stats(struct file *file, struct file_stats *stats);

/* The client waits for these parts of a file: JOB_EVENT_FILE_RANGES tells of each that is here, at
 * once of those that are already. INVALID_STATE unless the job is in on-demand mode; INVALID_RANGE
 * where the file does not have them. */
HRESULT engine_request_ranges(struct file *file, const struct range *ranges, size_t count);

/* What the client found about a file of which every byte is here; E_PENDING before. One that is not
 * valid puts the job in error, and Resume fetches it anew. */
HRESULT engine_set_file_valid(struct file *file, bool valid);
HRESULT engine_file_valid(struct file *file, bool *valid); /* false until the client said so */

#endif
