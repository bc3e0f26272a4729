/* The way of Chromium's updater: it looks for downloads of an earlier run by their name, takes them
 * over, polls, and believes its eyes: the file must be there before Finalize. */
#include "client_kit.h"

#define NAME L"updater job 1"

/* A download of an earlier run, or NULL. */
static IDODownload *updater_find(IDOManager *manager)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_DisplayName, NAME};
    IDODownload *download = NULL;
    IEnumUnknown *list;
    IUnknown *unknown;
    ULONG fetched = 0;

    if (FAILED(IDOManager_EnumDownloads(manager, &category, &list)))
        return NULL;
    assert_hr(S_OK, IEnumUnknown_Next(list, 1, &unknown, &fetched));
    assert_int_equal(1, fetched);
    assert_hr(S_OK, IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&download));
    IUnknown_Release(unknown);
    IEnumUnknown_Release(list);
    return download;
}

static IDODownload *updater_create(IDOManager *manager, struct kit *kit, const char *path)
{
    const DO_DOWNLOAD_RANGES_INFO all = {0};
    IDODownload *download = client_download(manager);
    wchar_t target[MAX_PATH];

    client_set_text(download, DODownloadProperty_LocalPath, kit_path(kit, L"update.crx", target));
    client_set_text(download, DODownloadProperty_DisplayName, NAME);
    client_set_uri(download, kit, path);
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_ForegroundPriority, false));
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_NoProgressTimeoutSeconds, 86400));
    kit_set_bool(download, DODownloadProperty_NonVolatile, true);
    assert_hr(S_OK, IDODownload_Start(download, &all));
    return download;
}

/* Polls until it is over one way or another; true if the file is good. */
static bool updater_poll(IDODownload *download)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    DO_DOWNLOAD_STATUS status = client_status(download);
    VARIANT path;
    bool there;

    while (status.State == DODownloadState_Transferring && GetTickCount64() < deadline)
    {
        kit_pass(50);
        status = client_status(download);
    }
    if (status.State != DODownloadState_Transferred)
        return false;
    assert_int_not_equal(0, status.BytesTotal);
    assert_int_equal(status.BytesTotal, status.BytesTransferred);
    path = client_get(download, DODownloadProperty_LocalPath, VT_BSTR);
    there = GetFileAttributesW(V_BSTR(&path)) != INVALID_FILE_ATTRIBUTES;
    VariantClear(&path);
    return there;
}

static ULONG updater_http_status(IDODownload *download)
{
    VARIANT value = client_get(download, DODownloadProperty_HttpStatusCode, VT_UI4);

    return V_UI4(&value);
}

static void assert_target(struct kit *kit, bool there)
{
    wchar_t target[MAX_PATH];

    kit_path(kit, L"update.crx", target);
    if (there)
        assert_true(content_check_file(target, 1, CLIENT_SIZE));
    else
        assert_int_equal(UINT64_MAX, content_file_size(target));
}

/* ---- stories ---- */

static void an_update_succeeds(void **state)
{
    struct kit *kit = *state;
    IDOManager *manager = client_manager();
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    assert_null(updater_find(manager));
    download = updater_create(manager, kit, "/a");
    assert_true(updater_poll(download));
    assert_int_equal(200, updater_http_status(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_target(kit, true);
    IDODownload_Release(download);
    IDOManager_Release(manager);
}

static void a_download_left_alone_goes_on_and_is_adopted(void **state)
{
    struct kit *kit = *state;
    IDOManager *manager = client_manager();
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = CLIENT_SIZE, .hold_body = true, .hold_at = 1000});
    download = updater_create(manager, kit, "/a");
    IDODownload_Release(download);
    IDOManager_Release(manager);
    httpd_release(kit->httpd, "/a");

    manager = client_manager();
    download = updater_find(manager);
    assert_non_null(download);
    assert_true(updater_poll(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_null(updater_find(manager));
    assert_target(kit, true);
    IDODownload_Release(download);
    IDOManager_Release(manager);
}

static void a_failure_has_its_status_and_is_aborted(void **state)
{
    struct kit *kit = *state;
    IDOManager *manager = client_manager();
    IDODownload *download = updater_create(manager, kit, "/nowhere");

    assert_false(updater_poll(download));
    assert_int_equal(404, updater_http_status(download));
    assert_hr(S_OK, IDODownload_Abort(download));
    assert_null(updater_find(manager));
    assert_target(kit, false);
    IDODownload_Release(download);
    IDOManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(an_update_succeeds),
        CLIENT_TEST(a_download_left_alone_goes_on_and_is_adopted),
        CLIENT_TEST(a_failure_has_its_status_and_is_aborted),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
