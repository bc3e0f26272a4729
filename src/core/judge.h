/*
 * The client that judges the certificates of its job's servers: who it is (engine_set_judge), and
 * when it is let go of. What it is asked: core/verdict.
 */
#ifndef DOSVC_CORE_JUDGE_H
#define DOSVC_CORE_JUDGE_H

#include "core/job.h"

/* The job has ended: lets go of the client. No lock. */
void judge_forget(struct job *job);

#endif
