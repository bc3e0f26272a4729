/* System Informer's way: a class factory, an optional blanket by hand, Start(NULL) on a fresh
 * download, and an event that its callback sets when all is over. */
#include "client_kit.h"

struct fetch
{
    struct client_callback callback;
    HANDLE over;
    DO_DOWNLOAD_STATUS last;
};

static HRESULT fetch_told(struct client_callback *callback, IDODownload *download,
                          const DO_DOWNLOAD_STATUS *status)
{
    struct fetch *fetch = CONTAINING_RECORD(callback, struct fetch, callback);
    DO_DOWNLOAD_STATUS now;

    if (FAILED(IDODownload_GetStatus(download, &now)))
        return S_OK;
    fetch->last = *status;
    if (FAILED(status->Error) || status->State == DODownloadState_Transferred ||
        status->State == DODownloadState_Finalized || status->State == DODownloadState_Aborted)
        SetEvent(fetch->over);
    return S_OK;
}

static HRESULT get_factory(IClassFactory **factory)
{
    HRESULT(WINAPI * get)(REFCLSID, REFIID, void **);
    FARPROC found;
    HRESULT hr;

    hr = CoGetClassObject(&CLSID_DeliveryOptimization, CLSCTX_INPROC_SERVER, NULL,
                          &IID_IClassFactory, (void **)factory);
    if (hr != REGDB_E_CLASSNOTREG)
        return hr;
    found = GetProcAddress(kit_dll(), "DllGetClassObject"); /* where nothing is registered */
    memcpy(&get, &found, sizeof(get));
    return get(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)factory);
}

static IDODownload *fetch_open(struct fetch *fetch, struct kit *kit, const char *path)
{
    IClientSecurity *security;
    IClassFactory *factory;
    IDODownload *download;
    IDOManager *manager;
    wchar_t target[MAX_PATH];

    memset(fetch, 0, sizeof(*fetch));
    client_callback_init(&fetch->callback, fetch_told);
    fetch->over = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_hr(S_OK, get_factory(&factory));
    assert_hr(S_OK,
              IClassFactory_CreateInstance(factory, NULL, &IID_IDOManager, (void **)&manager));
    IClassFactory_Release(factory);
    download = client_download(manager);
    IDOManager_Release(manager);
    assert_hr(S_OK, IDODownload_QueryInterface(download, &IID_IClientSecurity, (void **)&security));
    assert_hr(S_OK,
              IClientSecurity_SetBlanket(security, (IUnknown *)download, RPC_C_AUTHN_WINNT,
                                         RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                         RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE));
    IClientSecurity_Release(security);
    client_set_uri(download, kit, path);
    client_set_text(download, DODownloadProperty_LocalPath, kit_path(kit, L"setup.exe", target));
    client_set_text(download, DODownloadProperty_DisplayName, L"System Informer");
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_ForegroundPriority, true));
    assert_hr(S_OK,
              client_set_object(download, DODownloadProperty_CallbackInterface, &fetch->callback));
    return download;
}

static void fetch_close(struct fetch *fetch, IDODownload *download)
{
    IDODownload_Release(download);
    client_callback_end(&fetch->callback);
    CloseHandle(fetch->over);
}

static void an_update_arrives(void **state)
{
    struct kit *kit = *state;
    struct fetch fetch;
    IDODownload *download;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    download = fetch_open(&fetch, kit, "/a");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_event(fetch.over, KIT_LIMIT));
    assert_int_equal(DODownloadState_Transferred, fetch.last.State);
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_true(content_check_file(kit_path(kit, L"setup.exe", target), 1, CLIENT_SIZE));
    fetch_close(&fetch, download);
}

static void an_error_ends_the_wait(void **state)
{
    struct fetch fetch;
    IDODownload *download = fetch_open(&fetch, *state, "/nowhere");

    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_event(fetch.over, KIT_LIMIT));
    assert_hr((HRESULT)0x80190194, fetch.last.Error);
    assert_hr(S_OK, IDODownload_Abort(download));
    fetch_close(&fetch, download);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(an_update_arrives),
        CLIENT_TEST(an_error_ends_the_wait),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
