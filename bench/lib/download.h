/* A download by a job: ours, or by the BITS that the system itself has. From start to end: creating
 * the manager and Complete are part of it. */
#ifndef BENCH_DOWNLOAD_H
#define BENCH_DOWNLOAD_H

#include "target.h"

#include "dosvc.h"

struct download
{
    const CLSID *clsid;
    DWORD context; /* CLSCTX_* */
    BG_JOB_PRIORITY priority;
    const char *digest;   /* SHA-256 in hex that the files must have, or NULL */
    bool any_certificate; /* a benchmark's server has signed its own */
    void (*running)(void *context, IBackgroundCopyJob *job); /* after Resume; may be NULL */
    void *running_context;
};
#define DOWNLOAD_BY_DOSVC                                                                          \
    {                                                                                              \
        .clsid = &CLSID_DosvcManager, .context = CLSCTX_INPROC_SERVER,                             \
        .priority = BG_JOB_PRIORITY_FOREGROUND, .any_certificate = true                            \
    }
#define DOWNLOAD_BY_BITS                                                                           \
    {                                                                                              \
        .clsid = &CLSID_BackgroundCopyManager, .context = CLSCTX_LOCAL_SERVER,                     \
        .priority = BG_JOB_PRIORITY_FOREGROUND                                                     \
    }

HRESULT download_files(const struct download *download, const BG_FILE_INFO *files, ULONG count);
HRESULT download_target(const struct download *download, const struct target *target);

#endif
