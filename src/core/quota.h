/*
 * How many jobs, files and ranges there may be: model/limits, unless a setting says otherwise.
 * MaxJobsPerUser, MaxFilesPerJob and MaxRangesPerFile are Delivery Optimization's, downloads
 * included; BitsMaxJobsPerUser and so on are BITS'. A change counts within 50 ms. Any thread, no
 * lock held except where said.
 */
#ifndef DOSVC_CORE_QUOTA_H
#define DOSVC_CORE_QUOTA_H

#include "base/platform.h"
#include "model/failure.h"

size_t quota_jobs(enum dialect dialect);
size_t quota_files_per_job(enum dialect dialect);
size_t quota_ranges_per_file(enum dialect dialect);

/* Counts one more job that is about to be stored. S_OK, or TOO_MANY_JOBS where it would be more
 * than `most`. quota_settle_locked follows, once the job is in the table or will not be: under the
 * same engine_lock, which the caller holds. */
HRESULT quota_reserve_locked(enum dialect dialect, size_t most);
void quota_settle_locked(enum dialect dialect);

#endif
