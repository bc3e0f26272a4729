/*
 * What it costs to have and to call an object, beside what bare Windows does in the same run.
 *
 *     clients call [RUNS]       from the MTA, from an STA, of what the local server gave
 *     clients activate [RUNS]   CoCreateInstance: in-process, and of the local server
 */
#include "lib/jobs.h"
#include "lib/measure.h"
#include "lib/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <wchar.h>

#define CALLS 100000  /* of a run */
#define LIMIT_MS 5000 /* until a process has gone */

static double values[REPORT_RUNS_MAX];
static size_t runs = 9;
static WCHAR folder[MAX_PATH];

static void fail(const char *what)
{
    fprintf(stderr, "clients: %s failed\n", what);
    jobs_remove_queue(folder);
    exit(1);
}

static void enter(DWORD apartment)
{
    if (FAILED(CoInitializeEx(NULL, apartment)))
        fail("CoInitializeEx");
}

static void compare(const char *row, const char *what, double value, double peer)
{
    report_result(row, what, peer ? value / peer : 0, NO_GOAL, 0, "");
}

/* ---- a call ---- */

static HRESULT STDMETHODCALLTYPE bare_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iid;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE bare_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static const IUnknownVtbl bare_vtbl = {bare_QueryInterface, bare_AddRef, bare_AddRef};

/* Nanoseconds a call, median of the runs; job NULL: of a method that does nothing. */
static double measure_calls(const char *way, IBackgroundCopyJob *job)
{
    static IUnknown object = {&bare_vtbl};
    IUnknown *volatile bare = &object; /* so that the call is made */
    BG_JOB_STATE state;
    unsigned int i;
    double start;
    size_t run;

    for (run = 0; run < runs; run++)
    {
        start = measure_now();
        for (i = 0; i < CALLS; i++)
            if (job)
                IBackgroundCopyJob_GetState(job, &state);
            else
                IUnknown_AddRef(bare);
        values[run] = (measure_now() - start) / CALLS * 1e9;
    }
    return report_way("call", way, "ns", values, runs);
}

static double measure_calls_in(const char *way, DWORD apartment, DWORD context)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    WCHAR path[MAX_PATH + 16];
    double median;

    enter(apartment);
    swprintf(path, ARRAY_SIZE(path), L"%ls\\call.bin", folder);
    if (FAILED(CoCreateInstance(&CLSID_DosvcManager, NULL, context, &IID_IBackgroundCopyManager,
                                (void **)&manager)) ||
        FAILED(jobs_create(manager, L"http://127.0.0.1:1/file", path, &job)))
        fail("a job");
    median = measure_calls(way, job);
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return median;
}

static void call_row(void)
{
    double bare = measure_calls("bare", NULL);

    compare("call", "GetState in the MTA, so many bare calls",
            measure_calls_in("MTA", COINIT_MULTITHREADED, CLSCTX_INPROC_SERVER), bare);
    compare("call", "GetState in an STA, so many bare calls",
            measure_calls_in("STA", COINIT_APARTMENTTHREADED, CLSCTX_INPROC_SERVER), bare);
    compare("call", "GetState by the local server, so many bare calls",
            measure_calls_in("server", COINIT_MULTITHREADED, CLSCTX_LOCAL_SERVER), bare);
}

/* ---- an activation ---- */

static bool server_lives(void)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    bool lives = false;
    BOOL more;

    for (more = Process32FirstW(snapshot, &entry); more && !lives;
         more = Process32NextW(snapshot, &entry))
        lives = !_wcsicmp(entry.szExeFile, L"dosvc.exe");
    CloseHandle(snapshot);
    return lives;
}

static void wait_for_server_to_go(void)
{
    double deadline = measure_now() + 4 * LIMIT_MS / 1e3;

    while (server_lives() && measure_now() < deadline)
        Sleep(50);
    if (server_lives())
        fail("the local server's end");
}

static IBackgroundCopyManager *activate(DWORD context, double *milliseconds)
{
    IBackgroundCopyManager *manager;
    double start = measure_now();

    if (FAILED(CoCreateInstance(&CLSID_DosvcManager, NULL, context, &IID_IBackgroundCopyManager,
                                (void **)&manager)))
        fail("CoCreateInstance");
    *milliseconds = (measure_now() - start) * 1e3;
    return manager;
}

static double time_activation(DWORD context)
{
    double milliseconds;
    IBackgroundCopyManager *manager = activate(context, &milliseconds);

    IBackgroundCopyManager_Release(manager);
    return milliseconds;
}

/* While this process holds another manager, of the same way. */
static double measure_later(const char *way, DWORD context)
{
    double first;
    IBackgroundCopyManager *held = activate(context, &first);
    size_t run;

    for (run = 0; run < runs; run++)
        values[run] = time_activation(context);
    IBackgroundCopyManager_Release(held);
    return report_way("activate", way, "ms", values, runs);
}

static double measure_first(void)
{
    size_t run;

    for (run = 0; run < runs; run++)
    {
        wait_for_server_to_go();
        values[run] = time_activation(CLSCTX_LOCAL_SERVER);
    }
    return report_way("activate", "first", "ms", values, runs);
}

/* This program, which ends at once. */
static double measure_process(void)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR self[MAX_PATH], command[MAX_PATH + 16];
    PROCESS_INFORMATION process;
    double start;
    size_t run;

    GetModuleFileNameW(NULL, self, MAX_PATH);
    for (run = 0; run < runs; run++)
    {
        swprintf(command, ARRAY_SIZE(command), L"\"%ls\" nothing", self);
        start = measure_now();
        if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
            fail("CreateProcess");
        WaitForSingleObject(process.hProcess, LIMIT_MS);
        values[run] = (measure_now() - start) * 1e3;
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    }
    return report_way("activate", "process", "ms", values, runs);
}

static void activate_row(void)
{
    double process, in_process;

    enter(COINIT_MULTITHREADED);
    process = measure_process();
    compare("activate", "of the local server, the first, so many bare processes", measure_first(),
            process);
    in_process = measure_later("in-process", CLSCTX_INPROC_SERVER);
    compare("activate", "of the local server, later, so many in-process",
            measure_later("later", CLSCTX_LOCAL_SERVER), in_process);
    CoUninitialize();
}

/* ---- the program ---- */

static const struct row
{
    const char *name;
    void (*measure)(void);
} rows[] = {
    {"call", call_row},
    {"activate", activate_row},
};

int main(int argc, char **argv)
{
    size_t i;

    if (argc > 1 && !strcmp(argv[1], "nothing"))
        return 0;
    if (argc > 2 && atoi(argv[2]) > 0)
        runs = (size_t)MIN(atoi(argv[2]), REPORT_RUNS_MAX);
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        if (argc > 1 && !strcmp(argv[1], rows[i].name))
            break;
    if (i == ARRAY_SIZE(rows) || !jobs_own_queue(folder))
    {
        fprintf(stderr, "usage: clients call|activate [RUNS]\n");
        return 2;
    }
    rows[i].measure();
    jobs_remove_queue(folder);
    return 0;
}
