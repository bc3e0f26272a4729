/*
 * How many jobs, files and ranges there may be: model/limits, unless a setting says otherwise.
 * MaxJobsPerUser, MaxFilesPerJob and MaxRangesPerFile are Delivery Optimization's, downloads
 * included; BitsMaxJobsPerUser and so on are BITS'. Any thread, no lock held except where said.
 */
#ifndef DOSVC_CORE_QUOTA_H
#define DOSVC_CORE_QUOTA_H

#include "base/platform.h"
#include "model/failure.h"

size_t quota_files_per_job(enum dialect dialect);
size_t quota_ranges_per_file(enum dialect dialect);
/* S_OK, or TOO_MANY_JOBS where one more would be. The caller holds store_lock, so that no other is
 * added meanwhile. */
HRESULT quota_judge_jobs(enum dialect dialect);

#endif
