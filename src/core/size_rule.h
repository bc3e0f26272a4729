/*
 * Sizes that a client allows: what it said a file has, and the most a job may fetch.
 */
#ifndef DOSVC_CORE_SIZE_RULE_H
#define DOSVC_CORE_SIZE_RULE_H

#include "core/job.h"

/* Which rule is broken by a file whose local copy will have `total` bytes of `remote` ones
 * (UINT64_MAX: unknown): FAILURE_SIZE_MISMATCH, FAILURE_MAX_SIZE or FAILURE_NONE. The caller holds
 * engine_lock. */
enum failure size_rule_locked(const struct file *file, UINT64 total, UINT64 remote);
/* One line for people. */
const char *size_rule_detail(enum failure broken);

#endif
