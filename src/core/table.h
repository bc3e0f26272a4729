/*
 * The job table: every job of the queue that is neither acknowledged nor cancelled, in the order of
 * their rows, so oldest first. It holds one reference on each. The caller holds engine_lock.
 */
#ifndef DOSVC_CORE_TABLE_H
#define DOSVC_CORE_TABLE_H

#include "core/job.h"

void table_add_locked(struct job *job); /* takes a reference */
/* The caller releases the table's reference once the lock is dropped. */
void table_remove_locked(struct job *job);
struct job *table_first_locked(void); /* the next one is job->next */
size_t table_count_locked(void);

/* New jobs of this process that are being stored: between the two the store may already tell of
 * one that is not in the table yet. */
void table_expect_locked(struct job *job);
void table_unexpect_locked(struct job *job);
bool table_expects_locked(const GUID *id);

#endif
