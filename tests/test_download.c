/* IDODownload: what its methods answer in every state, ranges, streams, files, waiting. */
#include "testkit/kit.h"

#define SIZE 300000

/* ---- every method in every state ---- */

enum call
{
    CALL_START,
    CALL_PAUSE,
    CALL_FINALIZE,
    CALL_ABORT,
    CALLS
};

#define INV DO_E_INVALID_STATE

static const struct
{
    HRESULT answer;
    DODownloadState after;
} expected[][CALLS] = {
    [DODownloadState_Created] = {{S_OK, DODownloadState_Transferring},
                                 {S_OK, DODownloadState_Created},
                                 {INV, DODownloadState_Created},
                                 {S_OK, DODownloadState_Aborted}},
    [DODownloadState_Transferring] = {{S_OK, DODownloadState_Transferring},
                                      {S_OK, DODownloadState_Paused},
                                      {INV, DODownloadState_Transferring},
                                      {S_OK, DODownloadState_Aborted}},
    [DODownloadState_Transferred] = {{S_OK, DODownloadState_Transferred},
                                     {S_OK, DODownloadState_Transferred},
                                     {S_OK, DODownloadState_Finalized},
                                     {S_OK, DODownloadState_Aborted}},
    [DODownloadState_Finalized] = {{INV, DODownloadState_Finalized},
                                   {INV, DODownloadState_Finalized},
                                   {S_OK, DODownloadState_Finalized},
                                   {INV, DODownloadState_Finalized}},
    [DODownloadState_Aborted] = {{INV, DODownloadState_Aborted},
                                 {INV, DODownloadState_Aborted},
                                 {INV, DODownloadState_Aborted},
                                 {INV, DODownloadState_Aborted}},
    [DODownloadState_Paused] = {{S_OK, DODownloadState_Transferring},
                                {S_OK, DODownloadState_Paused},
                                {INV, DODownloadState_Paused},
                                {S_OK, DODownloadState_Aborted}},
};

static IDODownload *download_in(struct kit *kit, DODownloadState state)
{
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1,
                  .size = SIZE,
                  .hold_body = state == DODownloadState_Transferring ||
                               state == DODownloadState_Paused || state == DODownloadState_Created,
                  .hold_at = 1000});
    download = kit_download_of(kit, "/a", L"a.bin");
    if (state == DODownloadState_Created)
        return download;
    if (state == DODownloadState_Aborted)
    {
        assert_hr(S_OK, IDODownload_Abort(download));
        return download;
    }
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    if (state == DODownloadState_Transferred || state == DODownloadState_Finalized)
        assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    if (state == DODownloadState_Finalized)
        assert_hr(S_OK, IDODownload_Finalize(download));
    if (state == DODownloadState_Paused)
        assert_hr(S_OK, IDODownload_Pause(download));
    assert_int_equal(state, kit_download_state(download));
    return download;
}

static HRESULT make_call(IDODownload *download, enum call call)
{
    switch (call)
    {
    case CALL_START:
        return IDODownload_Start(download, NULL);
    case CALL_PAUSE:
        return IDODownload_Pause(download);
    case CALL_FINALIZE:
        return IDODownload_Finalize(download);
    default:
        return IDODownload_Abort(download);
    }
}

static void every_method_answers_as_its_state_demands(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    size_t from, call;

    for (from = 0; from < ARRAY_SIZE(expected); from++)
        for (call = 0; call < CALLS; call++)
        {
            download = download_in(kit, (DODownloadState)from);
            assert_hr(expected[from][call].answer, make_call(download, (enum call)call));
            assert_int_equal(expected[from][call].after, kit_download_state(download));
            httpd_release(kit->httpd, "/a");
            IDODownload_Abort(download);
            IDODownload_Release(download);
        }
}

/* ---- what is missing ---- */

static IDODownload *bare_download(struct kit *kit)
{
    IDODownload *download;
    IDOManager *manager;

    assert_hr(S_OK, IBackgroundCopyManager_QueryInterface(kit->manager, &IID_IDOManager,
                                                          (void **)&manager));
    assert_hr(S_OK, IDOManager_CreateDownload(manager, &download));
    assert_hr(E_INVALIDARG, IDOManager_CreateDownload(manager, NULL));
    IDOManager_Release(manager);
    return download;
}

static void start_says_what_is_missing(void **state)
{
    IDODownload *download = bare_download(*state);
    wchar_t path[MAX_PATH];

    assert_hr(DO_E_DOWNLOAD_NO_URI, IDODownload_Start(download, NULL));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_Uri, L"http://127.0.0.1/x"));
    assert_hr(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED, IDODownload_Start(download, NULL));
    assert_hr(S_OK,
              kit_set_string(download, DODownloadProperty_LocalPath, kit_path(*state, L"x", path)));
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_IntegrityCheckMandatory, true));
    assert_hr(DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, IDODownload_Start(download, NULL));
    assert_hr(E_INVALIDARG, IDODownload_GetStatus(download, NULL));
    assert_int_equal(DODownloadState_Created, kit_download_state(download));
    IDODownload_Release(download);
}

static void a_bits_manager_has_no_downloads(void **state)
{
    IUnknown *manager = NULL;

    (void)state;
    assert_hr(E_NOINTERFACE,
              kit_create(&CLSID_DosvcBitsManager, &IID_IDOManager, (void **)&manager));
    assert_hr(S_OK, kit_create(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager));
    IUnknown_Release(manager);
}

/* ---- ranges ---- */

static void ranges_are_written_back_to_back_in_the_given_order(void **state)
{
    struct
    {
        DO_DOWNLOAD_RANGES_INFO info;
        DO_DOWNLOAD_RANGE more;
    } ranges = {{2, {{200000, 1000}}}, {500, 100}};
    wchar_t path[MAX_PATH];
    struct kit *kit = *state;
    DO_DOWNLOAD_STATUS status;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = kit_download_of(kit, "/a", L"a.bin");
    assert_hr(S_OK, IDODownload_Start(download, &ranges.info));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    assert_int_equal(1100, status.BytesTotal);
    assert_int_equal(1100, status.BytesTransferred);
    kit_path(kit, L"a.bin", path);
    assert_int_equal(1100, content_file_size(path));
    assert_true(content_check_part(path, 0, 1, 200000, 1000));
    assert_true(content_check_part(path, 1000, 1, 500, 100));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
}

static void ranges_that_cannot_be_are_refused(void **state)
{
    struct
    {
        DO_DOWNLOAD_RANGES_INFO info;
        DO_DOWNLOAD_RANGE more;
    } ranges = {{2, {{0, 1000}}}, {500, 100}};
    IDODownload *download = download_in(*state, DODownloadState_Created);

    assert_hr(DO_E_OVERLAPPING_RANGES, IDODownload_Start(download, &ranges.info));
    ranges.info.Ranges[0].Length = 0;
    assert_hr(DO_E_INVALID_RANGE, IDODownload_Start(download, &ranges.info));
    assert_int_equal(DODownloadState_Created, kit_download_state(download));
    IDODownload_Release(download);
}

/* ---- files ---- */

static void the_file_is_there_when_transferred_and_gone_when_aborted(void **state)
{
    struct kit *kit = *state;
    wchar_t path[MAX_PATH];
    IDODownload *download = download_in(kit, DODownloadState_Transferred);

    kit_path(kit, L"a.bin", path);
    assert_true(content_check_file(path, 1, SIZE));
    assert_hr(S_OK, IDODownload_Abort(download));
    assert_int_equal(UINT64_MAX, content_file_size(path));
    IDODownload_Release(download);
}

static void a_second_download_to_the_same_path_aborts_the_first(void **state)
{
    struct kit *kit = *state;
    IDODownload *first = download_in(kit, DODownloadState_Transferring), *second;
    wchar_t path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 2, .size = SIZE});
    second = kit_download_of(kit, "/b", L"a.bin");
    assert_hr(S_OK, IDODownload_Start(second, NULL));
    assert_int_equal(DODownloadState_Aborted, kit_download_state(first));
    assert_true(kit_wait_download(second, DODownloadState_Transferred, KIT_LIMIT));
    assert_true(content_check_file(kit_path(kit, L"a.bin", path), 2, SIZE));
    assert_hr(S_OK, IDODownload_Finalize(second));
    IDODownload_Release(first);
    IDODownload_Release(second);
}

/* ---- BlockingMode ---- */

static void start_blocks_until_transferred(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .delay = 200});
    download = kit_download_of(kit, "/a", L"a.bin");
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_int_equal(DODownloadState_Transferred, kit_download_state(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
}

static void a_blocking_start_tells_why_it_failed(void **state)
{
    struct kit *kit = *state;
    IDODownload *download = kit_download_of(kit, "/nowhere", L"a.bin");

    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_BlockingMode, true));
    assert_hr((HRESULT)0x80190194, IDODownload_Start(download, NULL));
    assert_download_error((HRESULT)0x80190194, S_OK, download);
    IDODownload_Release(download);
}

static void an_error_ends_with_the_next_start(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 404}, {.seed = 1, .size = SIZE});
    download = kit_download_of(kit, "/a", L"a.bin");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Paused, KIT_LIMIT));
    assert_download_error((HRESULT)0x80190194, S_OK, download);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
#define TEST_STA(name) cmocka_unit_test_setup_teardown(name, kit_setup_sta, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_method_answers_as_its_state_demands),
        TEST(start_says_what_is_missing),
        TEST(a_bits_manager_has_no_downloads),
        TEST(ranges_are_written_back_to_back_in_the_given_order),
        TEST(ranges_that_cannot_be_are_refused),
        TEST(the_file_is_there_when_transferred_and_gone_when_aborted),
        TEST(a_second_download_to_the_same_path_aborts_the_first),
        TEST(start_blocks_until_transferred),
        TEST_STA(start_blocks_until_transferred),
        TEST(a_blocking_start_tells_why_it_failed),
        TEST(an_error_ends_with_the_next_start),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
