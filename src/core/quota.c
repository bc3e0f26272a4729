#include "core/quota.h"

#include "core/job.h"
#include "core/lock.h"
#include "core/settings.h"
#include "core/table.h"
#include "model/limits.h"

/* ---- what the settings say ---- */

#define GOOD_FOR_MS 50 /* real time */

enum limit
{
    LIMIT_FILES_PER_JOB,
    LIMIT_RANGES_PER_FILE,
    LIMIT_JOBS,
    LIMIT_COUNT
};

static const WCHAR *const names[LIMIT_COUNT][2] = {
    /* Delivery Optimization's, BITS' */
    [LIMIT_FILES_PER_JOB] = {L"MaxFilesPerJob", L"BitsMaxFilesPerJob"},
    [LIMIT_RANGES_PER_FILE] = {L"MaxRangesPerFile", L"BitsMaxRangesPerFile"},
    [LIMIT_JOBS] = {L"MaxJobsPerUser", L"BitsMaxJobsPerUser"}};

/* Every call that makes something asks for a limit, and the registry's answer takes several calls
 * of the system. */
static struct lock remembered_lock = LOCK_INIT(LOCK_LEAF);
static struct
{
    size_t value;
    ULONGLONG read_at; /* GetTickCount64(); 0: never */
} remembered[LIMIT_COUNT][DIALECT_COUNT];

static size_t limit_of(enum limit limit, enum dialect dialect, size_t otherwise)
{
    ULONGLONG now = GetTickCount64(), read_at;
    size_t value;

    lock_take_shared(&remembered_lock);
    value = remembered[limit][dialect].value;
    read_at = remembered[limit][dialect].read_at;
    lock_drop_shared(&remembered_lock);
    if (read_at && now - read_at < GOOD_FOR_MS)
        return value;
    value = settings_number(names[limit][dialect == DIALECT_BITS], (UINT32)otherwise);
    lock_take(&remembered_lock);
    remembered[limit][dialect].value = value;
    remembered[limit][dialect].read_at = now;
    lock_drop(&remembered_lock);
    return value;
}

size_t quota_files_per_job(enum dialect dialect)
{
    return limit_of(LIMIT_FILES_PER_JOB, dialect, limits_of(dialect)->files_per_job);
}

size_t quota_ranges_per_file(enum dialect dialect)
{
    return limit_of(LIMIT_RANGES_PER_FILE, dialect, limits_of(dialect)->ranges_per_file);
}

size_t quota_jobs(enum dialect dialect)
{
    return limit_of(LIMIT_JOBS, dialect, limits_of(dialect)->jobs_per_user);
}

/* ---- jobs that are being made ---- */

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
