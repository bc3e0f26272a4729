/* What a process made is there in the next one, whatever became of the first. */
#include "restart_kit.h"

#define BITS (&CLSID_DosvcBitsManager)
#define DO (&CLSID_DosvcManager)

/* ---- stories of a process that is ended in the middle ---- */

static void every_state(void)
{
    IBackgroundCopyJob *job;

    child_job(DO, L"suspended", L"whole");
    child_run(DO, L"transferred", L"whole", BG_JOB_STATE_TRANSFERRED);
    child_run(DO, L"error", L"nowhere", BG_JOB_STATE_ERROR);
    child_run(BITS, L"bits-transferred", L"whole", BG_JOB_STATE_TRANSFERRED);
    child_run(BITS, L"bits-error", L"nowhere", BG_JOB_STATE_ERROR);
    job = child_run(DO, L"cancelled", L"whole", BG_JOB_STATE_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    job = child_run(DO, L"completed", L"whole", BG_JOB_STATE_TRANSFERRED);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    job = child_run(DO, L"half", L"held", BG_JOB_STATE_TRANSFERRING);
    assert_true(kit_wait_bytes(job, 300000, CHILD_LIMIT / 2));
    child_run(DO, L"hindered", L"refused", BG_JOB_STATE_TRANSIENT_ERROR);
    assert_hr(S_OK, IDODownload_Start(child_download(L"created", L"whole"), NULL));
}

static void set_all(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options = kit_face(job, &IID_IBackgroundCopyJobHttpOptions);
    IBackgroundCopyJob5 *five = kit_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyJob2 *two = kit_face(job, &IID_IBackgroundCopyJob2);
    BG_AUTH_CREDENTIALS login = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{0}}};
    wchar_t user[] = L"user", password[] = L"secret";
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 3};

    login.Credentials.Basic.UserName = user;
    login.Credentials.Basic.Password = password;
    assert_hr(S_OK, IBackgroundCopyJob_SetDescription(job, L"described: \xe4\x20ac"));
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_ERROR));
    assert_hr(S_OK, IBackgroundCopyJob_SetMinimumRetryDelay(job, 77));
    assert_hr(S_OK, IBackgroundCopyJob_SetNoProgressTimeout(job, 7777));
    assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                        L"proxy:80", L"<local>"));
    assert_hr(S_OK, IBackgroundCopyJob2_SetCredentials(two, &login));
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-Mine: 1\r\n"));
    assert_hr(S_OK, IBackgroundCopyJob5_SetProperty(five, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
}

static void properties(void)
{
    set_all(child_job(DO, L"do", L"private"));
    set_all(child_job(BITS, L"bits", L"private"));
}

static void ranges(void)
{
    BG_FILE_RANGE parts[] = {{100, 200}, {1000, BG_LENGTH_TO_EOF}};
    IBackgroundCopyJob *job = child_job(DO, L"ranges", NULL);
    IBackgroundCopyJob3 *three = kit_face(job, &IID_IBackgroundCopyJob3);
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];

    assert_hr(S_OK, IBackgroundCopyJob3_AddFileWithRanges(three, child_url(L"whole", url),
                                                          child_path(L"ranges", target), 2, parts));
}

static void download_states(void)
{
    IDODownload *download;

    child_download(L"dl-created", L"whole");
    download = child_download(L"dl-paused", L"held");
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_CostPolicy, 2));
    assert_hr(S_OK, kit_set_bool(download, DODownloadProperty_ForegroundPriority, true));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_ContentId, L"content"));
    assert_hr(S_OK, kit_set_string(download, DODownloadProperty_HttpCustomHeaders, L"X-Own: 2"));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    while (kit_download_state(download) != DODownloadState_Transferring)
        kit_pass(1);
    assert_hr(S_OK, IDODownload_Pause(download));
    download = child_download(L"dl-transferred", L"whole");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, CHILD_LIMIT / 2));
    download = child_download(L"dl-error", L"nowhere");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Paused, CHILD_LIMIT / 2));
}

static void uninitialize(void)
{
    IBackgroundCopyJob *job = child_run(DO, L"half", L"held", BG_JOB_STATE_TRANSFERRING);

    assert_true(kit_wait_bytes(job, 300000, CHILD_LIMIT / 2));
    IBackgroundCopyJob_Release(job);
    CoUninitialize();
    exit(0);
}

static const struct child_story stories[] = {
    {"every-state", every_state},         {"properties", properties},     {"ranges", ranges},
    {"download-states", download_states}, {"uninitialize", uninitialize}, {NULL, NULL},
};

/* ---- tests ---- */

static void serve(struct kit *kit)
{
    HTTPD_SCRIPT(kit->httpd, "/whole", {.seed = 1, .size = 5000});
    HTTPD_SCRIPT(kit->httpd, "/held", RESTART_HELD, RESTART_REST);
    HTTPD_SCRIPT(kit->httpd, "/refused", {.drop = true});
}

static void check_transferred(REFCLSID clsid, const wchar_t *name)
{
    IBackgroundCopyJob *job = restart_find(clsid, name);
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;

    assert_non_null(job);
    assert_state(BG_JOB_STATE_TRANSFERRED, job);
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    assert_int_equal(5000, progress.BytesTotal);
    assert_int_equal(5000, progress.BytesTransferred);
    assert_int_equal(1, progress.FilesTotal);
    assert_int_equal(1, progress.FilesTransferred);
    assert_hr(S_OK, IBackgroundCopyJob_GetTimes(job, &times));
    assert_true(times.TransferCompletionTime.dwHighDateTime);
    assert_true(CompareFileTime(&times.CreationTime, &times.TransferCompletionTime) <= 0);
    finish(job);
}

static void check_error(REFCLSID clsid, const wchar_t *name, BG_ERROR_CONTEXT context)
{
    IBackgroundCopyJob *job = restart_find(clsid, name);
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    LPWSTR text;
    ULONG count;

    assert_non_null(job);
    assert_state(BG_JOB_STATE_ERROR, job);
    assert_job_error(context, (HRESULT)0x80190194, job);
    assert_hr(S_OK, IBackgroundCopyJob_GetErrorCount(job, &count));
    assert_int_equal(1, count);
    assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error));
    assert_hr(S_OK, IBackgroundCopyError_GetFile(error, &file));
    assert_hr(S_OK, IBackgroundCopyFile_GetRemoteName(file, &text));
    assert_non_null(wcsstr(text, L"/nowhere"));
    CoTaskMemFree(text);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
    kit_cancel(job);
}

static void jobs_are_there_in_the_state_that_is_true(void **state)
{
    struct kit *kit = *state;
    const struct httpd_request *request;
    IBackgroundCopyJob *job;

    serve(kit);
    restart_child(kit, L"every-state");
    restart_open(kit);
    job = restart_job(L"suspended");
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    check_transferred(DO, L"transferred");
    check_transferred(BITS, L"bits-transferred");
    check_error(DO, L"error", BG_ERROR_CONTEXT_NONE);
    check_error(BITS, L"bits-error", BG_ERROR_CONTEXT_REMOTE_FILE);
    assert_null(restart_find(DO, L"cancelled"));
    assert_null(restart_find(DO, L"completed"));
    assert_target(kit, L"completed", 1, 5000);
    finish(restart_job(L"half")); /* it went on by itself */
    assert_target(kit, L"half", 2, 1000000);
    request = httpd_request(kit->httpd, "/held", 1);
    assert_non_null(request);
    kit_cancel(restart_job(L"hindered"));
    assert_int_equal(0, restart_files(kit, L"*.tmp"));
}

static void check_text(LPWSTR text, const wchar_t *expected)
{
    assert_int_equal(0, wcscmp(expected, text));
    CoTaskMemFree(text);
}

static void check_all(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options = kit_face(job, &IID_IBackgroundCopyJobHttpOptions);
    IBackgroundCopyJob5 *five = kit_face(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value;
    BG_JOB_PROXY_USAGE usage;
    BG_JOB_PRIORITY priority;
    LPWSTR text, bypass;
    ULONG number;

    assert_hr(S_OK, IBackgroundCopyJob_GetDescription(job, &text));
    check_text(text, L"described: \xe4\x20ac");
    assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
    assert_int_equal(BG_JOB_PRIORITY_HIGH, priority);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyFlags(job, &number));
    assert_int_equal(BG_NOTIFY_JOB_ERROR, number);
    assert_hr(S_OK, IBackgroundCopyJob_GetMinimumRetryDelay(job, &number));
    assert_int_equal(77, number);
    assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &number));
    assert_int_equal(7777, number);
    assert_hr(S_OK, IBackgroundCopyJob_GetProxySettings(job, &usage, &text, &bypass));
    assert_int_equal(BG_JOB_PROXY_USAGE_OVERRIDE, usage);
    check_text(text, L"proxy:80");
    check_text(bypass, L"<local>");
    assert_hr(S_OK, IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &text));
    check_text(text, L"X-Mine: 1\r\n");
    assert_hr(S_OK, IBackgroundCopyJob5_GetProperty(five, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value));
    assert_int_equal(3, value.Dword);
    assert_hr(S_OK, IBackgroundCopyJob_GetOwner(job, &text));
    assert_int_equal(0, wcsncmp(text, L"S-1-", 4));
    CoTaskMemFree(text);
    IBackgroundCopyJobHttpOptions_Release(options);
    IBackgroundCopyJob5_Release(five);
}

/* The credentials show by working. */
static void properties_credentials_and_headers_survive(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *jobs[2];
    char header[64];

    HTTPD_SCRIPT(kit->httpd, "/private", {.seed = 1, .size = 10, .require_basic = "user:secret"});
    restart_child(kit, L"properties");
    restart_open(kit);
    jobs[0] = restart_job(L"do");
    jobs[1] = restart_find(BITS, L"bits");
    for (size_t i = 0; i < ARRAY_SIZE(jobs); i++)
    {
        assert_non_null(jobs[i]);
        check_all(jobs[i]);
        assert_hr(S_OK, IBackgroundCopyJob_SetProxySettings(jobs[i], BG_JOB_PROXY_USAGE_NO_PROXY,
                                                            NULL, NULL));
        assert_hr(S_OK, IBackgroundCopyJob_Resume(jobs[i]));
        finish(jobs[i]);
    }
    assert_true(
        httpd_header(httpd_request(kit->httpd, "/private", 0), "X-Mine", header, sizeof(header)));
}

static void ranges_survive(void **state)
{
    struct kit *kit = *state;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile2 *two;
    IBackgroundCopyFile *file;
    IBackgroundCopyJob *job;
    BG_FILE_RANGE *parts;
    DWORD count;

    serve(kit);
    restart_child(kit, L"ranges");
    restart_open(kit);
    job = restart_job(L"ranges");
    assert_hr(S_OK, IBackgroundCopyJob_EnumFiles(job, &files));
    assert_hr(S_OK, IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL));
    two = kit_face(file, &IID_IBackgroundCopyFile2);
    assert_hr(S_OK, IBackgroundCopyFile2_GetFileRanges(two, &count, &parts));
    assert_int_equal(2, count);
    assert_int_equal(100, parts[0].InitialOffset);
    assert_int_equal(200, parts[0].Length);
    assert_int_equal(1000, parts[1].InitialOffset);
    assert_true(parts[1].Length == BG_LENGTH_TO_EOF);
    CoTaskMemFree(parts);
    IBackgroundCopyFile2_Release(two);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    kit_cancel(job);
}

static void assert_string(IDODownload *download, DODownloadProperty id, const wchar_t *expected)
{
    VARIANT value;

    VariantInit(&value);
    assert_hr(S_OK, IDODownload_GetProperty(download, id, &value));
    assert_int_equal(0, wcscmp(expected, V_BSTR(&value)));
    VariantClear(&value);
}

static void downloads_are_there_in_the_state_that_is_true(void **state)
{
    struct kit *kit = *state;
    IDODownload *download;
    wchar_t path[MAX_PATH];

    serve(kit);
    restart_child(kit, L"download-states");
    restart_open(kit);
    download = restart_download(kit, L"dl-created");
    assert_int_equal(DODownloadState_Created, kit_download_state(download));
    IDODownload_Release(download);
    download = restart_download(kit, L"dl-paused");
    assert_int_equal(DODownloadState_Paused, kit_download_state(download));
    assert_string(download, DODownloadProperty_ContentId, L"content");
    assert_string(download, DODownloadProperty_HttpCustomHeaders, L"X-Own: 2");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    httpd_release(kit->httpd, "/held");
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Finalize(download));
    IDODownload_Release(download);
    assert_target(kit, L"dl-paused", 2, 1000000);
    download = restart_download(kit, L"dl-transferred");
    assert_int_equal(DODownloadState_Transferred, kit_download_state(download));
    assert_target(kit, L"dl-transferred", 1, 5000);
    assert_hr(S_OK, IDODownload_Abort(download));
    IDODownload_Release(download);
    assert_int_equal(INVALID_FILE_ATTRIBUTES,
                     GetFileAttributesW(kit_path(kit, L"dl-transferred", path)));
    download = restart_download(kit, L"dl-error");
    assert_download_error((HRESULT)0x80190194, S_OK, download);
    IDODownload_Release(download);
}

static void a_client_that_uninitializes_and_exits_loses_nothing(void **state)
{
    struct kit *kit = *state;

    serve(kit);
    restart_child(kit, L"uninitialize");
    restart_open(kit);
    finish(restart_job(L"half"));
    assert_target(kit, L"half", 2, 1000000);
}

static void who_registers_late_is_told_of_the_end(void **state)
{
    struct kit *kit = *state;
    struct recorder *recorder = recorder_create();
    IBackgroundCopyJob *job;

    serve(kit);
    restart_child(kit, L"every-state");
    restart_open(kit);
    job = restart_job(L"transferred");
    recorder_attach(recorder, job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    kit_cancel(job);
    job = restart_job(L"error");
    recorder_attach(recorder, job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    assert_true(recorder_wait(recorder, RECORD_ERROR, 1, KIT_LIMIT));
    kit_cancel(job);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RESTART(jobs_are_there_in_the_state_that_is_true),
        RESTART(properties_credentials_and_headers_survive),
        RESTART(ranges_survive),
        RESTART(downloads_are_there_in_the_state_that_is_true),
        RESTART(a_client_that_uninitializes_and_exits_loses_nothing),
        RESTART(who_registers_late_is_told_of_the_end),
    };

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
