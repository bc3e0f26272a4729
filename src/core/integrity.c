#include "core/integrity.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/log_name.h"
#include "core/fetch.h"
#include "core/lock.h"
#include "core/piece_check.h"
#include "core/piece_watch.h"
#include "core/transfer_parts.h"
#include "io/partfile.h"

#include <dosvc_codes.h>
#include <stdio.h>
#include <string.h>

#define STEP_SIZE (1u << 20)        /* read at once, so that other files get their turn */
#define FETCH_AGAIN_MAX (64u << 20) /* a larger piece is not kept in memory */
#define FETCHES_MAX 16              /* pieces of one transfer that are fetched again */

struct integrity
{
    struct transfer *transfer;
    bool mandatory;
    char *text; /* the client's */
    struct integrity_info info;
    struct pieces pieces;
    bool known;               /* pieces is what the file must be */
    struct piece_watch watch; /* of the bytes that come, where all of them do */
    struct fetch fetch;       /* of the pieces hash file, then of a piece */
    bool preparing;
    bool stopped;

    struct runner_op op; /* while it is under way the disk thread has what follows */
    struct piece_check check;
    bool failed; /* the part file is of no use and goes */

    unsigned int fetches; /* of pieces, once each */
    size_t last_fetched;
};

/* ---- life ---- */

HRESULT integrity_create_locked(struct transfer *transfer, struct integrity **out)
{
    const struct file *file = transfer->file;
    const struct job *job = file->job;
    const WCHAR *text = file->texts[FILE_INTEGRITY_INFO];
    struct integrity *made;

    if (!text)
        text = job->texts[JOB_INTEGRITY_INFO];
    *out = NULL;
    if (!text)
        return S_OK;
    if (!(made = mem_zalloc(sizeof(*made))))
        return E_OUTOFMEMORY;
    made->transfer = transfer;
    made->mandatory = file->mandatory || job->numbers[JOB_INTEGRITY_MANDATORY];
    made->text = str_utf8_from_wide(text);
    if (!made->text && GetLastError() != ERROR_OUTOFMEMORY)
        made->text = mem_strdup(""); /* what cannot be converted is no JSON either */
    if (!made->text)
    {
        mem_free(made);
        return E_OUTOFMEMORY;
    }
    *out = made;
    return S_OK;
}

void integrity_free(struct integrity *integrity)
{
    if (!integrity)
        return;
    mem_free(integrity->text);
    piece_watch_close(&integrity->watch);
    integrity_info_cleanup(&integrity->info);
    pieces_cleanup(&integrity->pieces);
    fetch_cleanup(&integrity->fetch);
    mem_free(integrity);
}

bool integrity_is_busy(const struct integrity *integrity)
{
    return integrity && integrity->preparing;
}

void integrity_stop(struct integrity *integrity)
{
    if (!integrity || integrity->stopped)
        return;
    integrity->stopped = true;
    fetch_stop(&integrity->fetch);
}

void integrity_tick(struct integrity *integrity, UINT64 now)
{
    if (integrity)
        fetch_tick(&integrity->fetch, now);
}

static void submit(struct integrity *integrity, void (*call)(struct disk_op *),
                   void (*finish)(struct runner_op *))
{
    struct runner *runner = integrity->transfer->runner;

    integrity->op.disk = (struct disk_op){.verb = DISK_CALL, .call = call, .context = integrity};
    integrity->op.finish = finish;
    runner_submit(runner, runner->disk, &integrity->op);
}

/* ---- getting ready ---- */

/* How to check is known, or why it is not: S_OK goes on, and so does a failure where the client
 * does not insist. The transfer may be freed when it returns. */
static void prepared(struct integrity *integrity, HRESULT hr, const char *detail)
{
    struct transfer *transfer = integrity->transfer;

    integrity->preparing = false;
    if (transfer->ending)
        ; /* whatever came of it */
    else if (hr == E_OUTOFMEMORY)
        transfer_end_with(transfer, FAILURE_OUT_OF_MEMORY, hr, NULL);
    else if (FAILED(hr) && integrity->mandatory)
        transfer_end_with(transfer, FAILURE_INTEGRITY_UNAVAILABLE, hr, detail);
    else
    {
        if (FAILED(hr))
            WARN("%s will not be checked, %s: %08lx", LOG_FILE(transfer->file), detail,
                 (unsigned long)hr);
        integrity->known = SUCCEEDED(hr);
        /* if that fails, all of it is read back */
        if (integrity->known && SUCCEEDED(piece_watch_open(&integrity->watch, &integrity->pieces)))
            sink_watch(transfer->sink, &integrity->watch.watcher);
        transfer_ask(transfer);
    }
    transfer_close_when_quiet(transfer);
}

static void parse(struct disk_op *op)
{
    struct integrity *integrity = op->context;

    op->result = pieces_parse(&integrity->info, integrity->fetch.data ? integrity->fetch.data : "",
                              integrity->fetch.size, &integrity->pieces);
}

static void parse_done(struct runner_op *op)
{
    struct integrity *integrity = op->disk.context;

    fetch_cleanup(&integrity->fetch);
    prepared(integrity, op->disk.result, "its pieces hash file is no good");
}

static void hash_file_came(struct fetch *fetch)
{
    struct integrity *integrity = CONTAINER_OF(fetch, struct integrity, fetch);
    struct transfer *transfer = integrity->transfer;

    if (fetch->failure.kind == FAILURE_NONE && !fetch->stopped)
    {
        submit(integrity, parse, parse_done);
        return;
    }
    /* a network that fails now may be there again at the next try */
    if (!transfer->ending && integrity->mandatory && failure_is_transient(&fetch->failure))
        transfer_end(transfer, &fetch->failure, "the pieces hash file cannot be fetched");
    prepared(integrity,
             fetch->failure.kind == FAILURE_OUT_OF_MEMORY ? E_OUTOFMEMORY
                                                          : DO_E_INTEGRITYCHECKINFO_UNAVAILABLE,
             "its pieces hash file cannot be fetched");
}

/* A part of a file, a stream and an answer without a body are not what the digests are of. */
static bool can_be_checked(const struct transfer *transfer)
{
    return !transfer->file->stream && !transfer->file->range_count &&
           !security_is_head(&transfer->security);
}

void integrity_prepare(struct transfer *transfer)
{
    struct integrity *integrity = transfer->integrity;
    HRESULT hr;

    if (!integrity || transfer->ending)
    {
        transfer_ask(transfer);
        return;
    }
    integrity->preparing = true;
    if (!can_be_checked(transfer))
    {
        prepared(integrity, DO_E_INTEGRITYCHECKINFO_UNAVAILABLE, "only whole files can be");
        return;
    }
    hr = integrity_info_parse(integrity->text, &integrity->info);
    if (SUCCEEDED(hr) && integrity->info.has_file_digest)
        hr = pieces_of_file(integrity->info.file_digest, &integrity->pieces);
    if (FAILED(hr) || integrity->info.has_file_digest)
    {
        prepared(integrity, hr, "its IntegrityCheckInfo is no good");
        return;
    }
    integrity->fetch =
        (struct fetch){.transfer = transfer, .most = PIECES_FILE_MAX, .done = hash_file_came};
    lstrcpynA(integrity->fetch.url, integrity->info.pieces_url, sizeof(integrity->fetch.url));
    fetch_start(&integrity->fetch);
}

/* ---- the check ---- */

static void step(struct disk_op *op)
{
    struct integrity *integrity = op->context;

    op->result = piece_check_step(&integrity->check);
}

static void mend(struct disk_op *op)
{
    struct integrity *integrity = op->context;

    op->result = piece_check_mend(&integrity->check, integrity->fetch.data, integrity->fetch.size);
}

static void close_all(struct disk_op *op)
{
    struct integrity *integrity = op->context;

    piece_check_close(&integrity->check);
    op->result = integrity->failed ? partfile_delete(integrity->check.path) : S_OK;
}

static void closed(struct runner_op *op)
{
    struct integrity *integrity = op->disk.context;
    struct transfer *transfer = integrity->transfer;
    struct file *file = transfer->file;

    if (integrity->failed)
    {
        transfer_forget_content(transfer, true);
        lock_take(&engine_lock);
        file->highest = 0;
        file->part_made = FAILED(op->disk.result); /* if so, it is cut to nothing when opened */
        lock_drop(&engine_lock);
    }
    transfer_checked(transfer);
}

static void end(struct integrity *integrity, enum failure kind, HRESULT hr, const char *detail)
{
    struct transfer_end *result = &integrity->transfer->end;

    result->stopped = integrity->stopped;
    if (!integrity->stopped)
    {
        result->failure = (struct failure_info){.kind = kind, .hr = (uint32_t)hr};
        lstrcpynA(result->detail, detail ? detail : "", sizeof(result->detail));
        integrity->failed = kind == FAILURE_DIGEST_MISMATCH;
    }
    submit(integrity, close_all, closed);
}

static void go_on(struct integrity *integrity);

static void mended(struct runner_op *op)
{
    struct integrity *integrity = op->disk.context;

    fetch_cleanup(&integrity->fetch);
    if (FAILED(op->disk.result))
        end(integrity, FAILURE_LOCAL_FILE, op->disk.result, "the part file cannot be written");
    else
        go_on(integrity);
}

static void fail_piece(struct integrity *integrity)
{
    char detail[JOB_DETAIL_CHARS];

    snprintf(detail, sizeof(detail), "piece %llu of %llu does not have its digest",
             (unsigned long long)integrity->check.piece + 1,
             (unsigned long long)integrity->pieces.count);
    end(integrity, FAILURE_DIGEST_MISMATCH, S_OK,
        integrity->pieces.size == UINT64_MAX ? "the file does not have its digest" : detail);
}

static void piece_came(struct fetch *fetch)
{
    struct integrity *integrity = CONTAINER_OF(fetch, struct integrity, fetch);

    if (fetch->failure.kind == FAILURE_NONE && !fetch->stopped)
        submit(integrity, mend, mended);
    else
        fail_piece(integrity);
}

/* What a cache gave was wrong, so it is not asked again. */
static const char *url_of_good_bytes(const struct transfer *transfer)
{
    if (transfer->source.index != SOURCE_CACHE)
        return transfer->url;
    lock_take(&engine_lock);
    source_damaged_locked(transfer->file, &transfer->source);
    lock_drop(&engine_lock);
    return transfer->source.home;
}

static void fetch_piece_again(struct integrity *integrity)
{
    struct transfer *transfer = integrity->transfer;
    const struct piece_check *check = &integrity->check;
    UINT64 length = piece_check_length(check);

    if ((integrity->fetches && integrity->last_fetched == check->piece) ||
        integrity->fetches == FETCHES_MAX || integrity->pieces.size == UINT64_MAX ||
        length > FETCH_AGAIN_MAX)
    {
        fail_piece(integrity);
        return;
    }
    WARN("%s: piece %llu is bad, fetching it again", LOG_FILE(transfer->file),
         (unsigned long long)integrity->check.piece + 1);
    integrity->fetches++;
    integrity->last_fetched = check->piece;
    fetch_cleanup(&integrity->fetch);
    integrity->fetch = (struct fetch){.transfer = transfer,
                                      .first = piece_check_start(check),
                                      .length = length,
                                      .most = (size_t)length,
                                      .fresh = true,
                                      .done = piece_came};
    lstrcpynA(integrity->fetch.url, url_of_good_bytes(transfer), sizeof(integrity->fetch.url));
    fetch_start(&integrity->fetch);
}

static void stepped(struct runner_op *op)
{
    struct integrity *integrity = op->disk.context;

    if (op->disk.result == E_OUTOFMEMORY)
        end(integrity, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, NULL);
    else if (FAILED(op->disk.result))
        end(integrity, FAILURE_LOCAL_FILE, op->disk.result, "the part file cannot be read");
    else if (integrity->check.bad && !integrity->stopped)
        fetch_piece_again(integrity);
    else
        go_on(integrity);
}

/* Checking is progress, or a large file would run into the limit for want of it. */
static void tell_progress(const struct integrity *integrity)
{
    lock_take(&engine_lock);
    integrity->transfer->file->job->progress_at = clock_now();
    lock_drop(&engine_lock);
}

static void go_on(struct integrity *integrity)
{
    tell_progress(integrity);
    if (integrity->stopped || integrity->check.piece == integrity->pieces.count)
        end(integrity, FAILURE_NONE, S_OK, NULL);
    else
        submit(integrity, step, stepped);
}

bool integrity_check(struct transfer *transfer)
{
    struct integrity *integrity = transfer->integrity;

    if (!integrity || !integrity->known)
        return false;
    integrity->check = (struct piece_check){.path = transfer->file->texts[FILE_TEMPORARY_NAME],
                                            .pieces = &integrity->pieces,
                                            .total = transfer->total};
    integrity->check.piece = piece_watch_good(&integrity->watch, transfer->total);
    integrity->check.offset = MIN(piece_check_start(&integrity->check), transfer->total);
    if (integrity->pieces.length != UINT64_MAX && integrity->pieces.length != transfer->total)
        end(integrity, FAILURE_DIGEST_MISMATCH, DO_E_METAINFO_FILE_SIZE,
            "the file has another size than its pieces hash file says");
    else
        go_on(integrity);
    return true;
}
