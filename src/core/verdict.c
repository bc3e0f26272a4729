#include "core/verdict.h"

#include "base/mem.h"
#include "core/lock.h"
#include "core/transfer_parts.h"

struct verdict
{
    struct runner_op op;
    struct disk *thread;
    struct transfer *transfer;
    struct certificate *certificate;
};

static void verdict_free(struct verdict *verdict)
{
    disk_stop(verdict->thread);
    mem_free(verdict->certificate);
    mem_free(verdict);
}

static void verdict_call(struct disk_op *op)
{
    const struct verdict *verdict = op->context;
    struct certificate_judge *judge = verdict->transfer->security.judge;

    op->result = judge->judge(judge, verdict->transfer->file, verdict->certificate);
}

/* Only a judge that is still the job's is remembered. */
static void approve(struct transfer *transfer, const BYTE *hash)
{
    struct job *job = transfer->file->job;

    memcpy(transfer->security.approved, hash, CERTIFICATE_HASH_SIZE);
    lock_take(&engine_lock);
    if (job->judge == transfer->security.judge)
        memcpy(job->approved, hash, CERTIFICATE_HASH_SIZE);
    lock_drop(&engine_lock);
}

static void verdict_finish(struct runner_op *op)
{
    struct verdict *verdict = op->disk.context;
    struct transfer *transfer = verdict->transfer;
    HRESULT hr = op->disk.result;

    transfer->verdict = NULL;
    if (hr == S_OK)
        approve(transfer, verdict->certificate->hash);
    verdict_free(verdict);
    if (hr == S_OK)
        transfer_ask(transfer);
    else if (hr == CO_E_OBJNOTCONNECTED)
        transfer_end_with(transfer, FAILURE_NO_JUDGE, S_OK, NULL);
    else
        transfer_end_with(transfer, FAILURE_CERTIFICATE_REFUSED, FAILED(hr) ? hr : S_OK,
                          "the client refused the server's certificate");
    transfer_close_when_quiet(transfer);
}

void verdict_ask(struct transfer *transfer, struct certificate *certificate)
{
    struct verdict *verdict = NULL;
    HRESULT hr = E_OUTOFMEMORY;

    if (!transfer->ending && !transfer->security.judge)
        transfer_end_with(transfer, FAILURE_NO_JUDGE, S_OK, NULL);
    else if (!transfer->ending && (!(verdict = mem_zalloc(sizeof(*verdict))) ||
                                   FAILED(hr = disk_start(&verdict->thread))))
        transfer_end_with(transfer, FAILURE_INTERNAL, hr, NULL);
    if (!verdict || transfer->ending)
    {
        mem_free(verdict);
        mem_free(certificate);
        return;
    }
    verdict->transfer = transfer;
    verdict->certificate = certificate;
    verdict->op.disk.verb = DISK_CALL;
    verdict->op.disk.call = verdict_call;
    verdict->op.disk.context = verdict;
    verdict->op.finish = verdict_finish;
    transfer->verdict = verdict;
    runner_submit(transfer->runner, verdict->thread, &verdict->op);
}
