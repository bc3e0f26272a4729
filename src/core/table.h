/*
 * The job table: every job of this process that is neither acknowledged nor cancelled, oldest
 * first. It holds one reference on each. The caller holds engine_lock.
 */
#ifndef DOSVC_CORE_TABLE_H
#define DOSVC_CORE_TABLE_H

#include "core/job.h"

void table_add_locked(struct job *job); /* takes a reference */
/* The caller releases the table's reference once the lock is dropped. */
void table_remove_locked(struct job *job);
struct job *table_first_locked(void); /* the next one is job->next */
size_t table_count_locked(void);

#endif
