#include "model/limits.h"

#include <assert.h>

#define HOUR 3600u
#define DAY 86400u
#define PRIORITY_NORMAL 2u
#define NOTIFY_TRANSFERRED_AND_ERROR 3u

/* Where the documentation of DO is silent BITS' numbers are used, and its 200 files and 60 jobs are
 * not: those are policies of Windows that no client can rely on. */
static const struct limits limits[] = {
    [DIALECT_DO] =
        {
            .name_length = 256,
            .description_length = 1024,
            .url_length = 2200,
            .path_length = 32767,
            .files_per_job = 100000,
            .jobs_per_user = 10000,
            .ranges_per_file = 500,
            .priority = PRIORITY_NORMAL,
            .notify_flags = NOTIFY_TRANSFERRED_AND_ERROR,
            .retry_delay = 600,
            .retry_delay_min = 5,
            .no_progress_foreground = HOUR,
            .no_progress_background = DAY,
            .max_download_time = 90 * DAY,
            .notify_interval = 500,
            .retention_days = 30,
        },
    [DIALECT_BITS] =
        {
            .name_length = 256,
            .description_length = 1024,
            .url_length = 2200,
            .path_length = 32767,
            .files_per_job = 100000,
            .jobs_per_user = 10000,
            .ranges_per_file = 500,
            .priority = PRIORITY_NORMAL,
            .notify_flags = NOTIFY_TRANSFERRED_AND_ERROR,
            .retry_delay = 600,
            .retry_delay_min = 5,
            .no_progress_foreground = 14 * DAY,
            .no_progress_background = 14 * DAY,
            .max_download_time = 90 * DAY,
            .notify_interval = 500,
            .retention_days = 90,
        },
};
static_assert(sizeof(limits) / sizeof(limits[0]) == DIALECT_COUNT, "every dialect has limits");

const struct limits *limits_of(enum dialect dialect)
{
    assert((unsigned)dialect < DIALECT_COUNT);
    return &limits[dialect];
}
