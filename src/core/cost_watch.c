#include "core/cost_watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "core/log_name.h"
#include "core/runner.h"
#include "core/settings.h"
#include "io/network_cost.h"
#include "model/cost.h"

#include <stdatomic.h>

#define AGAIN_MS 30000
#define ANSWER_MS 1000 /* an answer is on its way: look again */

static atomic_bool asking; /* a thread is under way */
static atomic_bool known;
static atomic_uint cost;
static atomic_ullong asked_at; /* clock_now() of the last answer */
static atomic_bool wanted;     /* a job's policy depends on an answer that is missing or old */

static UINT32 policy_of(const struct job *job)
{
    UINT64 value = job->numbers[JOB_COST_FLAGS];

    if (!(job->numbers_set >> JOB_COST_FLAGS & 1))
        return COST_POLICY_ALWAYS;
    return job->face == JOB_FACE_DOWNLOAD ? cost_policy_of_download((UINT32)value) : (UINT32)value;
}

UINT64 cost_watch_locked(struct job *job, UINT64 now)
{
    const struct failure_info failure = {.kind = FAILURE_COST};
    UINT32 policy = policy_of(job);
    bool held = job->held;

    job->held = false;
    if (!(~policy & COST_POLICY_ALWAYS))
        return CLOCK_NEVER;
    if (!atomic_load(&known) || now - atomic_load(&asked_at) >= AGAIN_MS)
        atomic_store(&wanted, true);
    if (!atomic_load(&known))
    {
        job->held = true;
        return now + ANSWER_MS;
    }
    job->held = !cost_accepts(policy, atomic_load(&cost));
    if (held && !job->held)
        INFO("%s: the network is cheap enough again", LOG_JOB(job));
    if (job->held)
        job->progress_at = 0; /* nothing is tried: that is no lack of progress */
    if (job->held && (!held || job->state != JOB_TRANSIENT_ERROR))
        job_fail_locked(job, JOB_TRANSIENT_ERROR, &failure, NULL, NULL,
                        "the network costs more than the job may");
    return atomic_load(&wanted) ? now + ANSWER_MS : atomic_load(&asked_at) + AGAIN_MS;
}

static void ask(void *unused)
{
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    UINT32 set = settings_number(L"NetworkCost", COST_UNKNOWN);

    (void)unused;
    atomic_store(&cost, set != COST_UNKNOWN ? set : network_cost());
    atomic_store(&asked_at, clock_now());
    atomic_store(&known, true);
    if (SUCCEEDED(entered))
        CoUninitialize();
    atomic_store(&asking, false);
    runner_wake();
}

void cost_watch_refresh(UINT64 now)
{
    if (!atomic_exchange(&wanted, false) || atomic_exchange(&asking, true))
        return;
    if (SUCCEEDED(thread_start("network cost", ask, NULL, NULL)))
        return;
    WARN("nobody can ask what the network costs");
    atomic_store(&cost, COST_UNKNOWN);
    atomic_store(&asked_at, now);
    atomic_store(&known, true);
    atomic_store(&asking, false);
    runner_wake();
}
