/* What follows for file and job when a transfer has ended. */
#ifndef DOSVC_CORE_ENDING_H
#define DOSVC_CORE_ENDING_H

#include "core/job.h"

struct failure_info;
struct transfer_end;

/* A transfer of the file has ended and is gone. Engine thread, no lock held. */
void ending_take(struct file *file, const struct transfer_end *end);

/* ---- the caller holds engine_lock ---- */

/* Whether asking the same source later may end better. */
bool ending_is_worth_a_retry_locked(const struct file *file, const struct failure_info *failure);
/* Files of the job, which goes on, are done: once all others wait, it shows what for. */
void ending_go_on_locked(struct job *job);

#endif
