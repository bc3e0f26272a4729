#include "io/disk.h"

#include "base/handle.h"
#include "base/mem.h"
#include "base/thread.h"

struct disk
{
    struct queue queue;
    struct disk_op stop; /* the last one anybody but a done function submits */
    HANDLE thread;
};

static HRESULT perform(struct disk_op *op)
{
    switch (op->verb)
    {
    case DISK_CREATE:
        return partfile_create(op->path, &op->file);
    case DISK_OPEN:
        return partfile_open(op->path, &op->file);
    case DISK_WRITE:
        return partfile_write(op->file, op->offset, op->data, op->size);
    case DISK_READ:
        return partfile_read(op->file, op->offset, op->data, op->size, &op->got);
    case DISK_TRUNCATE:
        return partfile_truncate(op->file, op->offset);
    case DISK_FLUSH:
        return partfile_flush(op->file);
    case DISK_CLOSE:
        partfile_close(op->file);
        op->file = NULL;
        return S_OK;
    case DISK_DELETE:
        return partfile_delete(op->path);
    case DISK_RENAME:
        return partfile_rename(op->path, op->to);
    case DISK_CALL:
        op->call(op);
        return op->result;
    }
    return E_UNEXPECTED;
}

static void run(void *context)
{
    struct disk *disk = context;
    struct queue_node *node;
    struct disk_op *op;
    bool stopping = false;

    /* what done functions submitted behind the stop is done as well */
    while ((node = queue_pop(&disk->queue, stopping ? 0 : INFINITE)))
    {
        op = CONTAINER_OF(node, struct disk_op, node);
        if (op == &disk->stop)
        {
            stopping = true;
            continue;
        }
        op->result = perform(op);
        if (op->done)
            op->done(op);
    }
}

HRESULT disk_start(struct disk **disk)
{
    struct disk *made;
    HRESULT hr;

    made = mem_zalloc(sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    queue_init(&made->queue);
    hr = thread_start("dosvc disk", run, made, &made->thread);
    if (FAILED(hr))
    {
        mem_free(made);
        return hr;
    }
    *disk = made;
    return S_OK;
}

void disk_submit(struct disk *disk, struct disk_op *op)
{
    queue_push(&disk->queue, &op->node);
}

void disk_stop(struct disk *disk)
{
    if (!disk)
        return;
    disk_submit(disk, &disk->stop);
    WaitForSingleObject(disk->thread, INFINITE);
    handle_close(disk->thread);
    mem_free(disk);
}
