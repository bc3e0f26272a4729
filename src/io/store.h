/*
 * The job store: what must outlive a client call. The engine hands it every change before the
 * change is published, and a change that the store refuses does not happen.
 *
 * This store keeps its rows in memory, so jobs end with the process.
 *
 * Threads: any; the caller holds store_lock around a change and what it depends on.
 */
#ifndef DOSVC_IO_STORE_H
#define DOSVC_IO_STORE_H

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

/* All of the changes or none. Fault point "store". */
HRESULT store_commit(const struct store_change *changes, size_t count);

#endif
