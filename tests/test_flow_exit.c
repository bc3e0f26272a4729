/* Clients that let everything go, exit in the middle, or want the DLL unloaded. The children are
 * this program with an argument; they share the parent's queue. */
#include "testkit/flow.h"

#include <stdlib.h>
#include <string.h>

#define EXITS 60
#define CHILD_LIMIT 15000 /* ms */

/* ---- children -----------------------------------------------------------------------------------
 */

/* Leaves by returning from main() while a transfer runs, with everything still held. */
static int child_exit(const char *delay)
{
    IBackgroundCopyManager *manager;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(kit_manager(&CLSID_DosvcManager, &manager)) || !kit_offered_job(manager))
        return 1;
    kit_pass((unsigned int)atoi(delay));
    return 0;
}

typedef HRESULT(STDAPICALLTYPE *can_unload_now)(void);

static bool becomes_unloadable(HMODULE module)
{
    can_unload_now ask = (can_unload_now)(void *)GetProcAddress(module, "DllCanUnloadNow");
    unsigned int i;

    for (i = 0; i < 1000 && ask() != S_OK; i++)
        kit_pass(10);
    return ask() == S_OK;
}

/* Uses the DLL, lets everything go, has it unloaded; `coinit` says from what apartment. */
static int child_unload(DWORD coinit)
{
    struct recorder *recorder = recorder_create();
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;

    CoInitializeEx(NULL, coinit);
    if (FAILED(CoCreateInstance(&CLSID_DosvcManager, NULL, CLSCTX_INPROC_SERVER,
                                &IID_IBackgroundCopyManager, (void **)&manager)) ||
        !(job = kit_offered_job(manager)))
        return 1;
    IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder));
    if (!recorder_wait(recorder, RECORD_TRANSFERRED, 1, 10000) ||
        IBackgroundCopyJob_Complete(job) != S_OK)
        return 2;
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    if (!recorder_wait_released(recorder, 10000))
        return 3;
    recorder_release(recorder);
    if (!becomes_unloadable(GetModuleHandleW(L"dosvc.dll")))
        return 4;
    CoFreeUnusedLibrariesEx(0, 0);
    if (GetModuleHandleW(L"dosvc.dll"))
        return 5;
    CoUninitialize();
    return 0;
}

static int child_main(const char *what)
{
    if (strncmp(what, "exit-", 5) == 0)
        return child_exit(what + 5);
    if (strcmp(what, "unload-mta") == 0)
        return child_unload(COINIT_MULTITHREADED);
    if (strcmp(what, "unload-sta") == 0)
        return child_unload(COINIT_APARTMENTTHREADED);
    return 77;
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static DWORD run(struct kit *kit, const wchar_t *argument)
{
    struct kit_child child;

    kit_child(&child, kit, argument);
    return kit_child_wait(&child, CHILD_LIMIT);
}

static void cancel_all(void)
{
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;

    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &manager));
    assert_hr(S_OK, IBackgroundCopyManager_EnumJobs(manager, 0, &jobs));
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
}

static void exits_with_a_transfer_running_never_hang(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH], argument[32];

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = 64 << 20, .trickle = 5, .trickle_bytes = 100000});
    for (unsigned int i = 0; i < EXITS; i++)
    {
        kit_offer(kit, "/a", L"target", target);
        swprintf(argument, ARRAY_SIZE(argument), L"exit-%u", i % 4 * 25);
        assert_int_equal(0, run(kit, argument));
        if (i % 10 == 9)
            cancel_all();
    }
    cancel_all();
}

static void a_transfer_goes_on_without_its_client(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH];
    IBackgroundCopyJob *job;
    GUID id;

    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit->manager));
    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 5, .size = 100000, .hold_body = true, .hold_at = 50000});
    job = kit_job_of(kit, "/a", L"target");
    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(httpd_wait_sent(kit->httpd, "/a", 50000, KIT_LIMIT));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(kit->manager);
    kit->manager = NULL;
    CoFreeUnusedLibrariesEx(0, 0);
    kit_pass(200);
    httpd_release(kit->httpd, "/a");
    assert_true(httpd_wait_sent(kit->httpd, "/a", 100000, KIT_LIMIT));

    assert_hr(S_OK, kit_manager(&CLSID_DosvcManager, &kit->manager));
    assert_hr(S_OK, IBackgroundCopyManager_GetJob(kit->manager, &id, &job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
    assert_true(content_check_file(kit_path(kit, L"target", target), 5, 100000));
    assert_int_equal(1, httpd_requests(kit->httpd, "/a"));
}

static void the_dll_is_unloaded_from_an_mta(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 6, .size = 5000});
    kit_offer(kit, "/a", L"target", target);
    assert_int_equal(0, run(kit, L"unload-mta"));
}

static void the_dll_is_unloaded_from_an_sta(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 6, .size = 5000});
    kit_offer(kit, "/a", L"target", target);
    assert_int_equal(0, run(kit, L"unload-sta"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup_without_queue, kit_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_goes_on_without_its_client),
        TEST(the_dll_is_unloaded_from_an_mta),
        TEST(the_dll_is_unloaded_from_an_sta),
        TEST(exits_with_a_transfer_running_never_hang),
    };

    if (argc > 1)
        return child_main(argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
