/* A file system for SQLite that fails on demand: the system's own, with "sick" as its name. One
 * thing at a time; while nothing fails it only passes calls on. */
#ifndef TESTKIT_SICK_VFS_H
#define TESTKIT_SICK_VFS_H

#include "base/platform.h"

#include <sqlite3.h>

#define SICK_VFS "sick"

enum sick_call
{
    SICK_OPEN,
    SICK_READ,
    SICK_WRITE,
    SICK_SYNC,
    SICK_LOCK, /* of the shared memory, for one who writes */
    SICK_CALL_COUNT
};

/* Registers it, healthy; any number of times. */
void sick_vfs_register(void);

/* From now on the n-th call (counted from 1) and all later ones fail with SQLite's `result`, and
 * the last error is `error`. */
void sick_vfs_fail(enum sick_call call, unsigned int nth, int result, DWORD error);

/* Files can be opened, but for reading only. */
void sick_vfs_make_read_only(void);

/* Nothing fails any more. */
void sick_vfs_heal(void);

/* How many calls there were since sick_vfs_fail or sick_vfs_heal. */
unsigned int sick_vfs_calls(enum sick_call call);

#endif
