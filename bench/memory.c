/*
 * How the process grows while a large file arrives: above what it was before the job began, and in
 * the second half against the first.
 *
 *     memory URL [RUNS]
 */
#include "lib/download.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <stdio.h>
#include <stdlib.h>

#define GOAL_MIB 24.0
#define FLAT_MIB 1.0

struct watcher
{
    struct memory_watch watch;
    UINT64 half; /* bytes */
};

static void watch_half(void *context, IBackgroundCopyJob *job)
{
    struct watcher *watcher = context;
    BG_JOB_PROGRESS progress = {0};
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;

    while (state < BG_JOB_STATE_SUSPENDED && progress.BytesTransferred < watcher->half)
    {
        Sleep(20);
        if (FAILED(IBackgroundCopyJob_GetProgress(job, &progress)) ||
            FAILED(IBackgroundCopyJob_GetState(job, &state)))
            return;
    }
    memory_watch_half(&watcher->watch);
}

int main(int argc, char **argv)
{
    static double growth[REPORT_RUNS_MAX], drift[REPORT_RUNS_MAX];
    struct download download = DOWNLOAD_BY_DOSVC;
    unsigned int runs = argc > 2 ? (unsigned int)atoi(argv[2]) : 5;
    IBackgroundCopyManager *manager;
    struct watcher watcher;
    struct target target;
    unsigned int run;

    if (argc < 2 || !runs || runs > REPORT_RUNS_MAX || !target_init(&target, argv[1]) ||
        !target_ask_size(&target))
    {
        fprintf(stderr, "usage: memory URL [RUNS]\n");
        return 2;
    }
    watcher.half = target.size / 2;
    download.running = watch_half;
    download.running_context = &watcher;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(CoCreateInstance(&CLSID_DosvcManager, NULL, CLSCTX_INPROC_SERVER,
                                &IID_IBackgroundCopyManager, (void **)&manager)))
        return 1;
    for (run = 0; run < runs; run++)
    {
        HRESULT hr;

        memory_watch_start(&watcher.watch);
        hr = download_target(&download, &target);
        memory_watch_stop(&watcher.watch);
        DeleteFileW(target.path);
        if (FAILED(hr))
        {
            fprintf(stderr, "failed: 0x%08x\n", (unsigned int)hr);
            return 1;
        }
        growth[run] = (double)watcher.watch.most[0] - (double)watcher.watch.before;
        drift[run] = (double)watcher.watch.most[1] - (double)watcher.watch.most[0];
        growth[run] = (growth[run] + (drift[run] > 0 ? drift[run] : 0)) / (1 << 20);
        drift[run] /= 1 << 20;
    }
    report_result("memory", "growth", report_way("memory", "growth", "MiB", growth, runs), AT_MOST,
                  GOAL_MIB, "MiB");
    report_result("memory", "second half over first",
                  report_way("memory", "drift", "MiB", drift, runs), AT_MOST, FLAT_MIB, "MiB");
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return 0;
}
