/* The local server, dosvc.exe: what programs that ask for it get, and when it goes. */
#include "testkit/kit.h"

#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>

#define SIZE 3000000u
#define GOES_WITHIN 10000 /* ms without anything to do */

static HRESULT activate(REFCLSID clsid, REFIID iid, void **object)
{
    *object = NULL;
    return CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, iid, object);
}

/* The object is of the DLL in this process: no proxy stands between. */
static bool is_ours(void *object)
{
    wchar_t path[MAX_PATH], *name;
    HMODULE module;

    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            *(wchar_t **)object, &module) ||
        !GetModuleFileNameW(module, path, ARRAY_SIZE(path)))
        return false;
    name = wcsrchr(path, L'\\');
    return name && !_wcsicmp(name + 1, L"dosvc.dll");
}

static unsigned int count_servers(void)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    unsigned int count = 0;
    BOOL more;

    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (more = Process32FirstW(snapshot, &entry); more; more = Process32NextW(snapshot, &entry))
        count += !_wcsicmp(entry.szExeFile, L"dosvc.exe");
    CloseHandle(snapshot);
    return count;
}

static bool wait_for_servers(unsigned int wanted, unsigned int ms)
{
    uint64_t deadline = GetTickCount64() + ms;

    while (count_servers() != wanted && GetTickCount64() < deadline)
        kit_pass(50);
    return count_servers() == wanted;
}

/* ---- what a program gets -------------------------------------------------------------------- */

static void the_manager_is_in_the_programs_own_process(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    IDOManager *downloads;
    WCHAR path[MAX_PATH];
    GUID id;

    assert_hr(S_OK, activate(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager));
    assert_true(is_ours(manager));
    assert_hr(S_OK, CoSetProxyBlanket((IUnknown *)manager, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                      COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_CALL,
                                      RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE));
    assert_hr(S_OK,
              IBackgroundCopyManager_QueryInterface(manager, &IID_IDOManager, (void **)&downloads));
    IDOManager_Release(downloads);
    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = SIZE});
    assert_hr(S_OK,
              IBackgroundCopyManager_CreateJob(manager, L"job", BG_JOB_TYPE_DOWNLOAD, &id, &job));
    assert_true(is_ours(job));
    kit_add_file(kit, job, "/file", L"file");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    assert_true(content_check_file(kit_path(kit, L"file", path), 1, SIZE));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void class_objects_work_the_same_way(void **state)
{
    IBackgroundCopyManager *manager;
    IClassFactory *factory;

    (void)state;
    assert_hr(S_OK, CoGetClassObject(&CLSID_DosvcBitsManager, CLSCTX_LOCAL_SERVER, NULL,
                                     &IID_IClassFactory, (void **)&factory));
    assert_hr(S_OK, IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager,
                                                 (void **)&manager));
    assert_true(is_ours(manager));
    assert_hr(CLASS_E_NOAGGREGATION,
              IClassFactory_CreateInstance(factory, (IUnknown *)manager, &IID_IUnknown,
                                           (void **)&(IUnknown *){NULL}));
    IBackgroundCopyManager_Release(manager);
    IClassFactory_Release(factory);
}

static void an_interface_that_the_class_lacks_is_refused(void **state)
{
    IDOManager *manager;

    (void)state;
    assert_hr(E_NOINTERFACE, activate(&CLSID_DosvcBitsManager, &IID_IDOManager, (void **)&manager));
    assert_null(manager);
}

/* ---- when it goes --------------------------------------------------------------------------- */

static void the_server_goes_when_nobody_needs_it(void **state)
{
    IBackgroundCopyManager *manager;

    kit_leave_queue(*state);
    assert_hr(S_OK, activate(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager));
    assert_int_equal(1, count_servers());
    assert_false(wait_for_servers(0, 7000)); /* it stays for who has its objects */
    IBackgroundCopyManager_Release(manager);
    assert_true(wait_for_servers(0, GOES_WITHIN));
}

/* ---- what a dead client left ---- */

/* Each of these is a process of its own: what it returns is 0, or where it failed. */

static int make_job(void)
{
    IBackgroundCopyManager *manager;

    if (FAILED(activate(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager)) ||
        !kit_offered_job(manager))
        return 1;
    Sleep(INFINITE); /* until the parent ends it */
    return 0;
}

static int make_download(void)
{
    IDOManager *manager;

    if (FAILED(activate(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager)) ||
        !kit_offered_download(manager))
        return 1;
    Sleep(INFINITE);
    return 0;
}

static int adopt_job(void)
{
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;

    if (FAILED(activate(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager)))
        return 1;
    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs)) ||
        IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) != S_OK)
        return 2;
    if (!kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT))
        return 3;
    if (IBackgroundCopyJob_Complete(job) != S_OK)
        return 4;
    IBackgroundCopyJob_Release(job);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
    return 0;
}

static int adopt_download(void)
{
    IDODownload *download;
    IEnumUnknown *found;
    IDOManager *manager;
    IUnknown *unknown;
    ULONG fetched;

    if (FAILED(activate(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager)))
        return 1;
    if (FAILED(IDOManager_EnumDownloads(manager, NULL, &found)) ||
        IEnumUnknown_Next(found, 1, &unknown, &fetched) != S_OK ||
        FAILED(IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&download)))
        return 2;
    if (!kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT))
        return 3;
    if (IDODownload_Finalize(download) != S_OK)
        return 4;
    IDODownload_Release(download);
    IUnknown_Release(unknown);
    IEnumUnknown_Release(found);
    IDOManager_Release(manager);
    return 0;
}

static const struct role
{
    const char *name;
    int (*play)(void);
} roles[] = {
    {"make-job", make_job},
    {"make-download", make_download},
    {"adopt-job", adopt_job},
    {"adopt-download", adopt_download},
};

static int child_main(const char *name)
{
    int code = 77;
    size_t i;

    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 78;
    for (i = 0; i < ARRAY_SIZE(roles); i++)
        if (!strcmp(name, roles[i].name))
            code = roles[i].play();
    CoUninitialize();
    return code;
}

/* A child that fetches half of the file and is then no more, while the rest can be had. */
static void die_half_way(struct kit *kit, const wchar_t *role, wchar_t target[MAX_PATH])
{
    struct kit_child client;

    kit_leave_queue(kit);
    HTTPD_SCRIPT(kit->httpd, "/file",
                 {.seed = 1, .size = SIZE, .etag = "\"1\"", .hold_body = true, .hold_at = 1000000});
    kit_offer(kit, "/file", L"file", target);
    kit_child(&client, kit, role);
    assert_true(httpd_wait_sent(kit->httpd, "/file", 1000000, KIT_LIMIT));
    kit_child_kill(&client);
    httpd_release(kit->httpd, "/file");
    /* a second request: somebody carries on, and there is nobody but the server */
    assert_true(httpd_wait_request(kit->httpd, "/file", 2, KIT_LIMIT));
}

static void adopt(struct kit *kit, const wchar_t *role)
{
    struct kit_child adopter;

    kit_child(&adopter, kit, role);
    assert_int_equal(0, kit_child_wait(&adopter, KIT_LIMIT * 2));
}

static void the_server_finishes_what_a_dead_client_left(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH];

    die_half_way(kit, L"make-job", target);
    adopt(kit, L"adopt-job");
    assert_true(content_check_file(target, 1, SIZE));
    assert_true(wait_for_servers(0, GOES_WITHIN));
}

static bool wait_for_file(const wchar_t *path)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES && GetTickCount64() < deadline)
        kit_pass(20);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static void a_download_is_in_place_with_no_client_at_all(void **state)
{
    struct kit *kit = *state;
    wchar_t target[MAX_PATH];

    die_half_way(kit, L"make-download", target);
    assert_true(wait_for_file(target));
    assert_true(content_check_file(target, 1, SIZE));
    assert_true(wait_for_servers(0, GOES_WITHIN)); /* a transferred one needs nobody */
    adopt(kit, L"adopt-download");
    assert_true(content_check_file(target, 1, SIZE));
    assert_true(wait_for_servers(0, GOES_WITHIN));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
#define STA_TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup_sta, kit_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_manager_is_in_the_programs_own_process),
        STA_TEST(the_manager_is_in_the_programs_own_process),
        TEST(class_objects_work_the_same_way),
        STA_TEST(class_objects_work_the_same_way),
        TEST(an_interface_that_the_class_lacks_is_refused),
        TEST(the_server_goes_when_nobody_needs_it),
        TEST(the_server_finishes_what_a_dead_client_left),
        TEST(a_download_is_in_place_with_no_client_at_all),
    };

    if (argc > 1)
        return child_main(argv[1]);
    kit_process(NULL);
    if (!kit_wait_rpc_service())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
