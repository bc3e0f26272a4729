/* DODownloaderDotNet's way. The runtime keeps one wrapper for each object that it meets, told apart
 * by IUnknown; the callback ends the wrapper of what it is given, and with it every pointer that
 * the program holds to the same object. */
#include "client_kit.h"

#define WRAPPERS 8

struct wrapper
{
    IUnknown *identity; /* counted; NULL: ended or unused */
    IDODownload *download;
};

struct program
{
    struct client_callback callback;
    CRITICAL_SECTION section; /* protects `wrappers` */
    struct wrapper wrappers[WRAPPERS];
    LONG calls;
    HANDLE over;
    DO_DOWNLOAD_STATUS last;
};

/* The wrapper of the object, made if there is none. */
static struct wrapper *wrap(struct program *program, IDODownload *download)
{
    struct wrapper *found = NULL, *wrapper;
    IUnknown *identity;

    IDODownload_QueryInterface(download, &IID_IUnknown, (void **)&identity);
    EnterCriticalSection(&program->section);
    for (wrapper = program->wrappers; wrapper < program->wrappers + WRAPPERS; wrapper++)
        if (wrapper->identity == identity || (!wrapper->identity && !found))
            found = wrapper;
    if (found->identity != identity)
    {
        found->identity = identity;
        IDODownload_AddRef(download);
        found->download = download;
        identity = NULL;
    }
    LeaveCriticalSection(&program->section);
    if (identity)
        IUnknown_Release(identity);
    return found;
}

static void final_release(struct program *program, struct wrapper *wrapper)
{
    struct wrapper ended;

    EnterCriticalSection(&program->section);
    ended = *wrapper;
    memset(wrapper, 0, sizeof(*wrapper));
    LeaveCriticalSection(&program->section);
    IDODownload_Release(ended.download);
    IUnknown_Release(ended.identity);
}

static HRESULT program_told(struct client_callback *callback, IDODownload *download,
                            const DO_DOWNLOAD_STATUS *status)
{
    struct program *program = CONTAINING_RECORD(callback, struct program, callback);
    struct wrapper *wrapper = wrap(program, download);

    InterlockedIncrement(&program->calls);
    program->last = *status;
    if (FAILED(status->Error) || status->State == DODownloadState_Transferred)
        SetEvent(program->over);
    final_release(program, wrapper);
    return S_OK;
}

static void program_blanket(void *object)
{
    assert_hr(S_OK, CoSetProxyBlanket(object, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                      COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT,
                                      RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING));
}

static struct wrapper *program_create(struct program *program, struct kit *kit, uint64_t size)
{
    IDOManager *manager = client_manager();
    IDODownload *download;
    struct wrapper *wrapper;
    wchar_t target[MAX_PATH];
    VARIANT value;

    memset(program, 0, sizeof(*program));
    InitializeCriticalSection(&program->section);
    client_callback_init(&program->callback, program_told);
    program->over = CreateEventW(NULL, TRUE, FALSE, NULL);
    program_blanket(manager);
    download = client_download(manager);
    IDOManager_Release(manager);
    program_blanket(download);
    wrapper = wrap(program, download);
    IDODownload_Release(download);
    client_set_text(download, DODownloadProperty_DisplayName, L"file.bin");
    client_set_text(download, DODownloadProperty_ContentId, L"file-1");
    client_set_uri(download, kit, "/a");
    V_VT(&value) = VT_UI8;
    V_UI8(&value) = size;
    assert_hr(S_OK, IDODownload_SetProperty(download, DODownloadProperty_TotalSizeBytes, &value));
    client_set_text(download, DODownloadProperty_LocalPath, kit_path(kit, L"file.bin", target));
    return wrapper;
}

static void program_close(struct program *program, struct wrapper *wrapper)
{
    final_release(program, wrapper);
    client_callback_end(&program->callback);
    CloseHandle(program->over);
    DeleteCriticalSection(&program->section);
}

/* `new Guid(text)` takes it. */
static void assert_guid(const wchar_t *text)
{
    GUID id;

    assert_hr(S_OK, CLSIDFromString(text, &id));
}

/* ---- stories ---- */

static void the_programs_pointer_outlives_what_its_callback_releases(void **state)
{
    const DO_DOWNLOAD_RANGES_INFO all = {0};
    struct kit *kit = *state;
    struct program program;
    struct wrapper *wrapper;
    wchar_t target[MAX_PATH];
    VARIANT value;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    wrapper = program_create(&program, kit, CLIENT_SIZE);
    value = client_get(wrapper->download, DODownloadProperty_Id, VT_BSTR);
    assert_guid(V_BSTR(&value));
    VariantClear(&value);
    assert_hr(S_OK, client_set_object(wrapper->download, DODownloadProperty_CallbackInterface,
                                      &program.callback));
    assert_hr(S_OK, kit_set_bool(wrapper->download, DODownloadProperty_ForegroundPriority, true));
    assert_hr(S_OK, IDODownload_Start(wrapper->download, &all));
    assert_true(kit_wait_event(program.over, KIT_LIMIT));
    assert_int_equal(DODownloadState_Transferred, program.last.State);
    assert_non_null(wrapper->download);
    assert_int_equal(DODownloadState_Transferred, client_status(wrapper->download).State);
    assert_hr(S_OK, IDODownload_Finalize(wrapper->download));
    VariantInit(&value);
    assert_hr(S_OK, IDODownload_GetStatus(wrapper->download, &program.last));
    assert_true(content_check_file(kit_path(kit, L"file.bin", target), 1, CLIENT_SIZE));
    program_close(&program, wrapper);
}

static void the_callback_is_cleared_by_an_empty_value_or_a_null_object(void **state)
{
    struct program program;
    struct wrapper *wrapper = program_create(&program, *state, 1);
    VARIANT value;

    assert_hr(S_OK, client_set_object(wrapper->download, DODownloadProperty_CallbackInterface,
                                      &program.callback));
    assert_hr(S_OK,
              client_set_object(wrapper->download, DODownloadProperty_CallbackInterface, NULL));
    assert_hr(S_OK, client_set_object(wrapper->download, DODownloadProperty_CallbackInterface,
                                      &program.callback));
    VariantInit(&value);
    assert_hr(S_OK, IDODownload_SetProperty(wrapper->download, DODownloadProperty_CallbackInterface,
                                            &value));
    V_VT(&value) = VT_DISPATCH; /* what the runtime makes of an object that is not wrapped */
    V_DISPATCH(&value) = NULL;
    assert_hr(E_INVALIDARG, IDODownload_SetProperty(wrapper->download,
                                                    DODownloadProperty_CallbackInterface, &value));
    assert_hr(S_OK, IDODownload_Abort(wrapper->download));
    program_close(&program, wrapper);
}

static void no_downloads_are_an_empty_list(void **state)
{
    IDOManager *manager = client_manager();
    IEnumUnknown *list = NULL;

    (void)state;
    assert_hr((HRESULT)0x80D02005, IDOManager_EnumDownloads(manager, NULL, &list));
    assert_null(list);
    IDOManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(the_programs_pointer_outlives_what_its_callback_releases),
        CLIENT_TEST(the_callback_is_cleared_by_an_empty_value_or_a_null_object),
        CLIENT_TEST(no_downloads_are_an_empty_list),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
