/*
 * What is over for good: jobs that ended although not all of their files could be removed, and jobs
 * that nobody touched for too long. A thread of its own does it, since it waits for the disk.
 */
#ifndef DOSVC_CORE_SWEEP_H
#define DOSVC_CORE_SWEEP_H

#include "core/job.h"

/* `leftovers`: jobs that ended, linked by `next`, each with its reference; NULL of none. Looks for
 * old jobs, too. Any thread, no lock held; the queue is open, and stays so until it is done. */
void sweep_begin(struct job *leftovers);

#endif
