/*
 * What has to be taken back of files that were changed and not flushed. By path; paths that differ
 * in letter case are one. The caller makes one call at a time. Memory that runs out ends the
 * process: a test that cannot remember proves nothing.
 */
#ifndef CRASH_UNDO_H
#define CRASH_UNDO_H

#include "base/platform.h"

/* Before the change, while the file is as it was. */
void undo_note_creation(const WCHAR *path);
void undo_note_write(const WCHAR *path, UINT64 offset, size_t size);
void undo_note_truncation(const WCHAR *path, UINT64 size);

void undo_forget(const WCHAR *path); /* it was flushed, or is gone */
void undo_rename(const WCHAR *from, const WCHAR *to);

/* Everything becomes as it was when each file was flushed last. */
void undo_all(void);

#endif
