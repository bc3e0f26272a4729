/*
 * A notice about a file, made into the call to the client that tells it.
 */
#ifndef DOSVC_COM_FILE_NOTICE_H
#define DOSVC_COM_FILE_NOTICE_H

#include "base/platform.h"
#include "com/notice_queue.h"
#include "dosvc.h"

struct notify_target;

/* The job has no such file. */
#define FILE_NOTICE_NO_FILE HRESULT_FROM_WIN32(ERROR_NO_MORE_ITEMS)

/* Where in a job's files one stands: one enumerator serves many notices. One thread at a time. */
struct file_cursor /* zeroed is none */
{
    IBackgroundCopyJob *job; /* whose files; not counted: only compared */
    IEnumBackgroundCopyFiles *files;
    size_t position;
};

void file_cursor_cleanup(struct file_cursor *cursor);

struct file_notice
{
    IBackgroundCopyFile *file;
    bool of_ranges; /* rather than of the whole file */
    DWORD range_count;
    BG_FILE_RANGE *ranges; /* `range`, or CoTaskMem */
    BG_FILE_RANGE range;
};

/* S_OK: there is something to tell, and *prepared is to be cleaned up. S_FALSE: the notice was a
 * question, and the answer is no. FILE_NOTICE_NO_FILE, or what the job said. No lock held. */
HRESULT file_notice_prepare(struct file_cursor *cursor, IBackgroundCopyJob *job,
                            const struct notice *notice, struct file_notice *prepared);
HRESULT file_notice_deliver(const struct file_notice *prepared, IBackgroundCopyJob *job,
                            struct notify_target *target);
void file_notice_cleanup(struct file_notice *prepared);

#endif
