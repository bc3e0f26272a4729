#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include "model/failure.h"

/* The sizes and defaults in which the dialects differ. */

#define JOB_PRIORITY_FOREGROUND 0u
#define JOB_PRIORITY_LOWEST 3u

struct limits
{
    /* UTF-16 units without the terminator */
    uint32_t name_length;
    uint32_t description_length;
    uint32_t url_length;
    uint32_t path_length;
    uint32_t files_per_job;
    uint32_t jobs_per_user;
    uint32_t ranges_per_file;
    /* defaults of a new job */
    uint32_t priority;
    uint32_t notify_flags;
    uint32_t retry_delay;            /* s */
    uint32_t retry_delay_min;        /* s; less becomes this */
    uint32_t no_progress_foreground; /* s */
    uint32_t no_progress_background; /* s */
    uint32_t max_download_time;      /* s */
    uint32_t notify_interval;        /* ms between two JobModification */
    uint32_t retention_days;         /* of a job that nothing happens to */
};

const struct limits *limits_of(enum dialect dialect);

#endif
