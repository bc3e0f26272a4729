/* The way of Microsoft's own C++ client: no callback but polling, resuming with Start(NULL), and
 * streams that answer for nothing but IStream and never tell how much they wrote. */
#include "client_kit.h"

#include <stdlib.h>

static void sdk_blanket(void *object)
{
    assert_hr(S_OK, CoSetProxyBlanket(object, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NONE,
                                      COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT,
                                      RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING));
}

static IDODownload *sdk_create(struct kit *kit, const char *path, const wchar_t *target)
{
    IDOManager *manager = client_manager();
    IDODownload *download;
    wchar_t full[MAX_PATH];

    sdk_blanket(manager);
    download = client_download(manager);
    sdk_blanket(download);
    IDOManager_Release(manager);
    client_set_uri(download, kit, path);
    if (target)
        client_set_text(download, DODownloadProperty_LocalPath, kit_path(kit, target, full));
    return download;
}

/* "Transient" is Paused with no more than an extended error: it goes on by itself. */
static bool sdk_has_stopped(const DO_DOWNLOAD_STATUS *status)
{
    return status->State == DODownloadState_Paused && FAILED(status->Error);
}

/* Polls; true when Transferred. */
static bool sdk_wait(IDODownload *download)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    DO_DOWNLOAD_STATUS status = client_status(download);

    while (status.State != DODownloadState_Transferred && !sdk_has_stopped(&status) &&
           GetTickCount64() < deadline)
    {
        kit_pass(20);
        status = client_status(download);
    }
    return status.State == DODownloadState_Transferred;
}

static void sdk_start(IDODownload *download)
{
    const DO_DOWNLOAD_RANGES_INFO all = {0};

    assert_hr(S_OK, IDODownload_Start(download, &all));
}

/* ---- its stream ---- */

struct pipe
{
    IStream IStream_iface;
    LONG references;
    size_t size;
    BYTE data[CLIENT_SIZE];
};

static struct pipe *pipe_from(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct pipe, IStream_iface);
}

static HRESULT STDMETHODCALLTYPE pipe_QueryInterface(IStream *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IStream))
        return E_NOINTERFACE;
    IStream_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE pipe_AddRef(IStream *iface)
{
    return InterlockedIncrement(&pipe_from(iface)->references);
}

static ULONG STDMETHODCALLTYPE pipe_Release(IStream *iface)
{
    return InterlockedDecrement(&pipe_from(iface)->references);
}

static HRESULT STDMETHODCALLTYPE pipe_Write(IStream *iface, const void *data, ULONG size,
                                            ULONG *written)
{
    struct pipe *pipe = pipe_from(iface);

    (void)written;
    if (size > sizeof(pipe->data) - pipe->size)
        return E_FAIL;
    memcpy(pipe->data + pipe->size, data, size);
    pipe->size += size;
    return S_OK;
}

/* Whatever else were called would crash. */
static const IStreamVtbl pipe_vtbl = {.QueryInterface = pipe_QueryInterface,
                                      .AddRef = pipe_AddRef,
                                      .Release = pipe_Release,
                                      .Write = pipe_Write};

/* ---- stories ---- */

static void a_file_is_polled_for(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    wchar_t target[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    download = sdk_create(kit, "/a", L"a.bin");
    sdk_start(download);
    assert_true(sdk_wait(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_true(content_check_file(kit_path(kit, L"a.bin", target), 1, CLIENT_SIZE));
    IDODownload_Release(download);
}

static void a_pause_is_seen_at_once_and_ended_by_start(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    DO_DOWNLOAD_STATUS status;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\"", .hold_body = true, .hold_at = 9},
                 {.seed = 1, .size = CLIENT_SIZE, .etag = "\"e\""});
    download = sdk_create(kit, "/a", L"a.bin");
    sdk_start(download);
    assert_true(httpd_wait_request(kit->httpd, "/a", 1, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Pause(download));
    status = client_status(download);
    assert_int_equal(DODownloadState_Paused, status.State);
    assert_hr(S_OK, status.Error);
    assert_hr(S_OK, status.ExtendedError);
    kit_pass(300); /* or the connection that is held just goes on */
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(sdk_wait(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
}

static void a_stream_is_given_one_range_to_the_end(void **state)
{
    const DO_DOWNLOAD_RANGES_INFO all = {1, {{0, DO_LENGTH_TO_EOF}}};
    struct pipe *pipe = calloc(1, sizeof(*pipe));
    BYTE *expected = malloc(CLIENT_SIZE);
    struct kit *kit = *state;
    IDODownload *download;
    VARIANT size;

    assert_true(pipe && expected);
    pipe->IStream_iface.lpVtbl = (IStreamVtbl *)&pipe_vtbl;
    pipe->references = 1;
    content_fill(1, 0, expected, CLIENT_SIZE);
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    download = sdk_create(kit, "/a", NULL);
    assert_hr(S_OK, client_set_object(download, DODownloadProperty_StreamInterface, pipe));
    assert_hr(S_OK, IDODownload_Start(download, &all));
    assert_true(sdk_wait(download));
    size = client_get(download, DODownloadProperty_TotalSizeBytes, VT_UI8);
    assert_int_equal(pipe->size, V_UI8(&size));
    assert_int_equal(CLIENT_SIZE, pipe->size);
    assert_memory_equal(expected, pipe->data, CLIENT_SIZE);
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    while (pipe->references != 1)
        kit_pass(5);
    free(pipe);
    free(expected);
}

static void downloads_are_listed_one_by_one(void **state)
{
    struct kit *kit = *state;
    IDODownload *first = sdk_create(kit, "/a", L"a.bin"), *second = sdk_create(kit, "/b", L"b.bin");
    IDOManager *manager = client_manager();
    IDODownload *download;
    IEnumUnknown *list;
    IUnknown *unknown;
    unsigned int count = 0;
    ULONG fetched;

    assert_hr(S_OK, IDOManager_EnumDownloads(manager, NULL, &list));
    while (assert_true(SUCCEEDED(IEnumUnknown_Next(list, 1, &unknown, &fetched))), fetched)
    {
        assert_hr(S_OK, IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&download));
        sdk_blanket(download);
        assert_int_equal(DODownloadState_Created, client_status(download).State);
        IDODownload_Release(download);
        IUnknown_Release(unknown);
        count++;
    }
    assert_int_equal(2, count);
    IEnumUnknown_Release(list);
    IDOManager_Release(manager);
    IDODownload_Release(first);
    IDODownload_Release(second);
}

static void what_failed_stays_failed_until_it_is_started_again(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 404}, {.seed = 1, .size = CLIENT_SIZE});
    download = sdk_create(kit, "/a", L"a.bin");
    sdk_start(download);
    assert_false(sdk_wait(download));
    assert_hr((HRESULT)0x80190194, client_status(download).Error);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(sdk_wait(download));
    assert_hr(S_OK, client_status(download).Error);
    assert_hr(S_OK, IDODownload_Abort(download));
    IDODownload_Release(download);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_file_is_polled_for),
        CLIENT_TEST(a_pause_is_seen_at_once_and_ended_by_start),
        CLIENT_TEST(a_stream_is_given_one_range_to_the_end),
        CLIENT_TEST(downloads_are_listed_one_by_one),
        CLIENT_TEST(what_failed_stays_failed_until_it_is_started_again),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
