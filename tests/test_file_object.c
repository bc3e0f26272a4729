/* IBackgroundCopyFile to 6, ranges, and the Delivery Optimization faces of job and file. */
#include "testkit/kit.h"

static IBackgroundCopyFile6 *file_of(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile6 *file6;
    IBackgroundCopyFile *file;

    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    assert_hr(S_OK,
              IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile6, (void **)&file6));
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    return file6;
}

static void a_file_keeps_its_names(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of(kit, "/file", L"file");
    IBackgroundCopyFile6 *file = file_of(job);
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH], *got;
    BG_FILE_PROGRESS progress;

    assert_hr(S_OK, IBackgroundCopyFile6_GetRemoteName(file, &got));
    assert_int_equal(0, wcscmp(httpd_wide_url(kit->httpd, "/file", url), got));
    CoTaskMemFree(got);
    assert_hr(S_OK, IBackgroundCopyFile6_GetLocalName(file, &got));
    assert_int_equal(0, wcscmp(kit_path(kit, L"file", path), got));
    CoTaskMemFree(got);
    assert_hr(S_OK, IBackgroundCopyFile6_GetProgress(file, &progress));
    assert_true(progress.BytesTotal == BG_SIZE_UNKNOWN);
    assert_true(!progress.BytesTransferred && !progress.Completed);
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob_Release(job);
}

static void null_out_pointers_are_invalid_arguments(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    IBackgroundCopyFile6 *file = file_of(job);

    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetRemoteName(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetLocalName(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetProgress(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetFileRanges(file, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetTemporaryName(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetValidationState(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_IsDownloadedFromPeer(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetPeerDownloadStats(file, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetFilledFileRanges(file, NULL, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_GetProperty(
                                file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, NULL));
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob_Release(job);
}

static void a_whole_file_has_no_ranges(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    IBackgroundCopyFile6 *file = file_of(job);
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)&ranges;
    DWORD count = 99;

    assert_hr(S_FALSE, IBackgroundCopyFile6_GetFileRanges(file, &count, &ranges));
    assert_int_equal(0, count);
    assert_null(ranges);
    assert_hr(S_OK, IBackgroundCopyFile6_GetFilledFileRanges(file, &count, &ranges));
    assert_int_equal(0, count);
    assert_null(ranges);
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob_Release(job);
}

static void ranges_come_back_as_they_were_given(void **state)
{
    BG_FILE_RANGE given[] = {{900, 100}, {100, 50}, {2000, BG_LENGTH_TO_EOF}}, *ranges;
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"job");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyFile6 *file;
    wchar_t path[MAX_PATH];
    DWORD count, i;

    kit_path(kit, L"file", path);
    assert_hr(S_OK, IBackgroundCopyJob5_AddFileWithRanges(job5, L"http://localhost/file", path,
                                                          ARRAY_SIZE(given), given));
    file = file_of(job);
    assert_hr(S_OK, IBackgroundCopyFile6_GetFileRanges(file, &count, &ranges));
    assert_int_equal(ARRAY_SIZE(given), count);
    for (i = 0; i < count; i++)
    {
        assert_true(given[i].InitialOffset == ranges[i].InitialOffset);
        assert_true(given[i].Length == ranges[i].Length);
    }
    CoTaskMemFree(ranges);
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Release(job);
}

static void bad_ranges_are_refused(void **state)
{
    BG_FILE_RANGE overlapping[] = {{0, 100}, {50, 100}}, past_end[] = {{BG_LENGTH_TO_EOF, 1}},
                  empty[] = {{5, 0}};
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"job");
    IDeliveryOptimizationJob *delivery = kit_face(job, &IID_IDeliveryOptimizationJob);
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    const wchar_t *url = L"http://localhost/file";
    BG_JOB_PROGRESS progress;
    wchar_t path[MAX_PATH];

    kit_path(kit, L"file", path);
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_AddFileWithRanges(job5, url, path, 0, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_AddFileWithRanges(job5, url, path, 1, NULL));
    assert_hr(DO_E_OVERLAPPING_RANGES,
              IBackgroundCopyJob5_AddFileWithRanges(job5, url, path, 2, overlapping));
    assert_hr(DO_E_INVALID_RANGE,
              IBackgroundCopyJob5_AddFileWithRanges(job5, url, path, 1, past_end));
    assert_hr(DO_E_INVALID_RANGE, IBackgroundCopyJob5_AddFileWithRanges(job5, url, path, 1, empty));
    assert_hr(E_INVALIDARG, IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", url, L"", 0,
                                                                       NULL, DO_UNKNOWN_FILE_SIZE));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(0, progress.FilesTotal);
    assert_hr(S_OK, IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", url, path, 0, NULL,
                                                               DO_UNKNOWN_FILE_SIZE));
    IDeliveryOptimizationJob_Release(delivery);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Release(job);
}

static void a_remote_name_can_be_changed(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyFile6 *file = file_of(job);
    wchar_t *name, text[2300];

    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_SetRemoteName(file, NULL));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_SetRemoteName(file, L""));
    wmemset(text, L'x', 2201);
    text[2201] = 0;
    wmemcpy(text, L"http://localhost/", 17);
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_SetRemoteName(file, text));
    assert_hr(S_OK, IBackgroundCopyFile6_SetRemoteName(file, L"http://one/a/b"));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"", L"http://two/"));
    assert_hr(E_INVALIDARG, IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"http://one/", L""));
    assert_hr(S_FALSE, IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"HTTP://ONE/", L"http://x/"));
    assert_hr(S_OK, IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"http://one", L"https://two"));
    assert_hr(S_OK, IBackgroundCopyFile6_GetRemoteName(file, &name));
    assert_int_equal(0, wcscmp(L"https://two/a/b", name));
    CoTaskMemFree(name);
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJob_Release(job);
}

static void a_file_property_is_read_only(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    BITS_FILE_PROPERTY_VALUE value = {NULL};
    IBackgroundCopyFile6 *file = file_of(job);

    assert_hr(
        DO_E_READ_ONLY_PROPERTY,
        IBackgroundCopyFile6_SetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IBackgroundCopyFile6_SetProperty(file, (BITS_FILE_PROPERTY_ID)2, value));
    assert_hr(DO_E_UNKNOWN_PROPERTY_ID,
              IBackgroundCopyFile6_GetProperty(file, (BITS_FILE_PROPERTY_ID)2, &value));
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob_Release(job);
}

static void both_slots_of_get_stats_tell_the_same(void **state)
{
    IBackgroundCopyJob *job = kit_job_of(*state, "/file", L"file");
    IBackgroundCopyFile6 *file = file_of(job);
    IDeliveryOptimizationFile *delivery = kit_face(file, &IID_IDeliveryOptimizationFile);
    DOSwarmStats stats;
    int slot;

    for (slot = 3; slot <= 4; slot++)
    {
        memset(&stats, 0xff, sizeof(stats));
        assert_hr(S_OK, slot == 3 ? IDeliveryOptimizationFile_GetStatsAtSlot3(delivery, &stats)
                                  : IDeliveryOptimizationFile_GetStats(delivery, &stats));
        assert_non_null(stats.sourceURL);
        assert_int_equal(SwarmStatus_Paused, stats.status);
        assert_true(stats.isBackground);
        CoTaskMemFree(stats.fileId);
        CoTaskMemFree(stats.sourceURL);
    }
    assert_hr(E_INVALIDARG, IDeliveryOptimizationFile_GetStats(delivery, NULL));
    IDeliveryOptimizationFile_Release(delivery);
    IBackgroundCopyFile6_Release(file);
    IBackgroundCopyJob_Release(job);
}

static void a_file_added_by_job2_is_given_back(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"job");
    IDeliveryOptimizationJob2 *delivery = kit_face(job, &IID_IDeliveryOptimizationJob2);
    IDeliveryOptimizationFile *file = NULL;
    const wchar_t *url = L"http://localhost/file";
    BG_JOB_PROGRESS progress;
    void *out = &out;

    assert_hr(E_NOINTERFACE,
              IDeliveryOptimizationJob2_AddFile(delivery, L"id", url, 0, NULL, &IID_IStream, &out));
    assert_null(out);
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(0, progress.FilesTotal);
    assert_hr(S_OK,
              IDeliveryOptimizationJob2_AddFile(delivery, L"id", url, 0, NULL,
                                                &IID_IDeliveryOptimizationFile, (void **)&file));
    assert_non_null(file);
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(1, progress.FilesTotal);
    IDeliveryOptimizationFile_Release(file);
    IDeliveryOptimizationJob2_Release(delivery);
    IBackgroundCopyJob_Release(job);
}

static void a_bits_job_has_no_delivery_optimization_faces(void **state)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    void *out = &out;
    GUID id;

    (void)state;
    assert_hr(S_OK, kit_manager(&CLSID_DosvcBitsManager, &manager));
    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, L"job", 0, &id, &job));
    assert_hr(E_NOINTERFACE,
              IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, &out));
    assert_null(out);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(a_file_keeps_its_names),
        kit_case(null_out_pointers_are_invalid_arguments),
        kit_case(a_whole_file_has_no_ranges),
        kit_case(ranges_come_back_as_they_were_given),
        kit_case(bad_ranges_are_refused),
        kit_case(a_remote_name_can_be_changed),
        kit_case(a_file_property_is_read_only),
        kit_case(both_slots_of_get_stats_tell_the_same),
        kit_case(a_file_added_by_job2_is_given_back),
        kit_case(a_bits_job_has_no_delivery_optimization_faces),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
