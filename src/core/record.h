/*
 * Jobs and files as rows of the store, and back.
 *
 * The numbers and names in the rows are a promise to later versions and stand in tables here;
 * those of the enums may change.
 */
#ifndef DOSVC_CORE_RECORD_H
#define DOSVC_CORE_RECORD_H

#include "core/job.h"
#include "io/store.h"

/* ---- to rows; the caller holds engine_lock, and what a row borrows must not change ---- */

int record_state(enum job_state state);
struct store_failure record_failure(const struct failure_info *failure);
/* All but detail, which is borrowed from job->error. */
void record_job_locked(const struct job *job, struct store_job *row);
/* `memory` is where the ranges go: record_ranges_size bytes. */
size_t record_ranges_size(const struct file *file);
void record_file_locked(const struct file *file, void *memory, struct store_file *row);
/* As it would be at the checkpoint: never more than is flushed. `memory`: RECORD_VALIDATOR_SIZE. */
#define RECORD_VALIDATOR_SIZE 600
void record_progress_locked(const struct file *file, void *memory, struct store_progress *row);

/* Names of values; NULL for what is not kept. */
const char *record_number_name(enum job_number which);
const char *record_text_name(enum job_text which);
const char *record_file_text_name(enum file_text which);
const char *record_credentials_name(enum auth_target target, unsigned int scheme);

/* ---- from rows ---- */

/* Jobs as the store knows them: each one new, complete, in no table, with one reference. The states
 * are those of the rows, passing ones included; files have what was flushed. */
struct record_reader
{
    /* Takes the job over. A failure ends the reading. */
    HRESULT (*job)(void *context, struct job *job);
    HRESULT (*gone)(void *context, const GUID *id, enum job_face face, enum job_state state);
    void *context;
};
/* Everything that changed after *sequence, which is moved on; 0: all there is. */
HRESULT record_read(struct store *store, INT64 *sequence, const struct record_reader *reader);
/* One job, counted; S_FALSE and NULL: it is gone. */
HRESULT record_read_job(struct store *store, INT64 row, struct job **job);
/* Takes over from a job as it was just read what clients decide: properties, files that are new,
 * what is said of files; with `progress` also how far they are. The state is the caller's to move.
 * Memory only, but may lack it: then nothing changed. What is left of `read` goes with its
 * release, after the lock. The caller holds engine_lock and has claimed the job. */
HRESULT record_merge_locked(struct job *job, struct job *read, bool progress);

#endif
