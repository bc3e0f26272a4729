/*
 * From an event to the client's callback, one at a time, in the MTA and in an STA that pumps;
 * beside it a bare event and a bare message. The library is inside this program, so that the
 * event's moment is known exactly.
 *
 *     callback [RUNS]
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

#define EVENTS 200    /* of a run */
#define LIMIT_MS 5000 /* until a callback has come */

static double values[REPORT_RUNS_MAX];
static size_t runs = 9;
static WCHAR folder[MAX_PATH];

static void fail(const char *what)
{
    fprintf(stderr, "callback: %s failed\n", what);
    jobs_remove_queue(folder);
    exit(1);
}

/* ---- what arrives ---- */

static volatile LONG64 sent; /* ticks; 0: nothing is awaited */
static double latency;       /* microseconds, of the last one */
static HANDLE arrived;       /* auto-reset */

static struct listener listener;

static void note_arrival(void)
{
    UINT64 now = measure_ticks(), then = (UINT64)InterlockedExchange64(&sent, 0);

    if (!then)
        return;
    latency = (double)(now - then) / measure_ticks_per_second() * 1e6;
    SetEvent(arrived);
}

static void told(struct listener *from)
{
    (void)from;
    note_arrival();
}

struct target /* of what is sent; one of them is set */
{
    struct job *job;
    HANDLE wake;
    HWND window;
};

static void send_to(const struct target *target)
{
    static const struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED};

    if (target->job)
        lock_take(&engine_lock);
    sent = (LONG64)measure_ticks();
    if (target->job)
        target->job->observer->notify(target->job->observer, &event);
    else if (target->wake)
        SetEvent(target->wake);
    else
        PostMessageW(target->window, WM_APP, 0, 0);
    if (target->job)
        lock_drop(&engine_lock);
}

/* Each value is the median of a run's events. */
static DWORD WINAPI send_runs(void *context)
{
    double latencies[EVENTS];
    size_t run, i;

    for (run = 0; run < runs; run++)
    {
        for (i = 0; i < EVENTS; i++)
        {
            send_to(context);
            if (WaitForSingleObject(arrived, LIMIT_MS) != WAIT_OBJECT_0)
                fail("an event");
            latencies[i] = latency;
        }
        values[run] = report_quantile(latencies, EVENTS, 0.5);
    }
    return 0;
}

/* The sender is a thread; this one pumps meanwhile. */
static void send_and_pump(struct target *target)
{
    HANDLE sender = CreateThread(NULL, 0, send_runs, target, 0, NULL);
    MSG message;

    while (MsgWaitForMultipleObjects(1, &sender, FALSE, INFINITE, QS_ALLINPUT) != WAIT_OBJECT_0)
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    CloseHandle(sender);
}

static double measure_callbacks(const char *way, DWORD apartment)
{
    struct target target = {NULL, NULL, NULL};
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    WCHAR path[MAX_PATH + 16];
    double median;
    GUID id;

    CoInitializeEx(NULL, apartment);
    swprintf(path, ARRAY_SIZE(path), L"%ls\\callback.bin", folder);
    if (FAILED(factory_create_instance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager,
                                       (void **)&manager)) ||
        FAILED(jobs_create(manager, L"http://127.0.0.1:1/file", path, &job)) ||
        FAILED(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_FILE_TRANSFERRED)) ||
        FAILED(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&listener.callback)) ||
        FAILED(IBackgroundCopyJob_GetId(job, &id)) ||
        FAILED(engine_find_job(JOB_FACE_DO, &id, &target.job)))
        fail("a registration");
    send_and_pump(&target);
    median = report_way("callback", way, "us", values, runs);
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IBackgroundCopyJob_Cancel(job);
    job_release(target.job);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return median;
}

static DWORD WINAPI wait_for_wakes(void *wake)
{
    while (WaitForSingleObject(wake, LIMIT_MS) == WAIT_OBJECT_0)
        note_arrival();
    return 0;
}

static double measure_events(void)
{
    struct target target = {.wake = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE waiter = CreateThread(NULL, 0, wait_for_wakes, target.wake, 0, NULL);

    CloseHandle(waiter);
    send_and_pump(&target);
    return report_way("callback", "event", "us", values, runs);
}

static LRESULT CALLBACK window_main(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    if (message == WM_APP)
        note_arrival();
    return DefWindowProcW(window, message, wparam, lparam);
}

static double measure_messages(void)
{
    static const WNDCLASSW window_class = {.lpfnWndProc = window_main,
                                           .lpszClassName = L"bench-clients"};
    struct target target = {NULL, NULL, NULL};

    RegisterClassW(&window_class);
    target.window = CreateWindowExW(0, window_class.lpszClassName, NULL, 0, 0, 0, 0, 0,
                                    HWND_MESSAGE, NULL, NULL, NULL);
    if (!target.window)
        fail("CreateWindowEx");
    send_and_pump(&target);
    DestroyWindow(target.window);
    return report_way("callback", "message", "us", values, runs);
}

static void compare(const char *what, double value, double peer)
{
    report_result("callback", what, value / peer, NO_GOAL, 0, "");
}

int main(int argc, char **argv)
{
    double peer;

    if (argc > 1 && atoi(argv[1]) > 0)
        runs = (size_t)MIN(atoi(argv[1]), REPORT_RUNS_MAX);
    if (!jobs_own_queue(folder))
        return 2;
    measure_ticks_per_second();
    listener_init(&listener, told);
    arrived = CreateEventW(NULL, FALSE, FALSE, NULL);
    peer = measure_events();
    compare("to the MTA, so many bare events", measure_callbacks("MTA", COINIT_MULTITHREADED),
            peer);
    peer = measure_messages();
    compare("to an STA, so many bare messages", measure_callbacks("STA", COINIT_APARTMENTTHREADED),
            peer);
    jobs_remove_queue(folder);
    return 0;
}
