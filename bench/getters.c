/*
 * How long GetState and GetProgress take, from a thread that calls at random times, about 1,000 a
 * second, while 8 jobs run, and while another process holds the store's write lock for a second at
 * a time (if there is a store).
 *
 *     getters URL [SAMPLES]
 *     getters --hold DATABASE
 */
#include "lib/jobs.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define JOBS 8
#define SAMPLES 20000
#define HOLDS 1000

/* ---- the other process ---- */

static int hold(const char *path)
{
    sqlite3 *database;
    int i, code;

    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL))
        return 1;
    sqlite3_busy_timeout(database, 5000);
    for (i = 0; i < HOLDS; i++)
    {
        code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        Sleep(1000);
        if (!code)
            sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
        Sleep(200);
    }
    sqlite3_close(database);
    return 0;
}

static HANDLE start_holder(const WCHAR *folder)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command[2 * MAX_PATH + 32], path[MAX_PATH], self[MAX_PATH];
    PROCESS_INFORMATION process;

    swprintf(path, MAX_PATH, L"%ls\\queue.db", folder);
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
    {
        puts("getters: no store, so nobody holds it");
        return NULL;
    }
    GetModuleFileNameW(NULL, self, MAX_PATH);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" --hold \"%ls\"", self, path);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* ---- the calls ---- */

static void report(const char *name, double *nanoseconds, size_t count)
{
    char what[64];

    snprintf(what, sizeof(what), "%s p50", name);
    report_result("getters", what, report_quantile(nanoseconds, count, 0.5), AT_MOST, 300, "ns");
    snprintf(what, sizeof(what), "%s p99", name);
    report_result("getters", what, report_quantile(nanoseconds, count, 0.99) / 1e3, AT_MOST, 20,
                  "us");
    snprintf(what, sizeof(what), "%s longest", name);
    report_result("getters", what, report_quantile(nanoseconds, count, 1) / 1e6, AT_MOST, 5, "ms");
}

static void measure(IBackgroundCopyJob *const *jobs, size_t count)
{
    double *state_ns = calloc(count, sizeof(double)), *progress_ns = calloc(count, sizeof(double));
    double rate = measure_ticks_per_second();
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    size_t i;

    for (i = 0; state_ns && progress_ns && i < count; i++)
    {
        IBackgroundCopyJob *job = jobs[rand() % JOBS];
        UINT64 wait = (UINT64)(rand() % 500) * (UINT64)(rate / 1e6);
        UINT64 start, between;

        Sleep(1);
        for (start = measure_ticks(); measure_ticks() - start < wait;)
            ;
        start = measure_ticks();
        IBackgroundCopyJob_GetState(job, &state);
        between = measure_ticks();
        IBackgroundCopyJob_GetProgress(job, &progress);
        progress_ns[i] = (double)(measure_ticks() - between) / rate * 1e9;
        state_ns[i] = (double)(between - start) / rate * 1e9;
    }
    report("GetState", state_ns, i);
    report("GetProgress", progress_ns, i);
    free(state_ns);
    free(progress_ns);
}

int main(int argc, char **argv)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *jobs[JOBS];
    WCHAR folder[MAX_PATH], url[1024], path[MAX_PATH];
    HANDLE holder;
    size_t i;

    if (argc == 3 && !strcmp(argv[1], "--hold"))
        return hold(argv[2]);
    if (argc < 2 || !jobs_own_queue(folder))
    {
        fprintf(stderr, "usage: getters URL [SAMPLES]\n");
        return 2;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(jobs_manager(&manager)))
        return 1;
    MultiByteToWideChar(CP_UTF8, 0, argv[1], -1, url, ARRAY_SIZE(url));
    for (i = 0; i < JOBS; i++)
    {
        swprintf(path, MAX_PATH, L"%ls\\%u.bin", folder, (unsigned int)i);
        if (FAILED(jobs_create(manager, url, path, &jobs[i])) ||
            FAILED(IBackgroundCopyJob_Resume(jobs[i])))
            return 1;
    }
    holder = start_holder(folder);
    measure(jobs, argc > 2 ? (size_t)atoi(argv[2]) : SAMPLES);
    if (holder)
    {
        TerminateProcess(holder, 0);
        WaitForSingleObject(holder, 5000);
        CloseHandle(holder);
    }
    for (i = 0; i < JOBS; i++)
    {
        IBackgroundCopyJob_Cancel(jobs[i]);
        IBackgroundCopyJob_Release(jobs[i]);
    }
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    jobs_remove_queue(folder);
    return 0;
}
