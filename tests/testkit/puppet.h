/* Other processes of the same user, on the same queue, that do what the test tells them: this test
 * program once more, whose main() calls puppet_main(). Each keeps a manager of its own and a
 * recorder for each job that it was told to watch.
 *
 * Calls are made one at a time by the test's thread, and have a limit; a puppet that was killed, or
 * does not answer, answers PUPPET_E_DEAD. */
#ifndef TESTKIT_PUPPET_H
#define TESTKIT_PUPPET_H

#include "testkit/recorder.h"

#define PUPPET_E_DEAD HRESULT_FROM_WIN32(ERROR_BROKEN_PIPE)
#define PUPPET_LIMIT 30000 /* ms: of one call */

enum puppet_verb
{
    PUPPET_CREATE,   /* a job with the file url -> path, or with none: url empty; job is set */
    PUPPET_DOWNLOAD, /* the same as an IDODownload, not started */
    PUPPET_STREAM,   /* the same into a stream in its memory; path is not used */
    PUPPET_ADD_FILE, /* url -> path */
    PUPPET_RESUME,
    PUPPET_SUSPEND,
    PUPPET_CANCEL,
    PUPPET_COMPLETE,
    PUPPET_SET_PRIORITY,    /* number */
    PUPPET_SET_DESCRIPTION, /* path */
    PUPPET_STATE,           /* number is set; of a download: its DODownloadState */
    PUPPET_PRIORITY,        /* number is set */
    PUPPET_DESCRIPTION,     /* path is set */
    PUPPET_PROGRESS,        /* number is set: bytes; count: files that have come */
    PUPPET_ERROR,           /* number is set: the code of GetError */
    PUPPET_COUNT,           /* count is set: jobs, or with number 1 downloads, that are listed */
    PUPPET_WATCH,           /* gives the job a recorder with all flags; a download a callback */
    PUPPET_RECORDS,         /* number: enum record_kind; count is set */
    PUPPET_FAIL_CALLBACKS,  /* the first `count` callbacks of the kind `number` return E_FAIL */
    PUPPET_FORGET,          /* lets the recorder go; the job goes on */
    PUPPET_LEAVE            /* lets everything go and exits */
};

struct puppet_call
{
    enum puppet_verb verb;
    bool download; /* the job is an IDODownload, found by EnumDownloads */
    GUID job;
    uint32_t count;
    uint64_t number;
    wchar_t url[HTTPD_URL_MAX];
    wchar_t path[MAX_PATH];
    HRESULT result;
};

struct puppet
{
    struct kit_child child;
    HANDLE go, done, section;
    struct puppet_call *call; /* shared with the process */
};

/* Asserts that it starts and has a manager. */
void puppet_start(struct puppet *puppet, const struct kit *kit);
/* Stops all its threads where they are; what is left to do is to kill it. */
void puppet_halt(struct puppet *puppet);
/* TerminateProcess; may be called for one that is dead. */
void puppet_kill(struct puppet *puppet);
/* PUPPET_LEAVE; asserts that it exits with 0, with nothing of the DLL alive. */
void puppet_end(struct puppet *puppet);

/* The result is the method's; `call` gets what was set. */
HRESULT puppet_do(struct puppet *puppet, struct puppet_call *call);
/* Of verbs that need nothing but the job. */
HRESULT puppet_order(struct puppet *puppet, enum puppet_verb verb, const GUID *job);
/* A job of the server's path into `name` of the test's folder, not resumed; asserts success. */
void puppet_create(struct puppet *puppet, const struct kit *kit, const char *path,
                   const wchar_t *name, GUID *job);
/* JOB_NOT_FOUND is -1. */
int puppet_state(struct puppet *puppet, const GUID *job);
uint32_t puppet_records(struct puppet *puppet, const GUID *job, enum record_kind kind);
/* Waits; false after `ms`. */
bool puppet_wait_state(struct puppet *puppet, const GUID *job, int state, unsigned int ms);
bool puppet_wait_records(struct puppet *puppet, const GUID *job, enum record_kind kind,
                         uint32_t count, unsigned int ms);

/* For main(): true in a puppet, whose exit code is then *code. */
bool puppet_main(int argc, char **argv, int *code);

#endif
