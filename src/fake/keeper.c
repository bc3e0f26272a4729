/* There is no keeper: no other process, and nothing to write behind. */
#include "core/keeper.h"

#include "core/claim.h"
#include "core/import.h"
#include "core/lock.h"
#include "core/peers.h"

HRESULT keeper_start(void)
{
    return S_OK;
}

void keeper_stop(void)
{
}

INT64 keeper_process(void)
{
    return 1;
}

void keeper_wake(void)
{
}

/* The queue stays open: nothing of it is to be seen, and its jobs live until they are ended. */
void keeper_poke(void)
{
}

void keeper_note_job_locked(struct job *job)
{
    (void)job;
}

HRESULT import_job(struct job *job)
{
    return job_hr(job, FAILURE_INVALID_STATE);
}

void peers_catch_up(void)
{
}

/* ---- jobs run nowhere but in the test's script ---- */

void claim_ask_locked(struct job *job)
{
    job->mine = true;
}

bool claim_first(struct job *job)
{
    (void)job;
    return false;
}

void claim_adopt_locked(struct job *job)
{
    (void)job;
}

void claim_give_back(struct job *job)
{
    (void)job;
}

bool claim_is_runner_locked(const struct job *job)
{
    (void)job;
    return false;
}

HRESULT claim_wait(struct job *job)
{
    lock_take(&engine_lock);
    job->mine = true;
    lock_drop(&engine_lock);
    return S_OK;
}
