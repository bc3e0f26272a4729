#include "core/served.h"

#include "base/log.h"
#include "core/lock.h"
#include "core/queue.h"
#include "core/table.h"

#include <stdatomic.h>

static atomic_bool served;

void served_begin(void)
{
    atomic_store(&served, true);
}

void served_take_part(void)
{
    HRESULT hr = S_OK;

    if (atomic_load(&served))
        hr = queue_lock_try(queue_locks(), QUEUE_LOCK_CLIENTS, true);
    if (FAILED(hr))
        WARN("the local server may leave early: 0x%08x", (unsigned int)hr);
}

static bool a_job_runs(void)
{
    const struct job *job;

    lock_take_shared(&engine_lock);
    for (job = table_first_locked(); job && !job_runs_locked(job); job = job->next)
        ;
    lock_drop_shared(&engine_lock);
    return job != NULL;
}

bool served_is_over(void)
{
    return !a_job_runs() && queue_lock_try(queue_locks(), QUEUE_LOCK_CLIENTS, false) == S_OK;
}
