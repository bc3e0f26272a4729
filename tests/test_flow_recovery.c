/* What became of a job's files while no process had the queue open, and what the next one does. */
#include "restart_kit.h"

#define BITS (&CLSID_DosvcBitsManager)
#define DO (&CLSID_DosvcManager)

/* ---- stories of a process that is ended in the middle ---- */

static void wait_half(IDODownload *download)
{
    DO_DOWNLOAD_STATUS status;

    do
    {
        kit_pass(5);
        assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    } while (status.BytesTransferred < 300000);
}

static void half(void)
{
    IBackgroundCopyJob *job = child_run(DO, L"job", L"held", BG_JOB_STATE_TRANSFERRING);
    IDODownload *download = child_download(L"download", L"held2");

    assert_true(kit_wait_bytes(job, 300000, CHILD_LIMIT / 2));
    assert_hr(S_OK, IBackgroundCopyJob_Suspend(job));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    wait_half(download);
    assert_hr(S_OK, IDODownload_Pause(download));
    IDODownload_Release(download);
    IBackgroundCopyJob_Release(job);
    kit_assert_nothing_lives(); /* the queue is closed: all of it is stored */
}

static void transferred(void)
{
    child_run(DO, L"transferred", L"whole", BG_JOB_STATE_TRANSFERRED);
}

static void streamed(void)
{
    IDODownload *download = child_stream(L"half", L"held");

    child_stream(L"created", L"whole");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    wait_half(download);
    download = child_stream(L"failed", L"nowhere");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Paused, CHILD_LIMIT / 2));
    download = child_stream(L"all", L"whole");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, CHILD_LIMIT / 2));
}

static void cancelled_in_vain(void)
{
    IBackgroundCopyJob *job = child_run(DO, L"job", L"whole", BG_JOB_STATE_TRANSFERRED);

    assert_hr(BG_S_UNABLE_TO_DELETE_FILES, IBackgroundCopyJob_Cancel(job));
}

static void killed_in_complete(void)
{
    IBackgroundCopyJob *job = child_run(DO, L"job", L"whole", BG_JOB_STATE_TRANSFERRED);

    IBackgroundCopyJob_Complete(job); /* a fault point ends it in the middle */
}

static void hidden(void)
{
    IBackgroundCopyJob *job = child_job(BITS, L"hidden", L"whole");
    IBackgroundCopyJobHttpOptions3 *options = kit_face(job, &IID_IBackgroundCopyJobHttpOptions3);

    assert_hr(S_OK, IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(options));
}

static const struct child_story stories[] = {
    {"half", half},
    {"transferred", transferred},
    {"streamed", streamed},
    {"cancelled-in-vain", cancelled_in_vain},
    {"killed-in-complete", killed_in_complete},
    {"hidden", hidden},
    {NULL, NULL},
};

/* ---- tests ---- */

static void serve(struct kit *kit)
{
    HTTPD_SCRIPT(kit->httpd, "/whole", {.seed = 1, .size = 5000});
    HTTPD_SCRIPT(kit->httpd, "/held", RESTART_HELD, RESTART_REST);
    HTTPD_SCRIPT(kit->httpd, "/held2", RESTART_HELD, RESTART_REST);
}

/* Calls change for each part file in the test's folder. */
static void change_parts(const struct kit *kit, void (*change)(const wchar_t *path))
{
    wchar_t pattern[MAX_PATH], path[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search;

    search = FindFirstFileW(kit_path(kit, L"DO*.tmp", pattern), &found);
    assert_true(search != INVALID_HANDLE_VALUE);
    do
    {
        change(kit_path(kit, found.cFileName, path));
        count++;
    } while (FindNextFileW(search, &found));
    FindClose(search);
    assert_true(count > 0);
}

static void delete_it(const wchar_t *path)
{
    assert_true(DeleteFileW(path));
}

static void shorten_it(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    SetFilePointer(file, 1000, NULL, FILE_BEGIN);
    assert_true(SetEndOfFile(file));
    CloseHandle(file);
}

static void check_restart(struct kit *kit, void (*change)(const wchar_t *path))
{
    IBackgroundCopyJob *job;
    IDODownload *download;

    serve(kit);
    restart_child(kit, L"half");
    change_parts(kit, change);
    restart_open(kit);
    job = restart_job(L"job");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_target(kit, L"job", 2, 1000000);
    download = restart_download(kit, L"download");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Paused, KIT_LIMIT));
    assert_download_error(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), S_OK, download);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    assert_target(kit, L"download", 2, 1000000);
    assert_int_equal(0, restart_files(kit, L"*.tmp"));
}

static void part_files_that_are_gone_are_noticed(void **state)
{
    check_restart(*state, delete_it);
}

static void part_files_that_are_shorter_are_noticed(void **state)
{
    check_restart(*state, shorten_it);
}

static void parts_that_are_as_they_were_are_gone_on_with(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job;

    serve(kit);
    restart_child(kit, L"half");
    restart_open(kit);
    job = restart_job(L"job");
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_target(kit, L"job", 2, 1000000);
    assert_true(httpd_request(kit->httpd, "/held", 1)->first >= 300000);
}

static void complete_never_puts_a_damaged_file_in_place(void **state)
{
    struct kit *kit = *state;
    wchar_t path[MAX_PATH];
    IBackgroundCopyJob *job;

    serve(kit);
    restart_child(kit, L"transferred");
    change_parts(kit, shorten_it);
    restart_open(kit);
    job = restart_job(L"transferred");
    assert_state(BG_JOB_STATE_TRANSFERRED, job);
    assert_hr(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), IBackgroundCopyJob_Complete(job));
    assert_state(BG_JOB_STATE_ERROR, job);
    assert_int_equal(INVALID_FILE_ATTRIBUTES,
                     GetFileAttributesW(kit_path(kit, L"transferred", path)));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_target(kit, L"transferred", 1, 5000);
}

static void a_locked_target_is_an_error_and_complete_may_be_called_again(void **state)
{
    struct kit *kit = *state;
    wchar_t path[MAX_PATH];
    IBackgroundCopyJob *job;
    HANDLE file;

    serve(kit);
    restart_child(kit, L"transferred");
    file = CreateFileW(kit_path(kit, L"transferred", path), GENERIC_WRITE, 0, NULL, CREATE_NEW, 0,
                       NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    restart_open(kit);
    job = restart_job(L"transferred");
    assert_true(FAILED(IBackgroundCopyJob_Complete(job)));
    assert_state(BG_JOB_STATE_TRANSFERRED, job);
    CloseHandle(file);
    finish(job);
    assert_target(kit, L"transferred", 1, 5000);
}

static void assert_created(struct kit *kit, const wchar_t *name)
{
    IDODownload *download = restart_download(kit, name);
    DO_DOWNLOAD_STATUS status;

    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    assert_int_equal(DODownloadState_Created, status.State);
    assert_hr(S_OK, status.Error);
    assert_int_equal(0, status.BytesTransferred);
    IDODownload_Release(download);
}

/* Its bytes are gone with its client; another one may say where else they are to go. */
static void a_download_into_a_stream_is_created_again(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    wchar_t path[MAX_PATH];

    serve(kit);
    restart_child(kit, L"streamed");
    restart_open(kit);
    assert_created(kit, L"created");
    assert_created(kit, L"failed");
    assert_created(kit, L"half");
    download = restart_download(kit, L"all");
    assert_int_equal(DODownloadState_Transferred, kit_download_state(download));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    download = restart_download(kit, L"half");
    assert_hr(S_OK,
              kit_set_string(download, DODownloadProperty_LocalPath, kit_path(kit, L"half", path)));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    assert_target(kit, L"half", 2, 1000000);
}

static void with_faults(struct kit *kit, const wchar_t *faults, const wchar_t *story, DWORD code)
{
    struct kit_child child;
    wchar_t target[MAX_PATH];

    kit_offer(kit, "/", L"", target);
    kit_environment(L"DOSVC_FAULTS", faults);
    kit_child(&child, kit, story);
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_int_equal(code, kit_child_wait(&child, CHILD_LIMIT));
}

static void what_could_not_be_deleted_goes_at_the_next_start(void **state)
{
    struct kit *kit = *state;
    ULONGLONG start = GetTickCount64();

    serve(kit);
    with_faults(kit, L"delete=*", L"cancelled-in-vain", 0);
    assert_int_equal(1, restart_files(kit, L"*.tmp"));
    restart_open(kit);
    assert_null(restart_find(DO, L"job"));
    while (restart_files(kit, L"*.tmp") && GetTickCount64() - start < KIT_LIMIT)
        kit_pass(10);
    assert_int_equal(0, restart_files(kit, L"*.tmp"));
}

static void a_rename_that_was_caught_half_way_is_found_out_about(void **state)
{
    static const wchar_t *const points[] = {L"kill=before-rename:1", L"kill=after-rename:1"};
    struct kit *kit = *state;

    serve(kit);
    for (size_t i = 0; i < ARRAY_SIZE(points); i++)
    {
        with_faults(kit, points[i], L"killed-in-complete", 99);
        restart_open(kit);
        finish(restart_job(L"job"));
        assert_target(kit, L"job", 1, 5000);
        assert_int_equal(0, restart_files(kit, L"*.tmp"));
        restart_close(kit);
    }
}

static void a_job_nobody_touched_for_too_long_is_cancelled(void **state)
{
    struct kit *kit = *state;
    ULONGLONG start = GetTickCount64();
    IBackgroundCopyJob *job = NULL;

    serve(kit);
    restart_child(kit, L"transferred");
    kit_environment(L"DOSVC_SETTINGS", L"JobInactivityTimeout=0");
    restart_open(kit);
    while ((job = restart_find(DO, L"transferred")) && GetTickCount64() - start < KIT_LIMIT)
    {
        IBackgroundCopyJob_Release(job);
        kit_pass(10);
    }
    kit_environment(L"DOSVC_SETTINGS", NULL);
    assert_null(job);
    while (restart_files(kit, L"*.tmp") && GetTickCount64() - start < KIT_LIMIT)
        kit_pass(10);
    assert_int_equal(0, restart_files(kit, L"*.tmp"));
}

/* What a client hid stays hidden. */
static void headers_that_are_write_only_stay_so(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJobHttpOptions3 *options;
    IBackgroundCopyJob *job;
    LPWSTR text;

    serve(kit);
    restart_child(kit, L"hidden");
    restart_open(kit);
    job = restart_find(BITS, L"hidden");
    assert_non_null(job);
    options = kit_face(job, &IID_IBackgroundCopyJobHttpOptions3);
    assert_hr(E_ACCESSDENIED, IBackgroundCopyJobHttpOptions3_GetCustomHeaders(options, &text));
    IBackgroundCopyJobHttpOptions3_Release(options);
    kit_cancel(job);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RESTART(part_files_that_are_gone_are_noticed),
        RESTART(part_files_that_are_shorter_are_noticed),
        RESTART(parts_that_are_as_they_were_are_gone_on_with),
        RESTART(complete_never_puts_a_damaged_file_in_place),
        RESTART(a_locked_target_is_an_error_and_complete_may_be_called_again),
        RESTART(a_download_into_a_stream_is_created_again),
        RESTART(what_could_not_be_deleted_goes_at_the_next_start),
        RESTART(a_rename_that_was_caught_half_way_is_found_out_about),
        RESTART(a_job_nobody_touched_for_too_long_is_cancelled),
        RESTART(headers_that_are_write_only_stay_so),
    };

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
