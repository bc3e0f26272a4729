/*
 * Jobs and files as rows of the store. core/recall makes jobs of rows again.
 *
 * The caller holds engine_lock, and what a row borrows of a job must not change while it is used:
 * texts of a job that is claimed do not (core/change).
 */
#ifndef DOSVC_CORE_RECORD_H
#define DOSVC_CORE_RECORD_H

#include "core/job.h"
#include "io/store.h"
#include "model/runs.h"

struct store_failure record_failure_info(const struct failure_info *failure);

/* Borrows the name. `detail`: JOB_DETAIL_CHARS, where the error's goes, because the engine may
 * replace it at any time. */
void record_job_locked(const struct job *job, char *detail, struct store_job *row);

/* `memory`: record_ranges_size bytes, where the ranges go. */
#define RECORD_RANGES_SIZE(count) (1 + (count)*2 * sizeof(UINT64))
size_t record_ranges_size(size_t range_count);
void record_ranges(const struct range *ranges, size_t count, void *memory);
/* Without ranges: the caller sets them. */
void record_file_locked(const struct file *file, struct store_file *row);

/* What is flushed of the file. Effective URL, address and headers are borrowed: they may change, so
 * the caller copies or clears them before it drops the lock. */
struct record_memory
{
    BYTE validator[HTTP_ETAG_SIZE + 32];
    BYTE spans[RECORD_RANGES_SIZE(RUNS_MAX)];
};
void record_progress_locked(const struct file *file, struct record_memory *memory,
                            struct store_progress *row);

/* ... where what was fetched of the file is of no use. */
void record_no_content(const struct file *file, struct store_progress *row);

/* ---- back; false: not what we wrote ---- */

bool record_to_validator(const void *blob, size_t size, struct file *file);
/* *ranges, freed with mem_free, NULL of none. E_INVALIDARG: not what we wrote. */
HRESULT record_to_ranges(const void *blob, size_t size, struct range **ranges, size_t *count);
/* The same of file->spans, whose other numbers are known; E_INVALIDARG sets none. */
HRESULT record_to_spans(const void *blob, size_t size, struct file *file);
UINT64 record_time(const FILETIME *time);
FILETIME record_to_time(UINT64 time);

#endif
