/* What every test that goes through COM needs: a fresh folder, an apartment, a manager, waits that
 * end, and the proof at the end that nothing lives on.
 *
 * Assertions belong to the test's own thread only: cmocka ends the process silently when one fails
 * elsewhere. Callbacks record (recorder.h), the test asserts. */
#ifndef TESTKIT_KIT_H
#define TESTKIT_KIT_H

#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "dosvc.h"

#include "testkit/content.h"
#include "testkit/httpd.h"

#define KIT_LIMIT 20000 /* ms: how long a test waits for what must come */

/* ---- the process ---------------------------------------------------------------------------- */

/* Sets an environment variable for this process, its DLLs and its children; NULL removes it. */
void kit_environment(const wchar_t *name, const wchar_t *value);

/* To be called first in main(): gives this process a queue of its own (DOSVC_HOME, removed at exit)
 * and the fault points `faults` ("clock=60", or NULL), both of which the DLL reads when it starts.
 */
void kit_process(const wchar_t *faults);

/* ---- fixtures: pass to cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown) ---------
 */

struct kit
{
    wchar_t folder[MAX_PATH]; /* fresh, without a trailing backslash; removed by the teardown */
    struct httpd *httpd;
    IBackgroundCopyManager *manager; /* CLSID_DosvcManager */
    bool sta;
    struct dosvc_live_counts before; /* alive when the test began: a failed test leaves things */
};

int kit_setup(void **state);     /* MTA, folder, server, manager */
int kit_setup_sta(void **state); /* the same in a single-threaded apartment */
/* Lets go of the kit's manager: this process keeps out of the queue, so that it takes nothing over.
 * Asserts that nothing lives that was not there before. */
void kit_leave_queue(struct kit *kit);
int kit_setup_without_queue(void **state); /* kit_setup, then that */
/* Cancels the jobs that are left, releases and stops everything, asserts that nothing lives. */
int kit_teardown(void **state);

/* A path in the test's folder, into `buffer` of MAX_PATH characters, which is returned. */
wchar_t *kit_path(const struct kit *kit, const wchar_t *name, wchar_t *buffer);

/* A fresh folder under the temporary one, into `folder` of MAX_PATH characters. */
bool kit_make_folder(const wchar_t *name, wchar_t *folder);
/* With all that is in it. */
void kit_remove_folder(const wchar_t *folder);

/* A text of so many characters, to be freed. */
wchar_t *kit_text(size_t length);

/* ---- COM ------------------------------------------------------------------------------------ */

/* How programs get at our objects, named by the environment variable TESTKIT_WAY (several at once,
 * with a blank between): in an STA, through the local server, by the manifest beside the DLL. */
#define KIT_IN_STA L"sta"
#define KIT_BY_SERVER L"server"
#define KIT_BY_MANIFEST L"manifest"
bool kit_goes_way(const wchar_t *way);

/* Local servers need the RPC service, which a fresh Wine prefix is slow to start: waits until it
 * runs. */
bool kit_wait_rpc_service(void);

/* Makes an object of one of our classes, the way TESTKIT_WAY says; by itself: from the registry,
 * else from the DLL that the environment variable DOSVC_DLL names. */
HRESULT kit_create(REFCLSID clsid, REFIID iid, void **object);
HRESULT kit_manager(REFCLSID clsid, IBackgroundCopyManager **manager);
/* The DLL of the objects above, loaded if it is not yet; not counted. */
HMODULE kit_dll(void);

/* Registers a class, for other processes too, that gives out this one object; one in a process. It
 * is revoked by CoRevokeClassObject. */
HRESULT kit_class_register(REFCLSID clsid, IUnknown *object, DWORD *cookie);

/* The object's interface, counted; asserts that it has it. */
void *kit_face(void *object, REFIID iid);

/* A suspended job with no files; asserts success. */
IBackgroundCopyJob *kit_job(struct kit *kit, const wchar_t *name);
/* The same of a manager of the class, so in its dialect. */
IBackgroundCopyJob *kit_job_of_class(REFCLSID clsid, const wchar_t *name);
/* Cancels the job, which must be possible, and releases it. */
void kit_cancel(IBackgroundCopyJob *job);
/* Adds the server's `path` as the file `name` of the test's folder. */
void kit_add_file(struct kit *kit, IBackgroundCopyJob *job, const char *path, const wchar_t *name);
/* kit_job + kit_add_file. */
IBackgroundCopyJob *kit_job_of(struct kit *kit, const char *path, const wchar_t *name);

/* A new download; nothing is set. */
IDODownload *kit_download(struct kit *kit);
DODownloadState kit_download_state(IDODownload *download);
/* A download of the server's `path` into `name`; not started. */
IDODownload *kit_download_of(struct kit *kit, const char *path, const wchar_t *name);
HRESULT kit_set_string(IDODownload *download, DODownloadProperty property, const wchar_t *value);
HRESULT kit_set_uint(IDODownload *download, DODownloadProperty property, uint32_t value);
HRESULT kit_set_bool(IDODownload *download, DODownloadProperty property, bool value);

/* ---- waits ---------------------------------------------------------------------------------- */

/* Waits until the job is in the state; false (and says which state it is in) after `ms`. */
bool kit_wait_state(IBackgroundCopyJob *job, BG_JOB_STATE state, unsigned int ms);
bool kit_wait_download(IDODownload *download, DODownloadState state, unsigned int ms);
/* Waits until the job has transferred at least `bytes`. */
bool kit_wait_bytes(IBackgroundCopyJob *job, uint64_t bytes, unsigned int ms);
/* WaitForSingleObject, with window messages delivered in an STA. */
bool kit_wait_event(HANDLE event, unsigned int ms);
/* Delivers window messages (an STA's incoming calls) until the event is set; false after `ms`. */
bool kit_pump_until(HANDLE event, unsigned int ms);
/* Passes `ms` milliseconds of the machine's clock: only for showing that something does not come.
 */
void kit_pass(unsigned int ms);

/* ---- assertions ----------------------------------------------------------------------------- */

#define assert_hr(expected, actual) kit_assert_hr((expected), (actual), #actual, __FILE__, __LINE__)
#define assert_state(expected, job) kit_assert_state((expected), (job), __FILE__, __LINE__)
/* The job's present error is (context, code). */
#define assert_job_error(context, code, job)                                                       \
    kit_assert_job_error((context), (code), (job), __FILE__, __LINE__)
/* The download is Paused with these two codes. */
#define assert_download_error(error, extended, download)                                           \
    kit_assert_download_error((error), (extended), (download), __FILE__, __LINE__)

void kit_assert_hr(HRESULT expected, HRESULT actual, const char *what, const char *file, int line);
void kit_assert_state(BG_JOB_STATE expected, IBackgroundCopyJob *job, const char *file, int line);
void kit_assert_job_error(BG_ERROR_CONTEXT context, HRESULT code, IBackgroundCopyJob *job,
                          const char *file, int line);
void kit_assert_download_error(HRESULT error, HRESULT extended, IDODownload *download,
                               const char *file, int line);

/* What lives in the DLL at this moment; zeros when it is not loaded. */
void kit_live(struct dosvc_live_counts *counts);
/* Waits until no more than that is alive; false, and says what is, after a limit. */
bool kit_wait_nothing_more(const struct dosvc_live_counts *before);
/* The counts of the DLL's live objects, threads, handles and blocks go to zero within a limit. True
 * at once when the DLL is not loaded. */
void kit_assert_nothing_lives(void);

/* ---- child processes ------------------------------------------------------------------------ */

/* Set in a child's environment: it keeps the queue and the faults of its parent. */
#define KIT_CHILD_MARK L"TESTKIT_CHILD"

struct kit_child
{
    HANDLE process;
    wchar_t output[MAX_PATH]; /* its stdout and stderr, a file */
};

/* Runs this test program again with the one argument `argument` (main() looks at argv[1]); it gets
 * this process's environment. Asserts that it starts. */
void kit_child(struct kit_child *child, const struct kit *kit, const wchar_t *argument);
/* Its exit code, or STILL_ACTIVE after `ms`: then it is ended. Shows its output when not 0. */
DWORD kit_child_wait(struct kit_child *child, unsigned int ms);
/* Ends it where it stands. */
void kit_child_kill(struct kit_child *child);

/* What a child will fetch, and where to: into `target` of MAX_PATH. */
void kit_offer(const struct kit *kit, const char *path, const wchar_t *name, wchar_t *target);
/* In a child: makes and resumes the job, or makes and starts the download; NULL on failure.
 * kit_take_offer also says what failed. */
HRESULT kit_take_offer(IBackgroundCopyManager *manager, IBackgroundCopyJob **job);
IBackgroundCopyJob *kit_offered_job(IBackgroundCopyManager *manager);
IDODownload *kit_offered_download(IDOManager *manager);

#endif
