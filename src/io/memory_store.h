/*
 * The job store in memory, so that jobs end with the process: what core uses until it hands its
 * changes to io/store. Its names are those of io/store; no file includes both.
 *
 * Threads: any; the caller holds store_lock around a change and what it depends on.
 */
#ifndef DOSVC_IO_MEMORY_STORE_H
#define DOSVC_IO_MEMORY_STORE_H

#include "base/platform.h"

enum store_verb
{
    STORE_PUT_JOB,   /* a job was made, or one of its fields changed */
    STORE_PUT_FILE,  /* a file was added, or one of its fields changed */
    STORE_REMOVE_JOB /* acknowledged or cancelled, with all its files */
};

struct store_change
{
    enum store_verb verb;
    GUID job;
    size_t file; /* index, for STORE_PUT_FILE */
};

#define store_commit memory_store_commit

/* All of the changes or none. Fault point "store". */
HRESULT store_commit(const struct store_change *changes, size_t count);

#endif
