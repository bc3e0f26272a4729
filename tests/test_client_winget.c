/* winget's way of downloading: a callback that wakes a condition variable, and a wait that does not
 * look whether it has been woken already. */
#include "client_kit.h"

struct installer
{
    struct client_callback callback;
    struct kit *kit;
    IDOManager *manager;
    IDODownload *download;
    wchar_t target[MAX_PATH];

    CRITICAL_SECTION section; /* protects `status` */
    CONDITION_VARIABLE changed;
    DO_DOWNLOAD_STATUS status;
};

static HRESULT installer_told(struct client_callback *callback, IDODownload *download,
                              const DO_DOWNLOAD_STATUS *status)
{
    struct installer *installer = CONTAINING_RECORD(callback, struct installer, callback);

    (void)download;
    EnterCriticalSection(&installer->section);
    installer->status = *status;
    LeaveCriticalSection(&installer->section);
    WakeConditionVariable(&installer->changed);
    return S_OK;
}

static void installer_open(struct installer *installer, struct kit *kit, const char *path)
{
    memset(installer, 0, sizeof(*installer));
    installer->kit = kit;
    InitializeCriticalSection(&installer->section);
    client_callback_init(&installer->callback, installer_told);
    installer->manager = client_manager();
    installer->download = client_download(installer->manager);
    assert_hr(S_OK, CoSetProxyBlanket((IUnknown *)installer->download, RPC_C_AUTHN_DEFAULT,
                                      RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                                      RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                                      EOAC_DEFAULT));
    client_set_uri(installer->download, kit, path);
    assert_hr(S_OK, kit_set_bool(installer->download, DODownloadProperty_ForegroundPriority, true));
    kit_path(kit, L"setup.exe", installer->target);
    DeleteFileW(installer->target);
    client_set_text(installer->download, DODownloadProperty_LocalPath, installer->target);
    assert_hr(S_OK, client_set_object(installer->download, DODownloadProperty_CallbackInterface,
                                      &installer->callback));
    client_set_text(installer->download, DODownloadProperty_DisplayName, L"An installer");
    client_set_text(installer->download, DODownloadProperty_ContentId, L"0123456789abcdef");
}

static void installer_start(struct installer *installer)
{
    const DO_DOWNLOAD_RANGES_INFO all = {0};

    assert_hr(S_OK, IDODownload_Start(installer->download, &all));
}

/* True once Transferred, false on an error or cancellation. Every wait is for news: what came
 * before it began is not looked at. */
static bool installer_wait(struct installer *installer)
{
    bool done = false, good = true;

    EnterCriticalSection(&installer->section);
    while (!done && good)
    {
        if (!SleepConditionVariableCS(&installer->changed, &installer->section, KIT_LIMIT))
            good = false; /* "no progress" */
        else if (FAILED(installer->status.Error) ||
                 installer->status.State == DODownloadState_Aborted ||
                 installer->status.State == DODownloadState_Paused)
            good = false;
        else
            done = installer->status.State == DODownloadState_Transferred;
    }
    LeaveCriticalSection(&installer->section);
    return good;
}

/* As its destructor does: what is Transferred is kept, the rest goes. */
static void installer_close(struct installer *installer)
{
    if (client_status(installer->download).State == DODownloadState_Transferred)
        assert_hr(S_OK, IDODownload_Finalize(installer->download));
    else if (client_status(installer->download).State != DODownloadState_Finalized)
        IDODownload_Abort(installer->download);
    IDODownload_Release(installer->download);
    IDOManager_Release(installer->manager);
    client_callback_end(&installer->callback);
    DeleteCriticalSection(&installer->section);
}

/* ---- stories ---- */

static void a_download_succeeds(void **state)
{
    struct installer installer;
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    installer_open(&installer, kit, "/a");
    installer_start(&installer);
    assert_true(installer_wait(&installer));
    assert_hr(S_OK, IDODownload_Finalize(installer.download));
    assert_true(content_check_file(installer.target, 1, CLIENT_SIZE));
    installer_close(&installer);
}

static void a_wait_that_begins_late_still_ends(void **state)
{
    struct installer installer;
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 1000});
    installer_open(&installer, kit, "/a");
    installer_start(&installer);
    kit_pass(2500); /* Transferred was told by now */
    EnterCriticalSection(&installer.section);
    assert_int_equal(DODownloadState_Transferred, installer.status.State);
    LeaveCriticalSection(&installer.section);
    assert_true(installer_wait(&installer));
    installer_close(&installer);
    assert_true(content_check_file(installer.target, 1, 1000));
}

static void a_server_that_is_busy_is_no_error(void **state)
{
    struct installer installer;
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 503},
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\"", .cut = true, .cut_after = 1000},
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\""});
    installer_open(&installer, kit, "/a");
    installer_start(&installer);
    assert_true(installer_wait(&installer));
    installer_close(&installer);
    assert_true(content_check_file(installer.target, 1, CLIENT_SIZE));
}

static void a_missing_file_is_one(void **state)
{
    struct installer installer;

    installer_open(&installer, *state, "/nowhere");
    installer_start(&installer);
    assert_false(installer_wait(&installer));
    assert_hr((HRESULT)0x80190194, installer.status.Error);
    installer_close(&installer);
}

static DWORD WINAPI cancel(void *context)
{
    struct installer *installer = context;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    kit_pass(700);
    hr = IDODownload_Abort(installer->download);
    CoUninitialize();
    return (DWORD)hr;
}

static void another_thread_cancels(void **state)
{
    struct installer installer;
    struct kit *kit = *state;
    HANDLE thread;
    DWORD code;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = CLIENT_SIZE, .hold_body = true, .hold_at = 1000});
    installer_open(&installer, kit, "/a");
    installer_start(&installer);
    thread = CreateThread(NULL, 0, cancel, &installer, 0, NULL);
    assert_false(installer_wait(&installer));
    assert_int_equal(DODownloadState_Aborted, installer.status.State);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, KIT_LIMIT));
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    assert_hr(S_OK, (HRESULT)code);
    httpd_release(kit->httpd, "/a");
    installer_close(&installer);
    assert_int_equal(UINT64_MAX, content_file_size(installer.target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_download_succeeds),
        CLIENT_TEST(a_wait_that_begins_late_still_ends),
        CLIENT_TEST(a_server_that_is_busy_is_no_error),
        CLIENT_TEST(a_missing_file_is_one),
        CLIENT_TEST(another_thread_cancels),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
