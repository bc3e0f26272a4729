/* Where a file comes from: another URL on the way, another prefix, ranges of it. */
#include "testkit/kit.h"

#define SIZE 200000

static void *face_of(void *object, REFIID iid)
{
    void *face = NULL;

    assert_hr(S_OK, IUnknown_QueryInterface((IUnknown *)object, iid, &face));
    return face;
}

static IBackgroundCopyFile3 *file_at(IBackgroundCopyJob *job, ULONG index)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *listed;
    IBackgroundCopyFile3 *file;

    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Skip(files, index));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &listed, NULL));
    file = face_of(listed, &IID_IBackgroundCopyFile3);
    IBackgroundCopyFile_Release(listed);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

static void finish(IBackgroundCopyJob *job)
{
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
}

static void another_url_with_other_content_begins_anew(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    IBackgroundCopyFile3 *file;
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];

    HTTPD_SCRIPT(
        kit->httpd, "/old",
        {.seed = 1, .size = SIZE, .etag = "\"old\"", .hold_body = true, .hold_at = SIZE / 2});
    HTTPD_SCRIPT(kit->httpd, "/new", {.seed = 2, .size = SIZE / 4 * 3, .etag = "\"new\""});
    job = kit_job_of(kit, "/old", L"target");
    file = file_at(job, 0);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(httpd_wait_sent(kit->httpd, "/old", SIZE / 2, KIT_LIMIT));
    assert_hr(INET_E_INVALID_URL, IBackgroundCopyFile3_SetRemoteName(file, L"nonsense"));
    assert_hr(S_OK,
              IBackgroundCopyFile3_SetRemoteName(file, httpd_wide_url(kit->httpd, "/new", url)));
    finish(job);
    assert_true(content_check_file(kit_path(kit, L"target", path), 2, SIZE / 4 * 3));
    assert_hr(DO_E_INVALID_STATE, IBackgroundCopyFile3_SetRemoteName(file, url));
    IBackgroundCopyFile3_Release(file);
}

static void a_finished_file_is_not_fetched_again(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    IBackgroundCopyFile3 *file;
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 2, .size = SIZE, .hold = true});
    job = kit_job_of(kit, "/a", L"a");
    kit_add_file(kit, job, "/b", L"b");
    file = file_at(job, 0);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_bytes(job, SIZE, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyFile3_SetRemoteName(
                        file, httpd_wide_url(kit->httpd, "/elsewhere", url)));
    httpd_release(kit->httpd, "/b");
    finish(job);
    assert_int_equal(0, httpd_requests(kit->httpd, "/elsewhere"));
    assert_true(content_check_file(kit_path(kit, L"a", path), 1, SIZE));
    assert_true(content_check_file(kit_path(kit, L"b", path), 2, SIZE));
    IBackgroundCopyFile3_Release(file);
}

static void a_prefix_is_replaced_before_the_files_are_fetched(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"prefix");
    IBackgroundCopyJob3 *job3 = face_of(job, &IID_IBackgroundCopyJob3);
    wchar_t root[HTTPD_URL_MAX], path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/x/a", {.seed = 1, .size = 1000});
    HTTPD_SCRIPT(kit->httpd, "/x/b", {.seed = 2, .size = 2000});
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, L"http://nowhere.invalid/a",
                                               kit_path(kit, L"a", path)));
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, L"http://nowhere.invalid/b",
                                               kit_path(kit, L"b", path)));
    httpd_wide_url(kit->httpd, "/x/", root);
    assert_hr(S_FALSE, IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://other/", root));
    assert_hr(S_OK,
              IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://nowhere.invalid/", root));
    IBackgroundCopyJob3_Release(job3);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_true(content_check_file(kit_path(kit, L"a", path), 1, 1000));
    assert_true(content_check_file(kit_path(kit, L"b", path), 2, 2000));
}

static void ranges_land_back_to_back_in_the_given_order(void **state)
{
    BG_FILE_RANGE ranges[] = {{5000, 1000}, {100, 50}, {SIZE - 300, BG_LENGTH_TO_EOF}};
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"ranges");
    IDeliveryOptimizationJob *adder = face_of(job, &IID_IDeliveryOptimizationJob);
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 3, .size = SIZE});
    assert_hr(S_OK, IDeliveryOptimizationJob_AddFileWithRanges(
                        adder, L"id", httpd_wide_url(kit->httpd, "/a", url),
                        kit_path(kit, L"a", path), ARRAY_SIZE(ranges), ranges, SIZE));
    IDeliveryOptimizationJob_Release(adder);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_true(content_file_size(path) == 1350);
    assert_true(content_check_part(path, 0, 3, 5000, 1000));
    assert_true(content_check_part(path, 1000, 3, 100, 50));
    assert_true(content_check_part(path, 1050, 3, SIZE - 300, 300));
}

static void a_range_past_the_end_is_the_jobs_error(void **state)
{
    BG_FILE_RANGE range = {SIZE - 10, 20};
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"ranges");
    IBackgroundCopyJob3 *job3 = face_of(job, &IID_IBackgroundCopyJob3);
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 3, .size = SIZE});
    assert_hr(S_OK,
              IBackgroundCopyJob3_AddFileWithRanges(job3, httpd_wide_url(kit->httpd, "/a", url),
                                                    kit_path(kit, L"a", path), 1, &range));
    IBackgroundCopyJob3_Release(job3);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, DO_E_INVALID_RANGE, job);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(another_url_with_other_content_begins_anew),
        TEST(a_finished_file_is_not_fetched_again),
        TEST(a_prefix_is_replaced_before_the_files_are_fetched),
        TEST(ranges_land_back_to_back_in_the_given_order),
        TEST(a_range_past_the_end_is_the_jobs_error),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
