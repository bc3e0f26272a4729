/* One URL that becomes one file: a job of its own, so that it fails or finishes alone. */
#ifndef CLI_DOWNLOAD_H
#define CLI_DOWNLOAD_H

#include "get_options.h"
#include "progress.h"

#include "dosvc.h"

enum download_state
{
    DOWNLOAD_RUNNING,
    DOWNLOAD_DONE, /* the file is in place */
    DOWNLOAD_FAILED
};

struct download
{
    const WCHAR *url;
    WCHAR *path;             /* full */
    IBackgroundCopyJob *job; /* NULL unless RUNNING */
    GUID id;
    enum download_state state;
    bool waits_to_retry; /* and was said to */
    UINT64 bytes;        /* as last seen */
    UINT64 total;        /* SIZE_UNKNOWN */
    ULONGLONG started;   /* tick */
};

/* What the downloads have in common. */
struct download_service
{
    IBackgroundCopyManager *manager;
    IUnknown *callback;
    ULONG notify_flags;
    const struct get_options *options;
};

/* Starts it, or says why not and makes it FAILED. */
void download_start(struct download *download, const struct download_service *service);

/* Its bytes have all come: puts the file in place, or says why not. */
void download_complete(struct download *download, const struct download_service *service);

/* The service has given up: says so, and drops what has come. */
void download_fail(struct download *download, IBackgroundCopyError *error);

/* Drops what has come, silently. */
void download_cancel(struct download *download);

/* Leaves it in the queue, suspended, and says its id. */
void download_suspend(struct download *download);

/* Looks at how far it is. */
void download_look(struct download *download);

/* In any state; path included. */
void download_free(struct download *download);

#endif
