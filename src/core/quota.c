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

size_t quota_jobs(enum dialect dialect)
{
    return settings_number(dialect == DIALECT_BITS ? L"BitsMaxJobsPerUser" : L"MaxJobsPerUser",
                           limits_of(dialect)->jobs_per_user);
}

static size_t reserved[DIALECT_COUNT]; /* protected by engine_lock */

HRESULT quota_reserve_locked(enum dialect dialect, size_t most)
{
    size_t count = reserved[dialect];
    const struct job *job;

    if (count + table_count_locked() >= most)
        for (job = table_first_locked(); job; job = job->next)
            count += job_dialect(job) == dialect;
    if (count >= most)
        return (HRESULT)failure_code_of(dialect, FAILURE_TOO_MANY_JOBS);
    reserved[dialect]++;
    return S_OK;
}

void quota_settle_locked(enum dialect dialect)
{
    reserved[dialect]--;
}
