/* What follows for file and job when a transfer has ended. Engine thread only. */
#ifndef DOSVC_CORE_ENDING_H
#define DOSVC_CORE_ENDING_H

#include "core/job.h"

struct transfer_end;

/* A transfer of the file has ended and is gone. */
void ending_take(struct file *file, const struct transfer_end *end);

#endif
