#include "core/judge.h"

#include "core/lock.h"

/* Returns the old one, whose reference is the caller's. */
static struct certificate_judge *replace_judge(struct job *job, struct certificate_judge *judge)
{
    struct certificate_judge *old;

    lock_take(&engine_lock);
    old = job->judge;
    job->judge = judge;
    memset(job->approved, 0, sizeof(job->approved));
    lock_drop(&engine_lock);
    return old;
}

void judge_forget(struct job *job)
{
    struct certificate_judge *old = replace_judge(job, NULL);

    if (old)
        old->release(old);
}

HRESULT engine_set_judge(struct job *job, struct certificate_judge *judge)
{
    struct certificate_judge *old;
    HRESULT hr = engine_set_job_number(job, JOB_JUDGED, judge != NULL);

    if (FAILED(hr))
        return hr;
    if (judge)
        judge->addref(judge);
    if ((old = replace_judge(job, judge)))
        old->release(old);
    /* It may have ended meanwhile, which nobody would tell the judge any more. */
    if (job_state_is_final(engine_job_state(job)))
        judge_forget(job);
    return S_OK;
}
