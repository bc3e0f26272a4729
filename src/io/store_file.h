/*
 * The file queue.db: opened, made, or, when it is damaged, put aside and made anew.
 */
#ifndef DOSVC_IO_STORE_FILE_H
#define DOSVC_IO_STORE_FILE_H

#include "io/database.h"
#include "io/queue_lock.h"

/* One process at a time, by the lock's QUEUE_LOCK_OPENING, for which it waits up to 5 s. Errors as
 * store_open has them; on failure there is nothing to close. */
HRESULT store_file_open(const WCHAR *folder, struct queue_lock *lock, bool relaxed, const char *vfs,
                        struct database *database);

#endif
