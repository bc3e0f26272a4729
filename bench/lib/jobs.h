/* Jobs for benchmarks that do not wait for their end. */
#ifndef BENCH_JOBS_H
#define BENCH_JOBS_H

#include "base/platform.h"

#include "dosvc.h"

HRESULT jobs_manager(IBackgroundCopyManager **manager);
/* With one file of the URL; suspended. */
HRESULT jobs_create(IBackgroundCopyManager *manager, const WCHAR *url, const WCHAR *path,
                    IBackgroundCopyJob **job);
/* All there are. */
void jobs_cancel_all(IBackgroundCopyManager *manager);

/* A folder for the queue of this process and its children: its name is in the environment, which
 * the DLL must not have read yet. Removed with what is in it. */
bool jobs_own_queue(WCHAR folder[MAX_PATH]);
void jobs_remove_queue(const WCHAR *folder);

/* Where connections are taken and nothing is ever answered. */
bool jobs_silent_url(WCHAR *url, size_t size);

#endif
