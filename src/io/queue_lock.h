/*
 * The file queue.lock beside the queue: one byte for each thing that only one process at a time may
 * do. A byte is free at once when its holder has died, however it died.
 *
 * Functions: any thread, any lock but a leaf may be held; nothing waits.
 */
#ifndef DOSVC_IO_QUEUE_LOCK_H
#define DOSVC_IO_QUEUE_LOCK_H

#include "base/platform.h"

struct queue_lock;

/* Whose byte lies where; nothing is ever written there. */
#define QUEUE_LOCK_JOB(id) ((UINT64)(id))                                 /* runs the job */
#define QUEUE_LOCK_PROCESS(process) ((UINT64)1 << 40 | (UINT64)(process)) /* lives */
#define QUEUE_LOCK_CLIENTS ((UINT64)3 << 40) /* shared by clients of the local server */
#define QUEUE_LOCK_OPENING ((UINT64)1 << 41) /* opens, makes or mends the database */

/* Opens or makes queue.lock in the folder. Fault point "open". */
HRESULT queue_lock_open(const WCHAR *folder, struct queue_lock **lock);

/* Drops every byte; NULL is fine. */
void queue_lock_close(struct queue_lock *lock);

/* Takes a byte, exclusively or shared with others that share it. S_OK; S_FALSE: it is taken, be it
 * by another process, another queue_lock or this one (a byte that is held is not taken twice);
 * a failure is E_OUTOFMEMORY or Windows' code. */
HRESULT queue_lock_try(struct queue_lock *lock, UINT64 offset, bool shared);

/* Gives back a byte that queue_lock_try took. */
void queue_lock_drop(struct queue_lock *lock, UINT64 offset);

/* Whether anybody holds the byte at this moment; true also when that cannot be found out. */
bool queue_lock_is_held(struct queue_lock *lock, UINT64 offset);

#endif
