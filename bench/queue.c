/*
 * A queue of many jobs, opened by a process that begins: until the manager is there, until all jobs
 * are enumerated, and the memory of each.
 *
 *     queue [JOBS [RUNS]]
 *     queue --open FILE      the process that begins; FILE gets its three numbers
 */
#include "lib/jobs.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define JOBS 10000
#define RUNS 5

static int open_queue(const char *result)
{
    IEnumBackgroundCopyJobs *list = NULL;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    double start, created, listed;
    unsigned int count = 0;
    SIZE_T before;
    FILE *file;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    before = measure_working_set();
    start = measure_now();
    if (FAILED(jobs_manager(&manager)))
        return 1;
    created = measure_now();
    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &list)))
        return 1;
    while (IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Release(job);
        count++;
    }
    listed = measure_now();
    if (!(file = fopen(result, "wb")))
        return 1;
    fprintf(file, "%u %.6f %.6f %llu\n", count, (created - start) * 1e3, (listed - created) * 1e3,
            (unsigned long long)(measure_working_set() - before));
    fclose(file);
    IEnumBackgroundCopyJobs_Release(list);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return 0;
}

static bool run_child(const WCHAR *result)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command[2 * MAX_PATH + 32], self[MAX_PATH];
    PROCESS_INFORMATION process;
    DWORD code = 1;

    GetModuleFileNameW(NULL, self, MAX_PATH);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" --open \"%ls\"", self, result);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return false;
    WaitForSingleObject(process.hProcess, 60000);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return !code;
}

/* In the process that holds them now and leaves them to the store. */
static HRESULT fill(unsigned int jobs, const WCHAR *folder)
{
    IBackgroundCopyManager *manager;
    WCHAR path[MAX_PATH];
    unsigned int i;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = jobs_manager(&manager);
    for (i = 0; SUCCEEDED(hr) && i < jobs; i++)
    {
        IBackgroundCopyJob *job;

        swprintf(path, MAX_PATH, L"%ls\\%u.bin", folder, i);
        hr = jobs_create(manager, L"http://127.0.0.1:1/file.bin", path, &job);
        if (SUCCEEDED(hr))
            IBackgroundCopyJob_Release(job);
    }
    if (SUCCEEDED(hr))
        IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return hr;
}

int main(int argc, char **argv)
{
    static double created[REPORT_RUNS_MAX], listed[REPORT_RUNS_MAX], memory[REPORT_RUNS_MAX];
    unsigned int jobs = argc > 1 ? (unsigned int)atoi(argv[1]) : JOBS;
    unsigned int runs = argc > 2 ? (unsigned int)atoi(argv[2]) : RUNS;
    WCHAR folder[MAX_PATH], result[MAX_PATH];
    unsigned int run, found = 0;
    unsigned long long bytes;
    FILE *file;

    if (argc == 3 && !strcmp(argv[1], "--open"))
        return open_queue(argv[2]);
    if (!jobs || !runs || runs > REPORT_RUNS_MAX || !jobs_own_queue(folder) ||
        FAILED(fill(jobs, folder)))
        return 1;
    swprintf(result, MAX_PATH, L"%ls\\result.txt", folder);
    for (run = 0; run < runs; run++)
    {
        if (!run_child(result) || !(file = _wfopen(result, L"rb")))
            return 1;
        if (fscanf(file, "%u %lf %lf %llu", &found, &created[run], &listed[run], &bytes) != 4)
            found = 0;
        fclose(file);
        memory[run] = (double)bytes / jobs;
    }
    jobs_remove_queue(folder);
    if (found != jobs)
    {
        printf("queue: %u of %u jobs were found\n", found, jobs);
        return 1;
    }
    report_result("queue", "CoCreateInstance", report_way("queue", "create", "ms", created, runs),
                  AT_MOST, 300, "ms");
    report_result("queue", "EnumJobs", report_way("queue", "enum", "ms", listed, runs), AT_MOST,
                  200, "ms");
    report_result("queue", "memory of a job", report_way("queue", "memory", "bytes", memory, runs),
                  AT_MOST, 4096, "bytes");
    return 0;
}
