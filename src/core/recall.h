/*
 * Jobs made of the store's rows again.
 */
#ifndef DOSVC_CORE_RECALL_H
#define DOSVC_CORE_RECALL_H

#include "core/job.h"
#include "io/store.h"

/* A job as its rows tell: of no table, one reference. Its state is the row's, passing ones too; its
 * files are those that were read, in order, each with its own index. */
struct recalled
{
    struct job *job;
    INT64
    error_file; /* index of job->error.file, which is set where that file was read; -1: none */
};

struct recall_reader
{
    /* Takes the job over. A failure ends the reading and is what it returns. Rows that make no
     * sense are left out, with an ERR line. */
    HRESULT (*job)(void *context, const struct recalled *recalled);
    HRESULT (*gone)(void *context, const GUID *id, enum job_face face, enum job_state state);
    void *context;
};

/* What changed after *sequence, which is moved on: of new jobs all files, of others those that
 * changed. 0: all there is. Waits; no lock. */
HRESULT recall_changes(struct store *store, INT64 *sequence, const struct recall_reader *reader);

/* One job with all its files; the reference is the caller's. S_FALSE: there is none. */
HRESULT recall_job(struct store *store, INT64 row, struct recalled *recalled);

#endif
