/* Targets: what is there already, what cannot be, and disks that fail. The children are this
 * program with a fault configured: the points are counted per process. */
#include "testkit/flow.h"

#include <string.h>

/* ---- targets that exist -------------------------------------------------------------------------
 */

static void a_job_replaces_the_target_when_it_is_completed(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_true(content_write_file(flow->target, 9, 100));
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_true(content_check_file(flow->target, 9, 100));
    flow_assert_identical(flow, 1, 5000);
}

/* Some clients look at the target in Transferred, before they call Finalize. */
static void a_download_has_replaced_the_target_when_it_is_transferred(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_true(content_write_file(flow->target, 9, 100));
    flow_start(flow);
    assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
    assert_true(content_check_file(flow->target, 1, 5000));
}

static void abort_after_transferred_removes_the_file(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Abort(flow->download));
    flow_assert_folder_empty(flow);
}

static void what_is_cancelled_leaves_the_old_target(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.seed = 1, .size = 500000, .hold_body = true, .hold_at = 100000});
    flow_open(flow, "/a");
    assert_true(content_write_file(flow->target, 9, 100));
    flow_start(flow);
    assert_true(httpd_wait_sent(flow->httpd, "/a", 100000, KIT_LIMIT));
    flow_cancel(flow);
    assert_true(content_check_file(flow->target, 9, 100));
}

static void complete_keeps_what_is_finished_and_drops_the_rest(void **state)
{
    struct flow *flow = *state;
    wchar_t path[MAX_PATH];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 2, .size = 500000, .hold = true});
    flow_open(flow, "/a");
    kit_add_file(flow->kit, flow->job, "/b", L"second.bin");
    flow_start(flow);
    assert_true(recorder_wait(flow->recorder, RECORD_FILE_TRANSFERRED, 1, KIT_LIMIT));
    assert_hr(BG_S_PARTIAL_COMPLETE, IBackgroundCopyJob_Complete(flow->job));
    assert_state(BG_JOB_STATE_ACKNOWLEDGED, flow->job);
    assert_true(content_check_file(flow->target, 1, 5000));
    assert_true(content_file_size(kit_path(flow->kit, L"second.bin", path)) == UINT64_MAX);
    assert_true(DeleteFileW(flow->target));
    flow_assert_folder_empty(flow);
}

/* As with BITS: each has a part file of its own, and who completes last has the target. */
static void two_jobs_of_one_target_both_end(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJob *other;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 2, .size = 2000});
    flow_get(flow, "/a");
    other = kit_job_of(flow->kit, "/b", L"target.bin");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(other));
    assert_true(kit_wait_state(other, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    flow_assert_identical(flow, 1, 1000);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(other));
    IBackgroundCopyJob_Release(other);
    assert_true(content_check_file(flow->target, 2, 2000));
}

static void a_locked_target_fails_complete_until_it_is_free(void **state)
{
    struct flow *flow = *state;
    HANDLE lock;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_true(content_write_file(flow->target, 9, 100));
    lock = CreateFileW(flow->target, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(lock != INVALID_HANDLE_VALUE);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION), IBackgroundCopyJob_Complete(flow->job));
    assert_state(BG_JOB_STATE_TRANSFERRED, flow->job);
    CloseHandle(lock);
    flow_assert_identical(flow, 1, 5000);
}

/* It is tried again for a while; until then the old file stays, and the new one is not lost. */
static void a_locked_target_pauses_a_download_until_it_is_free(void **state)
{
    struct flow *flow = *state;
    HANDLE lock;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_true(content_write_file(flow->target, 9, 100));
    lock = CreateFileW(flow->target, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(lock != INVALID_HANDLE_VALUE);
    flow_start(flow);
    assert_true(kit_wait_download(flow->download, DODownloadState_Paused, KIT_LIMIT));
    assert_download_error(HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION), S_OK, flow->download);
    CloseHandle(lock);
    assert_true(content_check_file(flow->target, 9, 100));
    assert_hr(S_OK, IDODownload_Start(flow->download, NULL));
    assert_true(kit_wait_download(flow->download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(flow->download));
    assert_true(content_check_file(flow->target, 1, 5000));
}

/* ---- targets that cannot be ---------------------------------------------------------------------
 */

static void a_long_path_works(void **state)
{
    struct flow *flow = *state;
    wchar_t path[1024], plain[1024], url[HTTPD_URL_MAX];
    size_t length;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    swprintf(path, ARRAY_SIZE(path), L"\\\\?\\%ls", flow->kit->folder);
    for (unsigned int i = 0; i < 6; i++)
    {
        length = wcslen(path);
        swprintf(path + length, ARRAY_SIZE(path) - length, L"\\%050u", i);
        assert_true(CreateDirectoryW(path, NULL));
    }
    wcscat(path, L"\\file.bin");
    wcscpy(plain, path + 4);
    assert_true(wcslen(plain) > 300);
    flow->job = kit_job(flow->kit, L"long");
    assert_hr(S_OK,
              IBackgroundCopyJob_AddFile(flow->job, httpd_wide_url(flow->httpd, "/a", url), plain));
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
    assert_true(content_check_file(path, 1, 5000));
    assert_true(DeleteFileW(path));
    while (wcslen(path) > wcslen(flow->kit->folder) + 4)
    {
        *wcsrchr(path, L'\\') = 0;
        RemoveDirectoryW(path);
    }
}

static void a_target_that_is_a_folder_is_an_error(void **state)
{
    struct flow *flow = *state;
    wchar_t target[MAX_PATH], url[HTTPD_URL_MAX];
    HRESULT hr;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    kit_path(flow->kit, L"folder", target);
    assert_true(CreateDirectoryW(target, NULL));
    flow->job = kit_job(flow->kit, L"folder");
    hr = IBackgroundCopyJob_AddFile(flow->job, httpd_wide_url(flow->httpd, "/a", url), target);
    if (FAILED(hr))
        return; /* known at once */
    flow_start(flow);
    if (kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT))
    {
        assert_true(FAILED(IBackgroundCopyJob_Complete(flow->job)));
        assert_state(BG_JOB_STATE_TRANSFERRED, flow->job);
    }
    else
        assert_state(BG_JOB_STATE_ERROR, flow->job);
}

/* ---- part files ---------------------------------------------------------------------------------
 */

/* The one file in the test's folder, which is the part file. */
static void find_part_file(struct flow *flow, wchar_t *path)
{
    WIN32_FIND_DATAW found;
    wchar_t pattern[MAX_PATH];
    HANDLE search;

    search = FindFirstFileW(kit_path(flow->kit, L"*.*", pattern), &found);
    assert_true(search != INVALID_HANDLE_VALUE);
    while (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        assert_true(FindNextFileW(search, &found));
    FindClose(search);
    kit_path(flow->kit, found.cFileName, path);
}

/* Suspend does not wait for the transfer: removes the file once nobody has it open any more. */
static void remove_when_closed(const wchar_t *path)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;
    HANDLE file;

    do
    {
        file = CreateFileW(path, DELETE, 0, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
        if (file == INVALID_HANDLE_VALUE)
            kit_pass(5);
    } while (file == INVALID_HANDLE_VALUE && GetTickCount64() < deadline);
    assert_true(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    assert_true(content_file_size(path) == UINT64_MAX);
}

static void a_part_file_that_vanished_is_noticed(void **state)
{
    struct flow *flow = *state;
    wchar_t part[MAX_PATH];

    HTTPD_SCRIPT(
        flow->httpd, "/a",
        {.seed = 1, .size = 4 << 20, .etag = "\"e\"", .hold_body = true, .hold_at = 2 << 20},
        {.seed = 1, .size = 4 << 20, .etag = "\"e\""});
    flow_get(flow, "/a");
    assert_true(flow_wait_bytes(flow, 2 << 20));
    flow_pause(flow);
    find_part_file(flow, part);
    remove_when_closed(part);
    flow_start(flow);
    if (flow->is_download)
        flow_assert_error(flow, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    else
        flow_assert_identical(flow, 1, 4 << 20);
}

/* ---- disks that fail: in a child, whose fault points are counted from 1
 * -------------------------- */

static void a_full_disk_is_an_error_that_can_be_resumed(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 4 << 20, .etag = "\"e\""});
    flow_get(flow, "/a");
    flow_assert_error(flow, HRESULT_FROM_WIN32(ERROR_DISK_FULL));
    assert_true(content_file_size(flow->target) == UINT64_MAX);
    flow_start(flow);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, 4 << 20));
}

static void a_folder_without_permission_is_refused_at_once(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyJob *job = kit_job(flow->kit, L"refused");
    wchar_t target[MAX_PATH];

    assert_hr(E_ACCESSDENIED, IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a",
                                                         kit_path(flow->kit, L"a", target)));
    IBackgroundCopyJob_Release(job);
}

static void a_folder_without_permission_fails_start(void **state)
{
    struct flow *flow = *state;
    DO_DOWNLOAD_STATUS status;

    flow_open(flow, "/a");
    assert_hr(E_ACCESSDENIED, IDODownload_Start(flow->download, NULL));
    assert_hr(S_OK, IDODownload_GetStatus(flow->download, &status));
    assert_int_equal(DODownloadState_Created, status.State);
}

static void a_rename_that_fails_once_is_retried(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 5000);
}

static const struct fault
{
    const wchar_t *faults;
    struct CMUnitTest test;
} faults[] = {
    {L"write=2:112", FLOW_JOB(a_full_disk_is_an_error_that_can_be_resumed)},
    {L"write=2:112", FLOW_DOWNLOAD(a_full_disk_is_an_error_that_can_be_resumed)},
    /* the first two are the queue's */
    {L"open=3+", FLOW_JOB(a_folder_without_permission_is_refused_at_once)},
    {L"open=3+", FLOW_DOWNLOAD(a_folder_without_permission_fails_start)},
    {L"rename=1:32", FLOW_JOB(a_rename_that_fails_once_is_retried)},
    {L"rename=1:32", FLOW_DOWNLOAD(a_rename_that_fails_once_is_retried)},
};

static int child_main(const char *number)
{
    const struct CMUnitTest tests[] = {faults[*number - '0'].test};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

static void disk_faults_end_as_they_should(void **state)
{
    struct kit *kit = *state;
    wchar_t before[64] = L"";
    unsigned int failed = 0;

    GetEnvironmentVariableW(L"DOSVC_FAULTS", before, ARRAY_SIZE(before));
    for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
    {
        wchar_t argument[] = {(wchar_t)(L'0' + i), 0};
        struct kit_child child;

        kit_environment(L"DOSVC_FAULTS", faults[i].faults);
        kit_child(&child, kit, argument);
        if (kit_child_wait(&child, 60000) != 0)
            failed++;
    }
    kit_environment(L"DOSVC_FAULTS", before);
    assert_int_equal(0, failed);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(a_job_replaces_the_target_when_it_is_completed),
        FLOW_DOWNLOAD(a_download_has_replaced_the_target_when_it_is_transferred),
        FLOW_DOWNLOAD(abort_after_transferred_removes_the_file),
        FLOW_BOTH(what_is_cancelled_leaves_the_old_target),
        FLOW_JOB(complete_keeps_what_is_finished_and_drops_the_rest),
        FLOW_JOB(two_jobs_of_one_target_both_end),
        FLOW_JOB(a_locked_target_fails_complete_until_it_is_free),
        FLOW_DOWNLOAD(a_locked_target_pauses_a_download_until_it_is_free),
        FLOW_JOB(a_long_path_works),
        FLOW_JOB(a_target_that_is_a_folder_is_an_error),
        FLOW_BOTH(a_part_file_that_vanished_is_noticed),
        cmocka_unit_test_setup_teardown(disk_faults_end_as_they_should, kit_setup, kit_teardown),
    };

    if (argc > 1)
        return child_main(argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
