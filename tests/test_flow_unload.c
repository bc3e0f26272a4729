/* A host that loads the DLL, uses it and unloads it, a thousand times. */
#include "testkit/kit.h"

#include <stdlib.h>
#include <psapi.h>
#include <tlhelp32.h>

#define ROUNDS 500  /* in each apartment */
#define WARM 50     /* after which Windows' own DLLs have all they keep */
#define TRANSFER 25 /* each so many rounds, a file is fetched */
#define SLACK 8     /* handles and threads that come and go with Windows' own */
#define MEMORY_SLACK (8 << 20)
#define SIZE 5000u

typedef HRESULT(STDAPICALLTYPE *get_class_object)(REFCLSID clsid, REFIID iid, void **object);
typedef HRESULT(STDAPICALLTYPE *can_unload_now)(void);
typedef void(STDAPICALLTYPE *get_live_counts)(struct dosvc_live_counts *counts);

static FARPROC export_of(HMODULE module, const char *name)
{
    FARPROC function = GetProcAddress(module, name);

    assert_non_null(function);
    return function;
}

static HMODULE load(void)
{
    wchar_t path[MAX_PATH];
    HMODULE module;

    assert_true(GetEnvironmentVariableW(L"DOSVC_DLL", path, ARRAY_SIZE(path)));
    module = LoadLibraryW(path);
    assert_non_null(module);
    return module;
}

static IBackgroundCopyManager *create(HMODULE module)
{
    get_class_object get = (get_class_object)(void *)export_of(module, "DllGetClassObject");
    IBackgroundCopyManager *manager;
    IClassFactory *factory;

    assert_hr(S_OK, get(&CLSID_DosvcManager, &IID_IClassFactory, (void **)&factory));
    assert_hr(S_OK, IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager,
                                                 (void **)&manager));
    IClassFactory_Release(factory);
    return manager;
}

static void fetch(struct kit *kit, IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job;
    wchar_t path[MAX_PATH];
    GUID id;

    assert_hr(S_OK,
              IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id, &job));
    kit_add_file(kit, job, "/file", L"file");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
    assert_true(content_check_file(kit_path(kit, L"file", path), 1, SIZE));
}

/* As COM does it: asks until the answer is yes, then unloads. The last thread may still be on its
 * way out of the module. */
static void unload(HMODULE module)
{
    can_unload_now ask = (can_unload_now)(void *)export_of(module, "DllCanUnloadNow");
    get_live_counts count = (get_live_counts)(void *)export_of(module, "DosvcGetLiveCounts");
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    struct dosvc_live_counts live;

    while (ask() != S_OK && GetTickCount64() < deadline)
        kit_pass(1);
    assert_hr(S_OK, ask());
    count(&live);
    assert_int_equal(0, live.objects | live.blocks | live.threads | live.handles | live.locks);
    FreeLibrary(module);
    while (GetModuleHandleW(L"dosvc.dll") && GetTickCount64() < deadline)
        kit_pass(1);
    assert_null(GetModuleHandleW(L"dosvc.dll"));
}

static void live_once(struct kit *kit, unsigned int round)
{
    HMODULE module = load();
    IBackgroundCopyManager *manager = create(module);

    if (round % TRANSFER == 0)
        fetch(kit, manager);
    IBackgroundCopyManager_Release(manager);
    unload(module);
}

/* ---- what the process has ---- */

struct usage
{
    DWORD handles, threads;
    SIZE_T bytes; /* of memory */
};

/* Wine 8 counts none, and gives the lowest free number to each new one: what is leaked is below. */
static DWORD handles_now(void)
{
    HANDLE probe = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD count = 0;

    assert_non_null(probe);
    if (!GetProcessHandleCount(GetCurrentProcess(), &count) || !count)
        count = (DWORD)((ULONG_PTR)probe / 4);
    CloseHandle(probe);
    return count;
}

static DWORD threads_now(void)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    DWORD count = 0;
    BOOL more;

    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return count;
}

static struct usage usage_now(void)
{
    PROCESS_MEMORY_COUNTERS memory = {.cb = sizeof(memory)};

    assert_true(K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof(memory)));
    return (struct usage){handles_now(), threads_now(), memory.WorkingSetSize};
}

/* ---- tests ---- */

static void a_host_loads_and_unloads(void **state)
{
    struct kit *kit = *state;
    struct usage before = {0, 0, 0}, after;
    unsigned int i;

    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = SIZE});
    for (i = 0; i < ROUNDS; i++)
    {
        if (i == WARM)
            before = usage_now();
        live_once(kit, i);
    }
    after = usage_now();
    print_message("%lu handles before, %lu after; %lu threads, %lu; %lu KiB, %lu\n", before.handles,
                  after.handles, before.threads, after.threads,
                  (unsigned long)(before.bytes / 1024), (unsigned long)(after.bytes / 1024));
    assert_true(after.handles <= before.handles + SLACK);
    assert_true(after.threads <= before.threads + SLACK);
    assert_true(after.bytes <= before.bytes + MEMORY_SLACK);
}

/* The kit's own manager would keep the DLL. */
static int set_up(void **state, int (*kit_set_up)(void **))
{
    HMODULE module;

    if (kit_set_up(state))
        return -1;
    kit_leave_queue(*state);
    CoFreeUnusedLibrariesEx(0, 0);
    if ((module = GetModuleHandleW(L"dosvc.dll")))
        print_error("the DLL is still there\n");
    return module ? -1 : 0;
}

static int set_up_mta(void **state)
{
    return set_up(state, kit_setup);
}

static int set_up_sta(void **state)
{
    return set_up(state, kit_setup_sta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a_host_loads_and_unloads (MTA)", a_host_loads_and_unloads, set_up_mta, kit_teardown,
         NULL},
        {"a_host_loads_and_unloads (STA)", a_host_loads_and_unloads, set_up_sta, kit_teardown,
         NULL},
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
