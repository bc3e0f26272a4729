/* The two objects a client hands to a download, its callback and its stream, and what a download to
 * a stream does. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>

#define SIZE (3u << 20)

/* ---- a stream that keeps what it gets ---- */

struct sponge
{
    ISequentialStream ISequentialStream_iface;
    LONG references;
    LONG read; /* how often anything but Write was called */
    DWORD thread;
    HRESULT answer; /* of every Write */
    ULONG pause;    /* ms that every Write takes */
    HANDLE written;
    size_t size;
    BYTE data[SIZE];
};

static struct sponge *sponge_from(ISequentialStream *iface)
{
    return CONTAINING_RECORD(iface, struct sponge, ISequentialStream_iface);
}

static HRESULT STDMETHODCALLTYPE sponge_QueryInterface(ISequentialStream *iface, REFIID iid,
                                                       void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_ISequentialStream))
        return E_NOINTERFACE;
    ISequentialStream_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE sponge_AddRef(ISequentialStream *iface)
{
    return InterlockedIncrement(&sponge_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE sponge_Release(ISequentialStream *iface)
{
    return InterlockedDecrement(&sponge_from(iface)->references);
}

static HRESULT STDMETHODCALLTYPE sponge_Read(ISequentialStream *iface, void *data, ULONG size,
                                             ULONG *got)
{
    (void)data, (void)size, (void)got;
    InterlockedIncrement(&sponge_from(iface)->read);
    return E_NOTIMPL;
}

/* As Microsoft's own client does, it leaves the count of what was written alone. */
static HRESULT STDMETHODCALLTYPE sponge_Write(ISequentialStream *iface, const void *data,
                                              ULONG size, ULONG *written)
{
    struct sponge *sponge = sponge_from(iface);

    (void)written;
    sponge->thread = GetCurrentThreadId();
    if (sponge->pause)
        kit_pass(sponge->pause);
    if (FAILED(sponge->answer) || size > SIZE - sponge->size)
        return FAILED(sponge->answer) ? sponge->answer : STG_E_MEDIUMFULL;
    memcpy(sponge->data + sponge->size, data, size);
    sponge->size += size;
    SetEvent(sponge->written);
    return S_OK;
}

static const ISequentialStreamVtbl sponge_vtbl = {sponge_QueryInterface, sponge_AddRef,
                                                  sponge_Release, sponge_Read, sponge_Write};

static struct sponge *sponge_create(void)
{
    struct sponge *sponge = calloc(1, sizeof(*sponge));

    assert_non_null(sponge);
    sponge->ISequentialStream_iface.lpVtbl = &sponge_vtbl;
    sponge->references = 1;
    sponge->written = CreateEventW(NULL, FALSE, FALSE, NULL);
    return sponge;
}

/* Waits until nobody else has it. */
static void sponge_release(struct sponge *sponge)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (sponge->references != 1 && GetTickCount64() < deadline)
        kit_pump_until(sponge->written, 10);
    assert_int_equal(1, sponge->references);
    assert_int_equal(0, sponge->read);
    CloseHandle(sponge->written);
    free(sponge);
}

static bool sponge_holds(const struct sponge *sponge, uint32_t seed, size_t size)
{
    BYTE *expected = malloc(size);
    bool same;

    assert_non_null(expected);
    content_fill(seed, 0, expected, size);
    same = sponge->size == size && !memcmp(expected, sponge->data, size);
    free(expected);
    return same;
}

/* ---- downloads ---- */

static HRESULT set_object(IDODownload *download, DODownloadProperty id, IUnknown *object)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return IDODownload_SetProperty(download, id, &value);
}

/* Of the server's /a; without a target. */
static IDODownload *download_of(struct kit *kit)
{
    wchar_t url[HTTPD_URL_MAX];
    IDODownload *download = kit_download(kit);

    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri,
                                   httpd_wide_url(kit->httpd, "/a", url)));
    return download;
}

static IDODownload *download_into(struct kit *kit, struct sponge *sponge)
{
    IDODownload *download = download_of(kit);

    assert_hr(S_OK, set_object(download, DODownloadProperty_StreamInterface,
                               (IUnknown *)&sponge->ISequentialStream_iface));
    return download;
}

/* kit_wait_download, but an STA's calls come through meanwhile. */
static bool wait_state(IDODownload *download, DODownloadState state, struct sponge *sponge)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    DO_DOWNLOAD_STATUS status = {0};

    while (SUCCEEDED(IDODownload_GetStatus(download, &status)) && status.State != state &&
           GetTickCount64() < deadline)
        kit_pump_until(sponge->written, 10);
    return status.State == state;
}

/* ---- objects ---- */

static void an_object_comes_back_as_itself_and_can_be_taken_away(DODownloadProperty id,
                                                                 IDODownload *download,
                                                                 IUnknown *object, VARTYPE clear)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    assert_hr(S_OK, IDODownload_SetProperty(download, id, &value));
    assert_hr(S_OK, IDODownload_GetProperty(download, id, &value));
    assert_int_equal(VT_UNKNOWN, V_VT(&value));
    assert_ptr_equal(object, V_UNKNOWN(&value));
    VariantClear(&value);
    V_VT(&value) = clear;
    V_UNKNOWN(&value) = NULL;
    assert_hr(S_OK, IDODownload_SetProperty(download, id, &value));
    assert_hr(E_NOT_SET, IDODownload_GetProperty(download, id, &value));
}

static void a_callback_comes_back_and_can_be_taken_away(void **state)
{
    IDODownload *download = download_of(*state);
    struct recorder *recorder = recorder_create();
    IUnknown *callback = recorder_unknown(recorder);

    an_object_comes_back_as_itself_and_can_be_taken_away(DODownloadProperty_CallbackInterface,
                                                         download, callback, VT_UNKNOWN);
    an_object_comes_back_as_itself_and_can_be_taken_away(DODownloadProperty_CallbackInterface,
                                                         download, callback, VT_EMPTY);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    assert_hr(E_NOINTERFACE, set_object(download, DODownloadProperty_StreamInterface, callback));
    recorder_release(recorder);
    IDODownload_Release(download);
}

static void a_stream_comes_back_and_can_be_taken_away(void **state)
{
    IDODownload *download = download_of(*state);
    struct sponge *sponge = sponge_create();
    IUnknown *stream = (IUnknown *)&sponge->ISequentialStream_iface;

    an_object_comes_back_as_itself_and_can_be_taken_away(DODownloadProperty_StreamInterface,
                                                         download, stream, VT_UNKNOWN);
    an_object_comes_back_as_itself_and_can_be_taken_away(DODownloadProperty_StreamInterface,
                                                         download, stream, VT_EMPTY);
    assert_hr(E_NOINTERFACE, set_object(download, DODownloadProperty_CallbackInterface, stream));
    sponge_release(sponge);
    IDODownload_Release(download);
}

/* ---- downloads to a stream ---- */

static void a_stream_gets_every_byte_in_order(void **state)
{
    struct kit *kit = *state;
    struct sponge *sponge = sponge_create();
    IDODownload *download;
    DO_DOWNLOAD_STATUS status;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_into(kit, sponge);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(wait_state(download, DODownloadState_Transferred, sponge));
    assert_true(sponge_holds(sponge, 1, SIZE));
    assert_int_equal(kit->sta, sponge->thread == GetCurrentThreadId());
    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    assert_int_equal(SIZE, status.BytesTransferred);
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    sponge_release(sponge);
}

static void a_blocking_start_feeds_the_stream(void **state)
{
    const DO_DOWNLOAD_RANGES_INFO all = {1, {{0, DO_LENGTH_TO_EOF}}};
    struct kit *kit = *state;
    struct sponge *sponge = sponge_create();
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 100000});
    download = download_into(kit, sponge);
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr(S_OK, IDODownload_Start(download, &all));
    assert_true(sponge_holds(sponge, 1, 100000));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    sponge_release(sponge);
}

static void a_stream_that_fails_ends_the_download(void **state)
{
    struct kit *kit = *state;
    struct sponge *sponge = sponge_create();
    IDODownload *download;

    sponge->answer = E_ABORT;
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = 100000});
    download = download_into(kit, sponge);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(wait_state(download, DODownloadState_Paused, sponge));
    assert_download_error(E_ABORT, S_OK, download);
    assert_hr(S_OK, IDODownload_Abort(download));
    IDODownload_Release(download);
    sponge_release(sponge);
}

static void an_interrupted_stream_goes_on_where_it_was(void **state)
{
    struct kit *kit = *state;
    struct sponge *sponge = sponge_create();
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = SIZE, .etag = "\"e\"", .cut = true, .cut_after = 1 << 20},
                 {.seed = 1, .size = SIZE, .etag = "\"e\""});
    download = download_into(kit, sponge);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(wait_state(download, DODownloadState_Transferred, sponge));
    assert_true(sponge_holds(sponge, 1, SIZE));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    sponge_release(sponge);
}

static void abort_waits_for_the_write_under_way(void **state)
{
    struct kit *kit = *state;
    struct sponge *sponge = sponge_create();
    uint64_t begun = GetTickCount64();
    IDODownload *download;

    sponge->pause = 100;
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_into(kit, sponge);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(httpd_wait_sent(kit->httpd, "/a", 1 << 20, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Abort(download));
    assert_true(GetTickCount64() - begun < 5000);
    IDODownload_Release(download);
    sponge_release(sponge);
}

static void a_target_and_a_stream_exclude_each_other(void **state)
{
    struct sponge *sponge = sponge_create();
    IDODownload *download = download_into(*state, sponge);

    assert_hr(DO_E_FILE_DOWNLOADSINK_ALREADY_SET,
              kit_set_string(download, DODownloadProperty_LocalPath, L"C:\\x"));
    assert_hr(S_OK, set_object(download, DODownloadProperty_StreamInterface, NULL));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_LocalPath, L"C:\\x"));
    assert_hr(DO_E_FILE_DOWNLOADSINK_ALREADY_SET,
              set_object(download, DODownloadProperty_StreamInterface,
                         (IUnknown *)&sponge->ISequentialStream_iface));
    IDODownload_Release(download);
    sponge_release(sponge);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
#define TEST_BOTH(name)                                                                            \
    TEST(name), cmocka_unit_test_setup_teardown(name, kit_setup_sta, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(a_callback_comes_back_and_can_be_taken_away),
        TEST_BOTH(a_stream_comes_back_and_can_be_taken_away),
        TEST_BOTH(a_stream_gets_every_byte_in_order),
        TEST_BOTH(a_blocking_start_feeds_the_stream),
        TEST_BOTH(a_stream_that_fails_ends_the_download),
        TEST_BOTH(an_interrupted_stream_goes_on_where_it_was),
        TEST_BOTH(abort_waits_for_the_write_under_way),
        TEST(a_target_and_a_stream_exclude_each_other),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
