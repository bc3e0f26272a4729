/*
 * A job that does nothing but what a test tells it, with the shipping objects, dispatcher and
 * delivery threads: a job of the clients' fake (src/fake in place of engine thread, store and disk)
 * that may also be moved in ways in which no job moves, and whose methods can be made to fail.
 *
 * Nothing here asserts. Any thread.
 */
#ifndef FAKE_JOB_H
#define FAKE_JOB_H

#include "com/dispatcher.h"

struct fake_job;

/* One reference, the caller's (Release of its face). Suspended, no file, flags JOB_TRANSFERRED |
 * JOB_ERROR. NULL when there is no memory. At the last Release the job ends, with its dispatcher.
 */
struct fake_job *fake_job_create(void);
/* The face a client holds; not counted anew. */
IBackgroundCopyJob *fake_job_face(struct fake_job *job);
struct dispatcher *fake_job_dispatcher(struct fake_job *job);
/* The references there are, the test's own included. */
LONG fake_job_references(const struct fake_job *job);

/* The job's story. Each changes the state first, then tells the dispatcher, as the engine does.
 * Every state can be entered from every other one, and again from itself. */
void fake_job_move(struct fake_job *job, BG_JOB_STATE state);
void fake_job_modify(struct fake_job *job);
/* What GetError gives while the job is in (transient) error; file may be SIZE_MAX. */
void fake_job_set_error(struct fake_job *job, BG_ERROR_CONTEXT context, HRESULT code, size_t file);
/* Returns the index; what is added is not judged. SIZE_MAX when there is no memory. */
size_t fake_job_add_file(struct fake_job *job, const WCHAR *remote, const WCHAR *local,
                         UINT64 size);
void fake_job_set_progress(struct fake_job *job, size_t file, UINT64 bytes);
/* All bytes of the file came. */
void fake_job_file_done(struct fake_job *job, size_t file);
/* A requested range came. */
void fake_job_ranges_done(struct fake_job *job, size_t file, UINT64 offset, UINT64 length);
/* Any event, with no change of the job. */
void fake_job_post(struct fake_job *job, const struct job_event *event);

/* Methods whose failure and count matter to a dispatcher. */
enum fake_method
{
    FAKE_GET_STATE,
    FAKE_GET_FLAGS,
    FAKE_GET_ERROR,
    FAKE_ENUM_FILES,
    FAKE_COMPLETE,
    FAKE_CANCEL,
    FAKE_METHOD_COUNT
};
/* The next `times` calls of the method return hr and do nothing. */
void fake_job_fail(struct fake_job *job, enum fake_method method, HRESULT hr, unsigned int times);
/* How often it was called. */
unsigned int fake_job_calls(struct fake_job *job, enum fake_method method);

#endif
