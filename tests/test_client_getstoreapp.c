/* GetStoreApp's way: it does all in the callback, Finalize included, and takes any code that is not
 * zero for a failure, the extended one too. */
#include "client_kit.h"

struct app
{
    struct client_callback callback;
    HANDLE over;
    HRESULT finalized;
    bool failed;
    LONG after; /* calls after Finalize */
    DODownloadState last;
};

static HRESULT app_told(struct client_callback *callback, IDODownload *download,
                        const DO_DOWNLOAD_STATUS *status)
{
    struct app *app = CONTAINING_RECORD(callback, struct app, callback);

    app->last = status->State;
    if (status->Error || status->ExtendedError)
    {
        app->failed = true;
        SetEvent(app->over);
    }
    else if (status->State == DODownloadState_Transferred)
    {
        app->finalized = IDODownload_Finalize(download);
        SetEvent(app->over);
    }
    else if (status->State == DODownloadState_Finalized)
        InterlockedIncrement(&app->after);
    return S_OK;
}

static IDODownload *app_open(struct app *app, struct kit *kit)
{
    IDOManager *manager = client_manager();
    IDODownload *download;
    wchar_t target[MAX_PATH];
    VARIANT value;

    memset(app, 0, sizeof(*app));
    client_callback_init(&app->callback, app_told);
    app->over = CreateEventW(NULL, TRUE, FALSE, NULL);
    download = client_download(manager);
    IDOManager_Release(manager);
    CoSetProxyBlanket((IUnknown *)download, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                      COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT,
                      RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING);
    client_set_text(download, DODownloadProperty_DisplayName, L"app");
    client_set_uri(download, kit, "/a");
    client_set_text(download, DODownloadProperty_LocalPath, kit_path(kit, L"app.msix", target));
    value = client_get(download, DODownloadProperty_Id, VT_BSTR);
    VariantClear(&value);
    assert_hr(E_NOT_SET,
              IDODownload_GetProperty(download, DODownloadProperty_TotalSizeBytes, &value));
    assert_hr(S_OK,
              client_set_object(download, DODownloadProperty_CallbackInterface, &app->callback));
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_ForegroundPriority, true));
    return download;
}

static void app_close(struct app *app, IDODownload *download)
{
    IDODownload_Release(download);
    client_callback_end(&app->callback);
    CloseHandle(app->over);
}

static void get_app(struct kit *kit)
{
    struct app app;
    IDODownload *download = app_open(&app, kit);
    wchar_t target[MAX_PATH];

    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_event(app.over, KIT_LIMIT));
    assert_false(app.failed);
    assert_hr(S_OK, app.finalized);
    assert_int_equal(DODownloadState_Finalized, client_status(download).State);
    assert_true(content_check_file(kit_path(kit, L"app.msix", target), 1, CLIENT_SIZE));
    app_close(&app, download);
    assert_true(app.after <= 1);
}

static void finalize_works_inside_the_callback(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    get_app(kit);
}

static void a_retry_shows_no_code_at_all(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.drop = true}, {.status = 503},
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\"", .cut = true, .cut_after = 70000},
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\""});
    get_app(kit);
}

static void a_failure_is_told(void **state)
{
    struct app app;
    IDODownload *download = app_open(&app, *state); /* nothing is at /a */

    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_event(app.over, KIT_LIMIT));
    assert_true(app.failed);
    assert_hr(S_OK, IDODownload_Abort(download));
    app_close(&app, download);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(finalize_works_inside_the_callback),
        CLIENT_TEST(a_retry_shows_no_code_at_all),
        CLIENT_TEST(a_failure_is_told),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
