/*
 * From an event to the client's callback, in the MTA: 1,000 FileTransferred a second, paced, over
 * 100 jobs. The library is inside this program, so that the event's moment is known exactly.
 *
 *     notify [EVENTS]
 */
#include "com/factory.h"
#include "core/job.h"
#include "core/lock.h"
#include "lib/jobs.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define JOBS 100
#define EVENTS 10000

static struct listener
{
    IBackgroundCopyCallback2 callback;
    IBackgroundCopyJob *job;
    struct job *inner;
    volatile LONG64 sent; /* ticks; 0: nothing is awaited */
} listeners[JOBS];

static double *latencies; /* microseconds */
static LONG capacity;
static volatile LONG count;

static HRESULT STDMETHODCALLTYPE listener_QueryInterface(IBackgroundCopyCallback2 *iface,
                                                         REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback) &&
        !IsEqualIID(iid, &IID_IBackgroundCopyCallback2))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE listener_AddRef(IBackgroundCopyCallback2 *iface)
{
    (void)iface;
    return 2; /* lives as long as the process */
}

static HRESULT STDMETHODCALLTYPE listener_JobTransferred(IBackgroundCopyCallback2 *iface,
                                                         IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_JobError(IBackgroundCopyCallback2 *iface,
                                                   IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_JobModification(IBackgroundCopyCallback2 *iface,
                                                          IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_FileTransferred(IBackgroundCopyCallback2 *iface,
                                                          IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    struct listener *listener = CONTAINER_OF(iface, struct listener, callback);
    UINT64 now = measure_ticks();
    UINT64 sent = (UINT64)InterlockedExchange64(&listener->sent, 0);
    LONG at;

    (void)job;
    (void)file;
    if (sent && (at = InterlockedIncrement(&count) - 1) < capacity)
        latencies[at] = (double)(now - sent) / measure_ticks_per_second() * 1e6;
    return S_OK;
}

static const IBackgroundCopyCallback2Vtbl listener_vtbl = {
    listener_QueryInterface, listener_AddRef,   listener_AddRef,
    listener_JobTransferred, listener_JobError, listener_JobModification,
    listener_FileTransferred};

static HRESULT listen_to_job(IBackgroundCopyManager *manager, const WCHAR *path,
                             struct listener *listener)
{
    GUID id;
    HRESULT hr;

    listener->callback.lpVtbl = &listener_vtbl;
    hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id,
                                          &listener->job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFile(listener->job, L"http://127.0.0.1:1/file", path);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyFlags(listener->job, BG_NOTIFY_FILE_TRANSFERRED);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(listener->job, (IUnknown *)&listener->callback);
    if (SUCCEEDED(hr))
        hr = engine_find_job(JOB_FACE_DO, &id, &listener->inner);
    return hr;
}

static void send_events(void)
{
    const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED};
    double next = measure_now();
    LONG i;

    for (i = 0; i < capacity; i++)
    {
        struct listener *listener = &listeners[i % JOBS];

        next += 1e-3;
        if (next < measure_now())
            next = measure_now();
        while (measure_now() < next)
            Sleep(1);
        lock_take(&engine_lock);
        listener->sent = (LONG64)measure_ticks();
        listener->inner->observer->notify(listener->inner->observer, &event);
        lock_drop(&engine_lock);
    }
    Sleep(500); /* the last ones */
}

int main(int argc, char **argv)
{
    IBackgroundCopyManager *manager;
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    size_t i;

    capacity = argc > 1 ? atoi(argv[1]) : EVENTS;
    if (capacity < 1 || !(latencies = calloc((size_t)capacity, sizeof(*latencies))) ||
        !jobs_own_queue(folder))
        return 2;
    measure_ticks_per_second();
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(factory_create_instance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                                       (void **)&manager)))
        return 1;
    for (i = 0; i < JOBS; i++)
    {
        swprintf(path, MAX_PATH, L"%ls\\%u.bin", folder, (unsigned int)i);
        if (FAILED(listen_to_job(manager, path, &listeners[i])))
            return 1;
    }
    Sleep(500); /* what the registrations themselves told */
    count = 0;
    send_events();
    report_result("notify", "events that arrived", (double)count / capacity, AT_LEAST, 0.99, "");
    report_result("notify", "p50", report_quantile(latencies, (size_t)MIN(count, capacity), 0.5),
                  AT_MOST, 30, "us");
    report_result("notify", "p99", report_quantile(latencies, (size_t)MIN(count, capacity), 0.99),
                  AT_MOST, 500, "us");
    for (i = 0; i < JOBS; i++)
    {
        IBackgroundCopyJob_SetNotifyInterface(listeners[i].job, NULL);
        IBackgroundCopyJob_Cancel(listeners[i].job);
        job_release(listeners[i].inner);
        IBackgroundCopyJob_Release(listeners[i].job);
    }
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    jobs_remove_queue(folder);
    return 0;
}
