/*
 * What is over for good: jobs that ended although not all of their files could be removed,
 * downloads into streams of dead processes (core/stranded), and jobs that nobody touched for too
 * long. A thread of its own does it, since it waits for the disk.
 */
#ifndef DOSVC_CORE_SWEEP_H
#define DOSVC_CORE_SWEEP_H

#include "core/job.h"

/* `leftovers`: jobs that ended, linked by `next`, each with its reference; NULL of none. Looks for
 * the others, too, unless somebody does just now. Any thread, no lock held; the queue is open, and
 * stays so until it is done. */
void sweep_begin(struct job *leftovers);

#endif
