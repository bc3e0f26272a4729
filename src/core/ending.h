/* What follows for file and job when a transfer has ended. Engine thread only. */
#ifndef DOSVC_CORE_ENDING_H
#define DOSVC_CORE_ENDING_H

#include "core/job.h"

struct failure_info;
struct transfer_end;

/* Whether asking the same source later may end better. The caller holds engine_lock. */
bool ending_is_worth_a_retry_locked(const struct file *file, const struct failure_info *failure);

/* A transfer of the file has ended and is gone. */
void ending_take(struct file *file, const struct transfer_end *end);

#endif
