/* Many downloads from many threads at once, callbacks and streams coming and going: all end, none
 * of it stays. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#define THREADS 4
#define ROUNDS 25

struct worker
{
    IDOManager *manager;
    struct kit *kit;
    struct recorder *recorder;
    unsigned int number;
    LONG failures; /* a thread of its own may not assert */
    IDODownload *shared;
};

static void check(struct worker *worker, bool good)
{
    worker->failures += !good;
}

static HRESULT set_object(IDODownload *download, DODownloadProperty id, IUnknown *object)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return IDODownload_SetProperty(download, id, &value);
}

/* What was taken away or ended by somebody else is no failure. */
static bool is_expected(HRESULT hr)
{
    return SUCCEEDED(hr) || hr == E_NOT_SET || hr == DO_E_INVALID_STATE ||
           hr == DO_E_FILE_DOWNLOADSINK_ALREADY_SET || hr == DO_E_FILE_DOWNLOADSINK_UNSPECIFIED;
}

/* Sets, reads and takes away the objects of a download that all threads have. */
static void disturb(struct worker *worker, DODownloadProperty id, IUnknown *object)
{
    VARIANT value;

    check(worker, is_expected(set_object(worker->shared, id, object)));
    VariantInit(&value);
    check(worker, is_expected(IDODownload_GetProperty(worker->shared, id, &value)));
    VariantClear(&value);
    check(worker, is_expected(set_object(worker->shared, id, NULL)));
}

static void run_one(struct worker *worker, unsigned int round)
{
    wchar_t url[HTTPD_URL_MAX], name[32], path[MAX_PATH];
    IDODownload *download;
    HRESULT hr;

    if (FAILED(IDOManager_CreateDownload(worker->manager, &download)))
    {
        check(worker, false);
        return;
    }
    swprintf(name, ARRAY_SIZE(name), L"%u-%u", worker->number, round);
    httpd_wide_url(worker->kit->httpd, "/a", url);
    check(worker, kit_set_string(download, DODownloadProperty_Uri, url) == S_OK);
    check(worker, kit_set_string(download, DODownloadProperty_LocalPath,
                                 kit_path(worker->kit, name, path)) == S_OK);
    check(worker, recorder_attach_download(worker->recorder, download) == S_OK);
    if (round % 3 == 0)
        check(worker, kit_set_bool(download, DODownloadProperty_BlockingMode, true) == S_OK);
    check(worker, IDODownload_Start(download, NULL) == S_OK);
    if (round % 4 == 1)
        check(worker, is_expected(IDODownload_Pause(download)));
    if (round % 4 == 2)
        check(worker, set_object(download, DODownloadProperty_CallbackInterface, NULL) == S_OK);
    hr = round % 3 == 0 ? IDODownload_Finalize(download) : IDODownload_Abort(download);
    check(worker, SUCCEEDED(hr));
    IDODownload_Release(download);
}

/* A call into an apartment that ends meanwhile never lets go of its arguments, so a client that is
 * in its right mind waits. */
static void leave(struct worker *worker, IStream *stream)
{
    HANDLE never = CreateEventW(NULL, FALSE, FALSE, NULL);
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    ULONG others;

    do
    {
        kit_pump_until(never, 5);
        IStream_AddRef(stream);
        others = IStream_Release(stream) - 1;
    } while ((others || recorder_references(worker->recorder) != 1) && GetTickCount64() < deadline);
    check(worker, GetTickCount64() < deadline);
    IStream_Release(stream);
    CloseHandle(never);
}

static DWORD WINAPI work(void *context)
{
    struct worker *worker = context;
    unsigned int round;
    IStream *stream;

    CoInitializeEx(NULL, worker->number % 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED);
    CreateStreamOnHGlobal(NULL, TRUE, &stream);
    for (round = 0; round < ROUNDS; round++)
    {
        run_one(worker, round);
        disturb(worker, DODownloadProperty_CallbackInterface, recorder_unknown(worker->recorder));
        disturb(worker, DODownloadProperty_StreamInterface, (IUnknown *)stream);
    }
    leave(worker, stream);
    CoUninitialize();
    return 0;
}

static void everything_ends(void **state)
{
    struct worker workers[THREADS] = {0};
    HANDLE threads[THREADS];
    struct kit *kit = *state;
    size_t i;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 20000});
    for (i = 0; i < THREADS; i++)
    {
        assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IDOManager,
                                                              (void **)&workers[i].manager));
        if (!i)
            assert_hr(S_OK, IDOManager_CreateDownload(workers[i].manager, &workers[i].shared));
        workers[i].shared = workers[0].shared;
        workers[i].kit = kit;
        workers[i].number = (unsigned int)i;
        workers[i].recorder = recorder_create();
    }
    for (i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
    assert_int_equal(WAIT_OBJECT_0, WaitForMultipleObjects(THREADS, threads, TRUE, 60000));
    assert_hr(S_OK, IDODownload_Abort(workers[0].shared));
    IDODownload_Release(workers[0].shared);
    for (i = 0; i < THREADS; i++)
    {
        assert_int_equal(0, workers[i].failures);
        assert_true(recorder_wait_released(workers[i].recorder, KIT_LIMIT));
        recorder_release(workers[i].recorder);
        IDOManager_Release(workers[i].manager);
        CloseHandle(threads[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_ends, kit_setup, kit_teardown),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
