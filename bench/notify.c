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
#include "lib/listener.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define JOBS 100
#define EVENTS 10000

static struct watched /* job */
{
    struct listener listener;
    IBackgroundCopyJob *job;
    struct job *inner;
    volatile LONG64 sent; /* ticks; 0: nothing is awaited */
} jobs[JOBS];

static double *latencies; /* microseconds */
static LONG capacity;
static volatile LONG count;

static void told(struct listener *from)
{
    struct watched *watched = CONTAINER_OF(from, struct watched, listener);
    UINT64 now = measure_ticks();
    UINT64 sent = (UINT64)InterlockedExchange64(&watched->sent, 0);
    LONG at;

    if (sent && (at = InterlockedIncrement(&count) - 1) < capacity)
        latencies[at] = (double)(now - sent) / measure_ticks_per_second() * 1e6;
}

static HRESULT listen_to_job(IBackgroundCopyManager *manager, const WCHAR *path,
                             struct watched *watched)
{
    GUID id;
    HRESULT hr;

    listener_init(&watched->listener, told);
    hr = IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id,
                                          &watched->job);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_AddFile(watched->job, L"http://127.0.0.1:1/file", path);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyFlags(watched->job, BG_NOTIFY_FILE_TRANSFERRED);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_SetNotifyInterface(watched->job,
                                                   (IUnknown *)&watched->listener.callback);
    if (SUCCEEDED(hr))
        hr = engine_find_job(JOB_FACE_DO, &id, &watched->inner);
    return hr;
}

static void send_events(void)
{
    const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED};
    double next = measure_now();
    LONG i;

    for (i = 0; i < capacity; i++)
    {
        struct watched *watched = &jobs[i % JOBS];

        next += 1e-3;
        if (next < measure_now())
            next = measure_now();
        while (measure_now() < next)
            Sleep(1);
        lock_take(&engine_lock);
        watched->sent = (LONG64)measure_ticks();
        watched->inner->observer->notify(watched->inner->observer, &event);
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
        if (FAILED(listen_to_job(manager, path, &jobs[i])))
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
        IBackgroundCopyJob_SetNotifyInterface(jobs[i].job, NULL);
        IBackgroundCopyJob_Cancel(jobs[i].job);
        job_release(jobs[i].inner);
        IBackgroundCopyJob_Release(jobs[i].job);
    }
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    jobs_remove_queue(folder);
    return 0;
}
