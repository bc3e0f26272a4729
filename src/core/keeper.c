#include "core/keeper.h"

#include "base/clock.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "core/claim.h"
#include "core/duty.h"
#include "core/lock.h"
#include "core/notes.h"
#include "core/orphan.h"
#include "core/peers.h"
#include "core/queue.h"
#include "core/sweep.h"

#include <stdatomic.h>

#define BEHIND_MS 100    /* how late a passing state may be written */
#define AGAIN_MS 500     /* after the store failed */
#define FORGET_MS 15000  /* that a disk thread waits for the store, which gives up after 5 s */
#define SWEEP_MS 3600000 /* of the clock */
#define TOGETHER 64      /* jobs in one transaction */

struct keeper
{
    HANDLE wake;   /* auto-reset */
    HANDLE others; /* the store's: another process has committed */
    HANDLE thread; /* joinable; closed by whoever stops it */
    DWORD id;
    atomic_bool awake;  /* wake is set, or the thread has not looked yet */
    atomic_bool urgent; /* something noted must not wait */
    atomic_bool poked;
    atomic_bool stop;
    UINT64 behind_at; /* when to look at what could not be done at once; 0: nothing waits */
    UINT64 show_at;   /* when passing states are written at the latest; 0: none waits */
    UINT64 again_at;  /* not before: the store failed */
    UINT64 claims_at;
    UINT64 sweep_at; /* clock_now() */
    bool own;        /* stopped on its own thread, which frees it */
    struct duty duties[TOGETHER];
    HRESULT results[TOGETHER];
    struct store_request requests[TOGETHER];
};

static struct lock keeper_lock = LOCK_INIT(LOCK_LEAF); /* protects current */
static struct keeper *current;
static INT64 process; /* set before the first job is seen */

/* ---- notes ---- */

static void wake(bool urgent, bool poke)
{
    struct keeper *keeper;

    lock_take_shared(&keeper_lock);
    if ((keeper = current))
    {
        if (urgent)
            atomic_store(&keeper->urgent, true);
        if (poke)
            atomic_store(&keeper->poked, true);
        if (!atomic_exchange(&keeper->awake, true))
            SetEvent(keeper->wake);
    }
    lock_drop_shared(&keeper_lock);
}

void keeper_wake(void)
{
    wake(true, false);
}

void keeper_poke(void)
{
    wake(false, true);
}

void keeper_note_job_locked(struct job *job)
{
    notes_keep_job_locked(job);
    wake(true, false);
}

void keeper_show_locked(struct job *job, enum job_state state)
{
    job_move_locked(job, state);
    if (job->dirty)
        return;
    notes_keep_show_locked(job);
    wake(false, false);
}

void keeper_note_file_locked(struct file *file)
{
    notes_keep_file_locked(file);
    wake(true, false);
}

void keeper_place_locked(struct file *file, struct runner_op *op)
{
    file->placing = op;
    keeper_note_file_locked(file);
}

HRESULT keeper_forget(struct file *file)
{
    UINT64 start = GetTickCount64();
    bool stored;

    lock_take(&engine_lock);
    file->forgotten = true;
    keeper_note_file_locked(file);
    while (file->forgotten && GetTickCount64() - start < FORGET_MS)
        lock_wait(&engine_lock, &engine_changed, AGAIN_MS);
    stored = !file->forgotten;
    file->forgotten = false;
    lock_drop(&engine_lock);
    return stored ? S_OK : HRESULT_FROM_WIN32(ERROR_BUSY);
}

void keeper_end_file_locked(struct file *file)
{
    file->phase = FILE_STORING;
    file->job->storing++;
    keeper_note_file_locked(file);
}

void keeper_fail_job_locked(struct job *job, const struct failure_info *failure, struct file *file,
                            const char *detail)
{
    if (job->failing)
        return; /* the first reason is the reason */
    job->failing = true;
    job->failed = *failure;
    job->failed_file = file;
    if (detail != job->last_detail)
        lstrcpynA(job->last_detail, detail, sizeof(job->last_detail));
    keeper_note_job_locked(job);
}

/* ---- what is noted ---- */

/* As one transaction. */
static void store_duties(struct keeper *keeper, size_t count)
{
    struct store_request *made[TOGETHER];
    size_t used = 0, i;

    for (i = 0; i < count; i++)
    {
        struct change *change = &keeper->duties[i].change;

        keeper->results[i] = change->result;
        made[i] = NULL;
        if (FAILED(change->result) || !change->request.count)
            continue;
        made[i] = &keeper->requests[used++];
        *made[i] = change->request;
    }
    if (used)
        store_commit_all(queue_store(), keeper->requests, used);
    for (i = 0; i < count; i++)
        if (made[i])
            keeper->results[i] = made[i]->result;
}

/* Looks at so many of the noted jobs, at most a transaction's worth; returns how many it were. */
static size_t do_duties(struct keeper *keeper, size_t limit)
{
    size_t looked = 0, count = 0, i;
    struct job *job;

    lock_take(&engine_lock);
    while (looked < MIN(limit, TOGETHER) && (job = notes_take_locked()))
    {
        looked++;
        count += duty_begin_locked(&keeper->duties[count], job);
    }
    lock_drop(&engine_lock);
    store_duties(keeper, count);
    for (i = 0; i < count; i++)
    {
        job = keeper->duties[i].job;
        if (!duty_end(&keeper->duties[i], keeper->results[i]))
            keeper->again_at = GetTickCount64() + AGAIN_MS;
        claim_look(job);
        job_release(job);
    }
    return looked;
}

/* All that are noted now; those that are noted meanwhile have their turn after them. */
static void do_all_duties(struct keeper *keeper)
{
    size_t left = notes_count(), looked;

    for (; left && (looked = do_duties(keeper, left)); left -= looked)
        continue;
}

static void hasten(void)
{
    lock_take(&engine_lock);
    notes_hasten_locked();
    lock_drop(&engine_lock);
}

/* Passing states come later, so that those of many jobs are one transaction. */
static void look_at_shows(struct keeper *keeper)
{
    if (!notes_wait())
        keeper->show_at = 0;
    else if (!keeper->show_at)
        keeper->show_at = GetTickCount64() + BEHIND_MS;
    else if (GetTickCount64() >= keeper->show_at)
    {
        keeper->show_at = 0;
        hasten();
        do_all_duties(keeper);
    }
}

static void look_at_notes(struct keeper *keeper)
{
    bool urgent = atomic_exchange(&keeper->urgent, false);
    UINT64 now = GetTickCount64();

    if (!notes_count())
    {
        keeper->behind_at = 0;
        return;
    }
    if (!keeper->behind_at || urgent)
        keeper->behind_at = now + (urgent ? 0 : BEHIND_MS);
    if (now < keeper->behind_at || now < keeper->again_at)
        return;
    keeper->behind_at = 0;
    do_all_duties(keeper);
    if (notes_count()) /* those that somebody changes just now */
        keeper->behind_at = GetTickCount64() + BEHIND_MS;
}

/* ---- the thread ---- */

/* Jobs that nobody touched for too long go also where a process runs for months. */
static void look_for_old_jobs(struct keeper *keeper)
{
    if (clock_now() < keeper->sweep_at)
        return;
    keeper->sweep_at = clock_now() + SWEEP_MS;
    sweep_begin(NULL);
}

static void turn(struct keeper *keeper)
{
    look_for_old_jobs(keeper);
    look_at_notes(keeper);
    look_at_shows(keeper);
    keeper->claims_at = claim_turn();
    keeper->claims_at = MIN(keeper->claims_at, orphan_turn());
    if (peers_look(claim_has_taken()) && claim_has_taken())
        claim_confirm();
}

static void wait_for_work(struct keeper *keeper)
{
    HANDLE handles[] = {keeper->others, keeper->wake};
    UINT64 until = MIN(peers_next(), keeper->claims_at);
    UINT64 now = GetTickCount64();
    DWORD result;

    if (keeper->behind_at)
        until = MIN(until, MAX(keeper->behind_at, keeper->again_at));
    if (keeper->show_at)
        until = MIN(until, keeper->show_at);
    result = WaitForMultipleObjects(ARRAY_SIZE(handles), handles, FALSE,
                                    until > now ? (DWORD)(until - now) : 0);
    if (result == WAIT_OBJECT_0)
        peers_rang();
    atomic_store(&keeper->awake, false);
}

/* What is noted is written once more, whatever comes of it, and nothing is left behind. */
static void leave(struct keeper *keeper)
{
    struct job *job;

    do_all_duties(keeper);
    hasten();
    do_all_duties(keeper);
    lock_take(&engine_lock);
    notes_hasten_locked();
    while ((job = notes_take_locked()))
    {
        lock_drop(&engine_lock);
        job_release(job);
        lock_take(&engine_lock);
    }
    lock_drop(&engine_lock);
    claim_drop_all();
    orphan_forget();
    peers_forget();
}

static void keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return;
    handle_close(keeper->wake);
    handle_close(keeper->thread);
    mem_free(keeper);
}

static void thread_run(void *context)
{
    struct keeper *keeper = context;

    keeper->id = GetCurrentThreadId();
    keeper->sweep_at = clock_now() + SWEEP_MS; /* who opened the queue has looked */
    while (!atomic_load(&keeper->stop))
    {
        turn(keeper);
        if (atomic_exchange(&keeper->poked, false) && queue_close_if_idle())
            break;
        wait_for_work(keeper);
    }
    if (keeper->own)
        keeper_free(keeper);
    else
        leave(keeper);
}

HRESULT keeper_start(void)
{
    struct keeper *keeper = mem_zalloc(sizeof(*keeper));
    HRESULT hr;

    if (!keeper)
        return E_OUTOFMEMORY;
    hr = HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
    if (!(keeper->wake = handle_event(false, false)))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else if (SUCCEEDED(hr = store_enter(queue_store(), &process, &keeper->others)))
    {
        lock_take(&keeper_lock);
        current = keeper;
        lock_drop(&keeper_lock);
        hr = thread_start("dosvc keeper", thread_run, keeper, &keeper->thread);
    }
    if (FAILED(hr))
    {
        lock_take(&keeper_lock);
        current = NULL;
        lock_drop(&keeper_lock);
        keeper_free(keeper);
    }
    return hr;
}

INT64 keeper_process(void)
{
    return process;
}

void keeper_stop(void)
{
    struct keeper *keeper;

    lock_take(&keeper_lock);
    keeper = current;
    current = NULL;
    lock_drop(&keeper_lock);
    if (!keeper)
        return;
    if (keeper->id == GetCurrentThreadId())
    {
        keeper->own = true;
        leave(keeper);
        return;
    }
    atomic_store(&keeper->stop, true);
    SetEvent(keeper->wake);
    WaitForSingleObject(keeper->thread, INFINITE);
    keeper_free(keeper);
}
