/*
 * Time limits of jobs for which no client has set one, where a setting says other than the dialect:
 * NoProgressTimeoutForeground, NoProgressTimeoutBackground, MaxDownloadTime, in seconds.
 */
#ifndef DOSVC_CORE_JOB_DEFAULTS_H
#define DOSVC_CORE_JOB_DEFAULTS_H

#include "base/platform.h"

/* Reads them anew if that was not done within the last second. Any thread, no lock held. */
void job_defaults_refresh(void);

/* Seconds, `otherwise` where nothing is set. Any thread, any lock may be held. */
UINT64 job_default_no_progress(bool foreground, UINT64 otherwise);
UINT64 job_default_download_time(UINT64 otherwise);

#endif
