/* A client's callback object for tests: it writes down what it is told, and the test asserts.
 *
 * One object answers IBackgroundCopyCallback, 2, 3 and IDODownloadStatusCallback. It is neither
 * agile nor has it a marshaler of its own, so from an STA it is called through COM's proxies. */
#ifndef TESTKIT_RECORDER_H
#define TESTKIT_RECORDER_H

#include "testkit/kit.h"

#define RECORDER_ROOM 512 /* later records are counted, but not kept */
#define RECORDER_SCRIPT 16

enum record_kind
{
    RECORD_TRANSFERRED,
    RECORD_ERROR,
    RECORD_MODIFICATION,
    RECORD_FILE_TRANSFERRED,
    RECORD_FILE_RANGES,
    RECORD_STATUS, /* IDODownload */
    RECORD_KIND_COUNT
};

struct record
{
    enum record_kind kind;
    void *object; /* the very pointer that came: IBackgroundCopyJob or IDODownload; not counted */
    DWORD thread;
    uint64_t time;             /* GetTickCount64() */
    BG_JOB_STATE job_state;    /* at that moment, asked inside the callback */
    uint64_t bytes;            /* transferred at that moment */
    HRESULT code;              /* RECORD_ERROR */
    BG_ERROR_CONTEXT context;  /* RECORD_ERROR */
    wchar_t file[MAX_PATH];    /* RECORD_FILE_*: the local name */
    DO_DOWNLOAD_STATUS status; /* RECORD_STATUS */
};

struct recorder;
/* Runs inside the callback, after the record is made, on the callback's thread. Its result is
 * returned to the DLL. `object` is as in the record. */
typedef HRESULT (*recorder_hook)(struct recorder *recorder, const struct record *record,
                                 void *context);

/* A recorder with one reference, the test's. */
struct recorder *recorder_create(void);
void recorder_release(struct recorder *recorder);
/* References now; the test's own is one of them. */
unsigned int recorder_references(struct recorder *recorder);
/* Waits until the test's is the only one. */
bool recorder_wait_released(struct recorder *recorder, unsigned int ms);

/* What it answers beside IDODownloadStatusCallback; all callbacks, and not agile, to begin with. */
#define RECORDER_CALLBACK 0x1u
#define RECORDER_CALLBACK2 0x2u
#define RECORDER_CALLBACK3 0x4u
#define RECORDER_AGILE 0x8u
void recorder_set_faces(struct recorder *recorder, unsigned int faces);
/* The thread that made the last Release so far. */
DWORD recorder_releaser(struct recorder *recorder);

/* For SetNotifyInterface, and for DODownloadProperty_CallbackInterface; not counted. */
IUnknown *recorder_unknown(struct recorder *recorder);
/* Calls SetNotifyFlags(flags) and SetNotifyInterface; asserts both. */
void recorder_attach(struct recorder *recorder, IBackgroundCopyJob *job, ULONG flags);
HRESULT recorder_attach_download(struct recorder *recorder, IDODownload *download);

/* The n-th callback of the kind (from 0) returns results[n]; later ones return S_OK. */
void recorder_script(struct recorder *recorder, enum record_kind kind, const HRESULT *results,
                     size_t count);
/* Replaces the hook; NULL: none. */
void recorder_set_hook(struct recorder *recorder, recorder_hook hook, void *context);
/* Callbacks leave the job alone: they do not even ask its state. */
void recorder_set_quiet(struct recorder *recorder, bool quiet);

/* How many of the kind have come; RECORD_KIND_COUNT: of all kinds. */
unsigned int recorder_count(struct recorder *recorder, enum record_kind kind);
/* Waits for the count to be reached; delivers messages meanwhile when this thread is an STA. */
bool recorder_wait(struct recorder *recorder, enum record_kind kind, unsigned int count,
                   unsigned int ms);
/* Waits for a status record in the state. */
bool recorder_wait_status(struct recorder *recorder, DODownloadState state, unsigned int ms);
/* A copy of the n-th record of the kind, from 0; false when there is none. */
bool recorder_get(struct recorder *recorder, enum record_kind kind, unsigned int n,
                  struct record *record);

#endif
