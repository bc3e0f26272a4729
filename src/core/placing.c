#include "core/log_name.h"
#include "core/transfer_parts.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/keeper.h"
#include "core/lock.h"
#include "io/partfile.h"

#define PLACE_AGAIN_MS 500 /* between tries to replace a target that somebody has open */
#define PLACE_LIMIT_MS 10000

static void place_finish(struct runner_op *op)
{
    struct transfer *transfer = op->disk.context;
    HRESULT hr = op->disk.result;

    if (partfile_is_in_use(hr) && clock_now() < transfer->place_until)
    {
        INFO("%s: somebody has the target open", LOG_FILE(transfer->file));
        transfer->place_at = clock_now() + PLACE_AGAIN_MS;
        return;
    }
    if (SUCCEEDED(hr))
    {
        lock_take(&engine_lock);
        transfer->file->in_place = true;
        lock_drop(&engine_lock);
    }
    else
        transfer_fail_late(transfer, hr, "the file cannot be put in place");
    transfer_report(transfer);
}

/* Both names are fixed while the transfer lives. */
void transfer_place(struct transfer *transfer)
{
    struct file *file = transfer->file;

    transfer->place_at = CLOCK_NEVER;
    transfer->place_op.disk = (struct disk_op){.verb = DISK_RENAME,
                                               .path = file->texts[FILE_TEMPORARY_NAME],
                                               .to = file->texts[FILE_LOCAL_NAME],
                                               .context = transfer};
    transfer->place_op.finish = place_finish;
    runner_submit(transfer->runner, transfer->runner->disk, &transfer->place_op);
}

static void placing_stored(struct runner_op *op)
{
    struct transfer *transfer = op->disk.context;

    if (SUCCEEDED(op->disk.result))
    {
        transfer_place(transfer);
        return;
    }
    transfer_fail_late(transfer, op->disk.result, "the queue cannot be written");
    transfer_report(transfer);
}

/* The store is told first, so that a rename that the process's end cuts off from what follows is
 * recognised at the next start. */
static void store_placing(struct transfer *transfer)
{
    struct runner_op *op = &transfer->place_op;

    op->disk = (struct disk_op){.context = transfer};
    op->runner = transfer->runner;
    op->finish = placing_stored;
    lock_take(&engine_lock);
    keeper_place_locked(transfer->file, op);
    lock_drop(&engine_lock);
}

void transfer_checked(struct transfer *transfer)
{
    const struct transfer_end *result = &transfer->end;
    const struct file *file = transfer->file;

    if (file->job->face == JOB_FACE_DOWNLOAD && !file->stream && !result->stopped &&
        result->failure.kind == FAILURE_NONE)
    {
        transfer->place_until = clock_now() + PLACE_LIMIT_MS;
        store_placing(transfer);
        return;
    }
    transfer_report(transfer);
}
