#include "core/quota.h"

#include "core/job.h"
#include "core/lock.h"
#include "core/settings.h"
#include "core/table.h"
#include "model/limits.h"

size_t quota_files_per_job(enum dialect dialect)
{
    return settings_number(dialect == DIALECT_BITS ? L"BitsMaxFilesPerJob" : L"MaxFilesPerJob",
                           limits_of(dialect)->files_per_job);
}

size_t quota_ranges_per_file(enum dialect dialect)
{
    return settings_number(dialect == DIALECT_BITS ? L"BitsMaxRangesPerFile" : L"MaxRangesPerFile",
                           limits_of(dialect)->ranges_per_file);
}

HRESULT quota_judge_jobs(enum dialect dialect)
{
    size_t most =
        settings_number(dialect == DIALECT_BITS ? L"BitsMaxJobsPerUser" : L"MaxJobsPerUser",
                        limits_of(dialect)->jobs_per_user);
    const struct job *job;
    size_t count = 0;

    lock_take_shared(&engine_lock);
    if (table_count_locked() >= most)
        for (job = table_first_locked(); job; job = job->next)
            count += job_dialect(job) == dialect;
    lock_drop_shared(&engine_lock);
    return count < most ? S_OK : (HRESULT)failure_code_of(dialect, FAILURE_TOO_MANY_JOBS);
}
