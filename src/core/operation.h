/*
 * What the orders that wait, Cancel and Complete, have in common: they have the job for themselves,
 * see its files closed, and end it.
 */
#ifndef DOSVC_CORE_OPERATION_H
#define DOSVC_CORE_OPERATION_H

#include "core/job.h"

/* Claims the job, for this client of this process: nothing of it is started, what runs is stopped,
 * nobody adds a file. Waits for others' operations, with a limit. No lock held. */
HRESULT operation_begin(struct job *job);
void operation_end(struct job *job);
/* False: a file is still open when the limit is reached. */
bool operation_wait_closed(struct job *job);

/* Stores that the job is over, publishes it, lets the table go, and removes what files that nobody
 * gets have left: with a row until they are gone, so that they are found at the next start.
 * S_UNABLE_TO_DELETE_FILES: one of them stays for now. On failure nothing has happened. */
HRESULT operation_end_job(struct job *job, enum job_state state);

/* Removes from disk what nobody will get of a job that is over. Nobody else uses its files.
 * False: something stays. */
bool operation_delete_files(struct job *job);

#endif
