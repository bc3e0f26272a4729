/*
 * Which process runs a job: the one that holds its byte of the queue lock (job->mine). Only that
 * one touches the job's part files and writes how far they are.
 *
 * The byte is taken for a job that is to run here: at once when a client of this process asked for
 * it, else, from a process that left or died, when it has been free for a second. It is given back
 * when the job rests and none of its files is open. All of that is done on the keeper's thread, but
 * for a job that no process has run before: its client takes the byte itself, since there is
 * nothing that another process could have said of it.
 */
#ifndef DOSVC_CORE_CLAIM_H
#define DOSVC_CORE_CLAIM_H

#include "core/job.h"

/* ---- the caller holds engine_lock ---- */

/* A client of this process made the job run: it is to run here, if no other process has it. */
void claim_ask_locked(struct job *job);
/* It runs, here, and nobody stands in its way: its files may be started and time limits count. */
bool claim_lets_run_locked(const struct job *job);
/* Another process is about to end the job, and wants it for that. */
bool claim_is_away_locked(const struct job *job);
/* The job is this process's, or soon will be, and runs: a reason to stay. */
bool claim_is_runner_locked(const struct job *job);

/* ---- clients ---- */

/* Takes the byte of a job that a client is about to resume for the first time. False: it is had by
 * another process, or the keeper's to take. True: followed by one of the other two. */
bool claim_first(struct job *job);
/* The byte is held and nothing that is stored is unknown here: the job is this process's. The
 * caller holds engine_lock and the runner. */
void claim_adopt_locked(struct job *job);
void claim_give_back(struct job *job); /* no lock held */

/* Waits, with a limit, until the job, which is busy, is this process's; another one that runs it is
 * told to let go of it. ERROR_BUSY: it did not; INVALID_STATE of the dialect: the job ended. */
HRESULT claim_wait(struct job *job);

/* ---- the keeper's thread, no lock held ---- */

/* Looks at a job that was noted: gives its byte back if it rests, wants it if somebody here does.
 */
void claim_look(struct job *job);
/* Tries for the jobs that somebody here waits for. Returns when to be called again, in ticks of
 * GetTickCount64; UINT64_MAX: there are none. */
UINT64 claim_turn(void);
/* Tries for the byte of a job. It is given back, or kept by claim_keep, which gives it back where
 * memory is short: false. */
bool claim_try(struct job *job);
bool claim_keep(struct job *job);
/* Some bytes were got: what other processes last said of these jobs must be imported now, and then
 * claim_confirm makes them this process's. */
bool claim_has_taken(void);
void claim_confirm(void);
/* The queue closes. The lock file drops the bytes of jobs that are `mine` itself. */
void claim_drop_all(void);

#endif
