/* What a job may cost: size, time, notifications; and parts of files asked for on demand. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#define SIZE 100000

static IBackgroundCopyJob5 *bits_job(void)
{
    IBackgroundCopyJob *job = kit_job_of_class(&CLSID_DosvcBitsManager, L"limits");
    IBackgroundCopyJob5 *job5 = kit_face(job, &IID_IBackgroundCopyJob5);

    IBackgroundCopyJob_Release(job);
    return job5;
}

static IBackgroundCopyJob *plain(IBackgroundCopyJob5 *job)
{
    return (IBackgroundCopyJob *)job;
}

static void end(IBackgroundCopyJob5 *job)
{
    IBackgroundCopyJob5_Cancel(job);
    IBackgroundCopyJob5_Release(job);
}

static HRESULT set_size_limit(IBackgroundCopyJob5 *job, UINT64 limit)
{
    BITS_JOB_PROPERTY_VALUE value = {.Uint64 = limit};

    return IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value);
}

static HRESULT set_on_demand(IBackgroundCopyJob5 *job)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};

    return IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ON_DEMAND_MODE, value);
}

static IBackgroundCopyFile6 *first_file(IBackgroundCopyJob5 *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *listed;
    IBackgroundCopyFile6 *file;

    assert_hr(S_OK, IBackgroundCopyJob5_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &listed, NULL));
    file = kit_face(listed, &IID_IBackgroundCopyFile6);
    IBackgroundCopyFile_Release(listed);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

/* ---- size ---- */

static void a_job_within_its_size_is_transferred(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 2, .size = SIZE, .chunked = true});
    assert_hr(BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE, set_size_limit(job, 0));
    assert_hr(S_OK, set_size_limit(job, 2 * SIZE));
    kit_add_file(kit, plain(job), "/a", L"a");
    kit_add_file(kit, plain(job), "/b", L"b");
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    assert_true(kit_wait_state(plain(job), BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(BG_E_READ_ONLY_PROPERTY_AFTER_RESUME, set_size_limit(job, SIZE));
    end(job);
}

static void a_job_beyond_its_size_fails(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(kit->httpd, "/b", {.seed = 2, .size = SIZE});
    assert_hr(S_OK, set_size_limit(job, 2 * SIZE - 1));
    kit_add_file(kit, plain(job), "/a", L"a");
    kit_add_file(kit, plain(job), "/b", L"b");
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    assert_true(kit_wait_state(plain(job), BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED,
                     plain(job));
    end(job);
}

static void a_body_of_unknown_length_stops_at_the_size(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = 64 << 20, .chunked = true, .no_accept_ranges = true});
    assert_hr(S_OK, set_size_limit(job, 4 << 20));
    kit_add_file(kit, plain(job), "/a", L"a");
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    assert_true(kit_wait_state(plain(job), BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED,
                     plain(job));
    assert_true(httpd_bytes_sent(kit->httpd, "/a") < 64 << 20);
    end(job);
}

/* ---- time ---- */

static void a_job_ends_after_its_longest_time(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5;
    ULONG seconds;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = 4 << 20, .trickle = 20, .trickle_bytes = 4000});
    job = kit_job_of(kit, "/a", L"target");
    job5 = kit_face(job, &IID_IBackgroundCopyJob5);
    assert_hr(S_OK, IBackgroundCopyJob5_SetMaximumDownloadTime(job5, 30));
    assert_hr(S_OK, IBackgroundCopyJob5_GetMaximumDownloadTime(job5, &seconds));
    assert_int_equal(30, seconds);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, BG_E_MAXDOWNLOAD_TIMEOUT, job);
    IBackgroundCopyJob5_Release(job5);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
}

/* ---- notifications ---- */

/* The process's clock runs 60 times faster: 60 s of it are 1 s. */
static void modifications_keep_the_interval_of_the_client(void **state)
{
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 60 * 60000};
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();
    struct recorder *recorder = recorder_create();

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .trickle = 20, .trickle_bytes = 5000});
    kit_add_file(kit, plain(job), "/a", L"a");
    assert_hr(S_OK, IBackgroundCopyJob5_SetProperty(
                        job, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, value));
    recorder_attach(recorder, plain(job), BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    /* states and the head: bytes would have told ten times more */
    assert_true(recorder_count(recorder, RECORD_MODIFICATION) <= 6);
    end(job);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

/* ---- cost ---- */

static HRESULT set_cost(IBackgroundCopyJob5 *job, DWORD flags)
{
    BITS_JOB_PROPERTY_VALUE value = {.Dword = flags};

    return IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value);
}

/* The only test in which anybody asks for the cost. An answer counts for 30 s, which here are half
 * a second. */
static void a_job_waits_for_a_network_it_may_use(void **state)
{
    const wchar_t *path = L"Software\\dosvc", *name = L"NetworkCost";
    DWORD roaming = 0x40002;
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();
    bool waited;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    kit_add_file(kit, plain(job), "/a", L"a");
    assert_hr(E_INVALIDARG, set_cost(job, 0x100));
    assert_hr(S_OK, set_cost(job, BITS_JOB_TRANSFER_POLICY_STANDARD));
    assert_int_equal(
        0, RegSetKeyValueW(HKEY_CURRENT_USER, path, name, REG_DWORD, &roaming, sizeof(roaming)));
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    waited = kit_wait_state(plain(job), BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT);
    if (waited)
        assert_job_error(BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER,
                         BG_E_BLOCKED_BY_COST_TRANSFER_POLICY, plain(job));
    RegDeleteKeyValueW(HKEY_CURRENT_USER, path, name);
    assert_true(waited);
    assert_int_equal(0, httpd_requests(kit->httpd, "/a"));
    assert_true(kit_wait_state(plain(job), BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    end(job);
}

/* ---- numbers ---- */

#define COUNTS_MS 100 /* a change in the registry counts within 50 */

static void set_setting(const wchar_t *name, DWORD value)
{
    assert_int_equal(0, RegSetKeyValueW(HKEY_CURRENT_USER, L"Software\\dosvc", name, REG_DWORD,
                                        &value, sizeof(value)));
    kit_pass(COUNTS_MS);
}

static void clear_setting(const wchar_t *name)
{
    RegDeleteKeyValueW(HKEY_CURRENT_USER, L"Software\\dosvc", name);
    kit_pass(COUNTS_MS);
}

/* Of BITS' dialect, which few other tests use: they may run beside this one. */
static void settings_bound_files_and_ranges(void **state)
{
    BG_FILE_RANGE ranges[] = {{0, 1}, {2, 1}, {4, 1}};
    IBackgroundCopyJob5 *job = bits_job();
    HRESULT first, second, third, in_two, in_three;
    wchar_t path[MAX_PATH];

    kit_path(*state, L"a", path);
    set_setting(L"BitsMaxRangesPerFile", 2);
    in_three = IBackgroundCopyJob5_AddFileWithRanges(job, L"http://h/a", path, 3, ranges);
    in_two = IBackgroundCopyJob5_AddFileWithRanges(job, L"http://h/a", path, 2, ranges);
    clear_setting(L"BitsMaxRangesPerFile");
    set_setting(L"BitsMaxFilesPerJob", 2);
    first = IBackgroundCopyJob5_AddFile(job, L"http://h/b", path);
    second = IBackgroundCopyJob5_AddFile(job, L"http://h/c", path);
    clear_setting(L"BitsMaxFilesPerJob");
    third = IBackgroundCopyJob5_AddFile(job, L"http://h/c", path);
    assert_hr(BG_E_TOO_MANY_RANGES_IN_FILE, in_three);
    assert_hr(S_OK, in_two);
    assert_hr(S_OK, first);
    assert_hr(BG_E_TOO_MANY_FILES_IN_JOB, second);
    assert_hr(S_OK, third);
    end(job);
}

static void settings_bound_the_jobs_of_a_user(void **state)
{
    IBackgroundCopyJob5 *job = bits_job();
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *other = NULL;
    HRESULT refused, taken;
    GUID id;

    (void)state;
    assert_hr(S_OK, kit_manager(&CLSID_DosvcBitsManager, &manager));
    set_setting(L"BitsMaxJobsPerUser", 1);
    refused = IBackgroundCopyManager_CreateJob(manager, L"two", BG_JOB_TYPE_DOWNLOAD, &id, &other);
    clear_setting(L"BitsMaxJobsPerUser");
    taken = IBackgroundCopyManager_CreateJob(manager, L"two", BG_JOB_TYPE_DOWNLOAD, &id, &other);
    IBackgroundCopyManager_Release(manager);
    assert_hr(BG_E_TOO_MANY_JOBS_PER_USER, refused);
    assert_hr(S_OK, taken);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(other));
    IBackgroundCopyJob_Release(other);
    end(job);
}

/* ---- on demand ---- */

static void ranges_are_asked_for_in_on_demand_mode_only(void **state)
{
    BG_FILE_RANGE range = {0, 10};
    IBackgroundCopyJob5 *job = bits_job();
    IBackgroundCopyFile6 *file;

    kit_add_file(*state, plain(job), "/a", L"a");
    file = first_file(job);
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_RequestFileRanges(file, 0, &range));
    assert_hr(E_INVALIDARG, IBackgroundCopyFile6_RequestFileRanges(file, 1, NULL));
    assert_hr(BG_E_INVALID_STATE, IBackgroundCopyFile6_RequestFileRanges(file, 1, &range));
    assert_hr(S_OK, IBackgroundCopyFile6_UpdateDownloadPosition(file, 1000));
    IBackgroundCopyFile6_Release(file);
    end(job);
}

static void ranges_asked_for_are_told_of_when_they_are_here(void **state)
{
    BG_FILE_RANGE ranges[] = {{SIZE - 10, BG_LENGTH_TO_EOF}, {0, 10}}, late = {50, 50},
                  beyond = {SIZE - 5, 10}, empty = {5, 0}, overlapping[] = {{0, 10}, {5, 10}},
                  *filled;
    struct kit *kit = *state;
    IBackgroundCopyJob5 *job = bits_job();
    struct recorder *recorder = recorder_create();
    IBackgroundCopyFile6 *file;
    DWORD count;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    assert_hr(S_OK, set_on_demand(job));
    kit_add_file(kit, plain(job), "/a", L"a");
    file = first_file(job);
    recorder_attach(recorder, plain(job),
                    BG_NOTIFY_FILE_RANGES_TRANSFERRED | BG_NOTIFY_JOB_TRANSFERRED);
    assert_hr(BG_E_INVALID_RANGE, IBackgroundCopyFile6_RequestFileRanges(file, 1, &empty));
    assert_hr(BG_E_OVERLAPPING_RANGES,
              IBackgroundCopyFile6_RequestFileRanges(file, 2, overlapping));
    assert_hr(S_OK, IBackgroundCopyFile6_RequestFileRanges(file, 2, ranges));
    assert_hr(S_OK, IBackgroundCopyJob5_Resume(job));
    assert_true(recorder_wait(recorder, RECORD_FILE_RANGES, 2, KIT_LIMIT));
    assert_true(kit_wait_state(plain(job), BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(BG_E_INVALID_RANGE, IBackgroundCopyFile6_RequestFileRanges(file, 1, &beyond));
    assert_hr(BG_E_INVALID_RANGE, IBackgroundCopyFile6_UpdateDownloadPosition(file, SIZE));
    assert_hr(S_OK, IBackgroundCopyFile6_RequestFileRanges(file, 1, &late));
    assert_true(recorder_wait(recorder, RECORD_FILE_RANGES, 3, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyFile6_GetFilledFileRanges(file, &count, &filled));
    assert_true(count == 1 && filled[0].InitialOffset == 0 && filled[0].Length == SIZE);
    CoTaskMemFree(filled);
    IBackgroundCopyFile6_Release(file);
    end(job);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_job_within_its_size_is_transferred),
        TEST(a_job_beyond_its_size_fails),
        TEST(a_body_of_unknown_length_stops_at_the_size),
        TEST(a_job_ends_after_its_longest_time),
        TEST(modifications_keep_the_interval_of_the_client),
        TEST(a_job_waits_for_a_network_it_may_use),
        TEST(settings_bound_files_and_ranges),
        TEST(settings_bound_the_jobs_of_a_user),
        TEST(ranges_are_asked_for_in_on_demand_mode_only),
        TEST(ranges_asked_for_are_told_of_when_they_are_here),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
