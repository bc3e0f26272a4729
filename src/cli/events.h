/* What happens to a download, in a line each. */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "download.h"

/* A notification as it came: "JobModification  TRANSFERRING  large.bin  12.0 MiB of 256 MiB". */
void events_print(const struct download *download, const DOSVC_EVENT *event);

/* The service will try again by itself, and why it must. */
void events_say_retry(const struct download *download, IBackgroundCopyError *error);

/* "TRANSFERRING" */
const WCHAR *events_state_name(BG_JOB_STATE state);

#endif
