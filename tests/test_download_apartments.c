/* Downloads and apartments: a blocking Start in an STA lets calls through, and an STA that ends
 * takes its callback and its stream with it, but not the process. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#define SIZE 2000000

static HRESULT set_object(IDODownload *download, DODownloadProperty id, void *object)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return IDODownload_SetProperty(download, id, &value);
}

static void a_blocking_start_lets_callbacks_through(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    struct record record;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = SIZE, .trickle = 100, .trickle_bytes = 100000});
    download = kit_download_of(kit, "/a", L"a.bin");
    assert_hr(S_OK, recorder_attach_download(recorder, download));
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_get(recorder, RECORD_STATUS, 0, &record));
    assert_int_equal(DODownloadState_Transferring, record.status.State);
    assert_int_equal(kit->sta, record.thread == GetCurrentThreadId());
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

/* ---- an STA that comes and goes ---- */

struct visitor
{
    IDODownload *download;
    IUnknown *callback; /* or NULL: a stream of its own */
    HRESULT set;
};

static DWORD WINAPI visit(void *context)
{
    struct visitor *visitor = context;
    IStream *stream;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (visitor->callback)
        visitor->set =
            set_object(visitor->download, DODownloadProperty_CallbackInterface, visitor->callback);
    else if (SUCCEEDED(visitor->set = CreateStreamOnHGlobal(NULL, TRUE, &stream)))
    {
        visitor->set = set_object(visitor->download, DODownloadProperty_StreamInterface, stream);
        IStream_Release(stream);
    }
    CoUninitialize();
    return 0;
}

static void send_visitor(struct visitor *visitor)
{
    HANDLE thread = CreateThread(NULL, 0, visit, visitor, 0, NULL);

    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, KIT_LIMIT));
    CloseHandle(thread);
    assert_hr(S_OK, visitor->set);
}

static void a_callback_whose_apartment_ended_is_forgotten(void **state)
{
    struct recorder *recorder = recorder_create();
    struct visitor visitor = {.callback = recorder_unknown(recorder)};
    struct kit *kit = *state;
    VARIANT value;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    visitor.download = kit_download_of(kit, "/a", L"a.bin");
    send_visitor(&visitor);
    assert_hr(S_OK, IDODownload_Start(visitor.download, NULL));
    assert_true(kit_wait_download(visitor.download, DODownloadState_Transferred, KIT_LIMIT));
    kit_pass(600);
    assert_int_equal(0, recorder_count(recorder, RECORD_STATUS));
    VariantInit(&value);
    assert_hr(E_NOT_SET, IDODownload_GetProperty(visitor.download,
                                                 DODownloadProperty_CallbackInterface, &value));
    assert_hr(S_OK, recorder_attach_download(recorder, visitor.download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(visitor.download));
    IDODownload_Release(visitor.download);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

static void a_stream_whose_apartment_ended_fails_the_download(void **state)
{
    struct visitor visitor = {0};
    struct kit *kit = *state;
    wchar_t url[HTTPD_URL_MAX];
    IDOManager *manager;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IDOManager,
                                                          (void **)&manager));
    assert_hr(S_OK, IDOManager_CreateDownload(manager, &visitor.download));
    IDOManager_Release(manager);
    assert_hr(S_OK, kit_set_string(visitor.download, DODownloadProperty_Uri,
                                   httpd_wide_url(kit->httpd, "/a", url)));
    send_visitor(&visitor);
    assert_hr(S_OK, IDODownload_Start(visitor.download, NULL));
    assert_true(kit_wait_download(visitor.download, DODownloadState_Paused, KIT_LIMIT));
    assert_download_error(CO_E_OBJNOTCONNECTED, S_OK, visitor.download);
    assert_hr(S_OK, IDODownload_Abort(visitor.download));
    IDODownload_Release(visitor.download);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
#define TEST_STA(name) cmocka_unit_test_setup_teardown(name, kit_setup_sta, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_blocking_start_lets_callbacks_through),
        TEST_STA(a_blocking_start_lets_callbacks_through),
        TEST(a_callback_whose_apartment_ended_is_forgotten),
        TEST(a_stream_whose_apartment_ended_fails_the_download),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
