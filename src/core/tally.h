/*
 * What GetProgress tells of a job, kept as running sums: asked without a lock, at a cost that does
 * not grow with the number of files.
 *
 * Each file remembers what of it was counted. Whoever changes what counts of a file (its phase to
 * or from FILE_DONE, its total, its received bytes) calls tally_file_locked before it moves the
 * job, tells anybody, or drops the lock; a debug build finds at each move of a job that it was
 * done.
 *
 * Writers hold engine_lock exclusively, or the job is not in the table yet. Readers are any thread,
 * never hold a writer up, and get figures that belong together: those of one call of a writer.
 */
#ifndef DOSVC_CORE_TALLY_H
#define DOSVC_CORE_TALLY_H

#include "base/platform.h"

#include <stdatomic.h>

struct file;
struct job;
struct job_progress;

/* What of one file the sums of its job contain. */
struct tally_share
{
    bool is; /* anything */
    bool done;
    UINT64 total; /* UINT64_MAX: it is one of those whose length is not known */
    UINT64 received;
};

struct tally
{
    /* what readers see */
    atomic_uint version; /* odd while the next four are being written */
    _Atomic UINT32 files_total, files_transferred;
    _Atomic UINT64 bytes_total, bytes_transferred;

    /* the writers' own; all zero: no file */
    UINT64 known, beyond; /* the sum of all lengths that are known: its low and its high half */
    UINT64 received;
    size_t unknown; /* files whose length is not */
    size_t files_done;
};

/* Counts the file anew and tells it. Nothing happens if nothing has changed, or if the file is not
 * among its job's files. */
void tally_file_locked(struct file *file);
/* The same for all files of the job from the one at index `first` on: no reader sees a part of
 * what has changed. */
void tally_files_locked(struct job *job, size_t first);

/* The figures as they were told last. No lock is held. */
void tally_read(struct job *job, struct job_progress *progress);

/* Adds up all files of the job: for asserts. */
bool tally_is_right_locked(const struct job *job);

#endif
