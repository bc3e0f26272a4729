/*
 * The fake as a whole: what it makes, how it ends, and its time.
 */
#include "base/platform.h"

#include "base/clock.h"
#include "base/handle.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/thread.h"
#include "com/factory.h"
#include "com/job_lane.h"
#include "com/status_dispatcher.h"
#include "core/download.h"
#include "core/engine.h"
#include "fake/fake_clock.h"
#include "fake/fake_delivery.h"
#include "fake/refusal.h"

#include "dosvc_fake.h"

HRESULT STDAPICALLTYPE DosvcFakeCreateInstance(REFCLSID clsid, REFIID iid, void **object)
{
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!clsid || !iid)
        return E_INVALIDARG;
    return factory_create_instance(clsid, iid, object);
}

/* ---- the end ---- */

/* Nobody is to hear of it. */
static void let_go_of_client(struct job *job, enum job_face face)
{
    struct status_dispatcher *status;
    struct dispatcher *dispatcher;

    if (face != JOB_FACE_DOWNLOAD)
    {
        if ((dispatcher = job_lane_find(job)))
            dispatcher_close(dispatcher);
    }
    else if (SUCCEEDED(status_dispatcher_of(job, &status)))
        status_dispatcher_set(status, NULL);
}

static HRESULT end_jobs(enum job_face face)
{
    struct job **jobs;
    size_t count;
    HRESULT hr;

    if (FAILED(hr = engine_list_jobs(face, &jobs, &count)))
        return hr;
    while (count--)
    {
        let_go_of_client(jobs[count], face);
        engine_cancel_job(jobs[count]);
        job_release(jobs[count]);
    }
    mem_free(jobs);
    return S_OK;
}

HRESULT STDAPICALLTYPE DosvcFakeReset(void)
{
    HRESULT hr;

    if (fake_delivery_is_this_thread())
        return RPC_E_WRONG_THREAD;
    refusal_set(S_OK, 0);
    if (FAILED(hr = end_jobs(JOB_FACE_DO)) || FAILED(hr = end_jobs(JOB_FACE_BITS)) ||
        FAILED(hr = end_jobs(JOB_FACE_DOWNLOAD)))
        return hr;
    /* Registrations are let go of where they are used. */
    if (fake_delivery_has_thread())
        fake_delivery_wait(INFINITE);
    else
        fake_delivery_run();
    hr = fake_delivery_stop_thread();
    return FAILED(hr) ? hr : S_OK;
}

void STDAPICALLTYPE DosvcFakeGetLiveCounts(struct dosvc_live_counts *counts)
{
    counts->objects = module_objects_live();
    counts->blocks = mem_live_blocks();
    counts->threads = thread_live();
    counts->handles = handle_live();
    counts->locks = module_server_locks();
}

HRESULT STDAPICALLTYPE DosvcFakeRefuse(HRESULT hr, ULONG times)
{
    if (times && SUCCEEDED(hr))
        return E_INVALIDARG;
    refusal_set(hr, times);
    return S_OK;
}

/* ---- time and threads ---- */

ULONGLONG STDAPICALLTYPE DosvcFakeNow(void)
{
    return clock_now();
}

void STDAPICALLTYPE DosvcFakeAdvance(ULONGLONG milliseconds)
{
    UINT64 now = clock_now(), end, next;

    end = milliseconds < CLOCK_NEVER - 1 - now ? now + milliseconds : CLOCK_NEVER - 1;
    if (!fake_delivery_has_thread())
    {
        fake_delivery_run();
        while ((next = fake_delivery_next()) <= end)
        {
            fake_clock_pass(next);
            fake_delivery_run();
        }
    }
    fake_clock_pass(end);
    fake_delivery_look();
}

HRESULT STDAPICALLTYPE DosvcFakeUseThread(BOOL own)
{
    HRESULT hr = own ? fake_delivery_start_thread() : fake_delivery_stop_thread();

    return FAILED(hr) ? hr : S_OK;
}

HRESULT STDAPICALLTYPE DosvcFakeWait(DWORD milliseconds)
{
    if (fake_delivery_is_this_thread())
        return RPC_E_WRONG_THREAD;
    if (fake_delivery_has_thread())
        return fake_delivery_wait(milliseconds) ? S_OK : HRESULT_FROM_WIN32(WAIT_TIMEOUT);
    fake_delivery_run();
    return S_OK;
}
