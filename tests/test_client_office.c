/* The way of an office suite's installer: a job of the old API on Delivery Optimization's class,
 * its files added through IDeliveryOptimizationJob2, sinks set on the files, statistics asked at
 * the second slot, everything completed at the end. */
#include "client_kit.h"

static IDeliveryOptimizationFile *add(IBackgroundCopyJob *job, struct kit *kit, const char *path,
                                      const wchar_t *id)
{
    IDeliveryOptimizationFile *file = NULL;
    IDeliveryOptimizationJob2 *job2 = NULL;
    wchar_t url[HTTPD_URL_MAX];

    assert_hr(S_OK, IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2,
                                                      (void **)&job2));
    assert_hr(S_OK, IDeliveryOptimizationJob2_AddFile(
                        job2, id, httpd_wide_url(kit->httpd, path, url), 0, NULL,
                        &IID_IDeliveryOptimizationFile, (void **)&file));
    IDeliveryOptimizationJob2_Release(job2);
    return file;
}

static void send_to(IDeliveryOptimizationFile *file, const wchar_t *path)
{
    IDeliveryOptimizationFile2 *file2 = NULL;
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(path);
    assert_hr(S_OK, IDeliveryOptimizationFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2,
                                                             (void **)&file2));
    assert_hr(S_OK, IDeliveryOptimizationFile2_SetProperty(
                        file2, DOFilePropertyId_DownloadSinkFilePath, &value));
    VariantClear(&value); /* at once: the file keeps a copy */
    IDeliveryOptimizationFile2_Release(file2);
}

static void assert_stats(IDeliveryOptimizationFile *file, const wchar_t *id)
{
    DOSwarmStats stats = {0};

    assert_hr(S_OK, IDeliveryOptimizationFile_GetStats(file, &stats));
    assert_int_equal(0, wcscmp(id, stats.fileId));
    assert_int_equal(CLIENT_SIZE, stats.fileSize);
    assert_int_equal(CLIENT_SIZE, stats.bytesFromHttp);
    assert_int_equal(CLIENT_SIZE, stats.totalBytesDownloaded);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
}

static void two_packages_arrive(void **state)
{
    struct kit *kit = *state;
    IDeliveryOptimizationFile *first, *second;
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    wchar_t a[MAX_PATH], b[MAX_PATH];
    GUID id;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = CLIENT_SIZE});
    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 2, .size = CLIENT_SIZE});
    assert_hr(S_OK, kit_manager(&CLSID_DeliveryOptimization, &manager));
    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, L"packages", BG_JOB_TYPE_DOWNLOAD,
                                                     &id, &job));
    first = add(job, kit, "/a", L"package-a");
    second = add(job, kit, "/b", L"package-b");
    send_to(first, kit_path(kit, L"a.cab", a));
    send_to(second, kit_path(kit, L"b.cab", b));
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED |
                                                               BG_NOTIFY_JOB_ERROR));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_stats(first, L"package-a");
    assert_stats(second, L"package-b");
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    assert_true(content_check_file(a, 1, CLIENT_SIZE));
    assert_true(content_check_file(b, 2, CLIENT_SIZE));
    IDeliveryOptimizationFile_Release(first);
    IDeliveryOptimizationFile_Release(second);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_missing_package_fails_the_job(void **state)
{
    struct kit *kit = *state;
    IDeliveryOptimizationFile *file;
    IBackgroundCopyJob *job = kit_job(kit, L"packages");
    wchar_t path[MAX_PATH];

    file = add(job, kit, "/nowhere", L"package-a");
    send_to(file, kit_path(kit, L"a.cab", path));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, (HRESULT)0x80190194, job);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IDeliveryOptimizationFile_Release(file);
    IBackgroundCopyJob_Release(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(two_packages_arrive),
        CLIENT_TEST(a_missing_package_fails_the_job),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
