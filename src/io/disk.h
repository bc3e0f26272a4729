#ifndef IO_DISK_H
#define IO_DISK_H

#include "base/platform.h"
#include "base/queue.h"
#include "io/partfile.h"

/* One thread that does file operations in the order they were submitted, so that the engine thread
 * never waits for a disk. An operation is the caller's memory, borrowed from disk_submit until
 * `done` is called; done runs on the disk thread, may free the operation and may submit more. */

enum disk_verb
{
    DISK_CREATE,   /* path -> file */
    DISK_OPEN,     /* path -> file */
    DISK_WRITE,    /* file, offset, data, size */
    DISK_READ,     /* file, offset, data, size -> got */
    DISK_TRUNCATE, /* file, offset = the new size */
    DISK_FLUSH,    /* file */
    DISK_CLOSE,    /* file, which may be NULL -> file = NULL */
    DISK_DELETE,   /* path */
    DISK_RENAME,   /* path -> to */
    DISK_CALL      /* call(op), which sets op->result */
};

struct disk_op
{
    struct queue_node node; /* the queue's */
    enum disk_verb verb;
    struct partfile *file;
    const WCHAR *path; /* not owned */
    const WCHAR *to;   /* not owned */
    UINT64 offset;
    void *data;
    size_t size;
    size_t got;
    void (*call)(struct disk_op *op);
    HRESULT result;
    void (*done)(struct disk_op *op); /* NULL: nobody wants to know */
    void *context;
};

struct disk;

HRESULT disk_start(struct disk **disk);
void disk_submit(struct disk *disk, struct disk_op *op); /* any thread; cannot fail */
/* Does what was submitted, ends the thread and frees. Not on the disk thread; nobody may submit any
 * more but the done functions. */
void disk_stop(struct disk *disk);

#endif
