/* Servers that refuse, fail or are not there, and what the client is told. Time runs 60 times
 * faster: a back-off of 30 s takes half a second. */
#include "testkit/flow.h"

#define SPEED 60

/* ---- fatal at once ------------------------------------------------------------------------------
 */

static void fails_at_once(struct flow *flow, int status, HRESULT code)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {.status = status, .body = "<html>no</html>"});
    flow_get(flow, "/a");
    flow_assert_error(flow, code);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    kit_pass(200);
    assert_true(recorder_count(flow->recorder, RECORD_ERROR) <= 1);
    assert_int_equal(1, httpd_requests(flow->httpd, "/a"));
    assert_true(content_file_size(flow->target) == UINT64_MAX);
}

static void not_found_is_told_at_once(void **state)
{
    fails_at_once(*state, 404, (HRESULT)0x80190194);
}

static void forbidden_is_told_at_once(void **state)
{
    struct flow *flow = *state;

    fails_at_once(flow, 403, (HRESULT)0x80190193);
    if (!flow->is_download)
        assert_job_error(BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190193, flow->job);
}

static void unauthorized_is_told_at_once(void **state)
{
    fails_at_once(*state, 401, (HRESULT)0x80190191);
}

static void bits_jobs_are_told_where_it_failed(void **state)
{
    struct flow *flow = *state;
    IBackgroundCopyManager *manager;
    wchar_t url[HTTPD_URL_MAX], target[MAX_PATH];
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    BG_ERROR_CONTEXT context;
    LPWSTR text;
    HRESULT code;
    GUID id;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 404});
    assert_hr(S_OK, kit_manager(&CLSID_DosvcBitsManager, &manager));
    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(manager, L"bits", BG_JOB_TYPE_DOWNLOAD, &id,
                                                     &flow->job));
    IBackgroundCopyManager_Release(manager);
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(flow->job, httpd_wide_url(flow->httpd, "/a", url),
                                               kit_path(flow->kit, L"a", target)));
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetError(flow->job, &error));
    assert_hr(S_OK, IBackgroundCopyError_GetError(error, &context, &code));
    assert_hr((HRESULT)0x80190194, code);
    assert_int_equal(BG_ERROR_CONTEXT_REMOTE_FILE, context);
    assert_hr(S_OK, IBackgroundCopyError_GetFile(error, &file));
    assert_hr(S_OK, IBackgroundCopyFile_GetLocalName(file, &text));
    assert_int_equal(0, wcscmp(target, text));
    CoTaskMemFree(text);
    IBackgroundCopyFile_Release(file);
    assert_hr(S_OK, IBackgroundCopyError_GetErrorDescription(error, 0x409, &text));
    assert_non_null(wcsstr(text, L"404"));
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
}

static void an_error_can_be_resumed(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 404}, {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_error(flow, (HRESULT)0x80190194);
    flow_start(flow);
    flow_finish(flow);
    assert_true(content_check_file(flow->target, 1, 5000));
}

/* ---- transient ----------------------------------------------------------------------------------
 */

static void server_errors_are_waited_out(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 500}, {.status = 502}, {.status = 504},
                 {.seed = 2, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 2, 5000);
    assert_int_equal(4, httpd_requests(flow->httpd, "/a"));
}

static void each_wait_is_longer_than_the_last(void **state)
{
    struct flow *flow = *state;
    uint64_t gaps[3];

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 500}, {.status = 500}, {.status = 500},
                 {.seed = 2, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 2, 5000);
    for (unsigned int i = 0; i < 3; i++)
        gaps[i] = httpd_request(flow->httpd, "/a", i + 1)->time -
                  httpd_request(flow->httpd, "/a", i)->time;
    assert_true(gaps[0] + 20 >= 2000 / SPEED); /* 2, 4, 8 s */
    assert_true(gaps[1] + 20 >= 4000 / SPEED);
    assert_true(gaps[2] + 20 >= 8000 / SPEED);
}

/* 20 s instead of the 2 s of the first back-off. */
static void waits_as_told(struct flow *flow, const char *retry_after, const char *date)
{
    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 503, .retry_after = retry_after, .date = date},
                 {.seed = 3, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 5000);
    assert_int_equal(2, httpd_requests(flow->httpd, "/a"));
    assert_true(httpd_request(flow->httpd, "/a", 1)->time -
                    httpd_request(flow->httpd, "/a", 0)->time + 20 >=
                20000 / SPEED);
}

static void retry_after_in_seconds_is_honoured(void **state)
{
    waits_as_told(*state, "20", NULL);
}

static void retry_after_as_a_date_is_honoured(void **state)
{
    waits_as_told(*state, "Mon, 01 Jan 2024 00:00:20 GMT", "Mon, 01 Jan 2024 00:00:00 GMT");
}

static void too_many_requests_is_transient(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 429, .retry_after = "2"}, {.seed = 3, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 3, 5000);
}

static void a_job_waits_in_transient_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 503, .retry_after = "600"});
    flow_get(flow, "/a");
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    assert_int_equal(0, recorder_count(flow->recorder, RECORD_ERROR));
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 4, .size = 10});
    flow_start(flow); /* tries again at once */
    flow_finish(flow);
}

/* ---- the no-progress limit ----------------------------------------------------------------------
 */

static void gives_up(struct flow *flow, const char *path, HRESULT cause)
{
    flow_open(flow, path);
    flow_set_no_progress(flow, 60);
    flow_start(flow);
    flow_assert_no_progress(flow, cause);
    assert_true(content_file_size(flow->target) == UINT64_MAX);
}

static void server_errors_for_ever_end_with_their_cause(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 500});
    gives_up(flow, "/a", (HRESULT)0x801901F4);
    assert_true(httpd_requests(flow->httpd, "/a") >= 3);
}

static void a_refused_connection_ends_with_its_cause(void **state)
{
    struct flow *flow = *state;
    struct httpd *gone = httpd_start();
    char url[HTTPD_URL_MAX];

    httpd_url(gone, "/a", url);
    httpd_stop(gone);
    gives_up(flow, url, (HRESULT)0x80072EFD);
}

static void a_name_that_does_not_resolve_ends_with_its_cause(void **state)
{
    gives_up(*state, "http://no-such-host.invalid/a", (HRESULT)0x80072EE7);
}

static void a_silent_server_is_given_up(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.hold = true});
    flow_open(flow, "/a");
    flow_set_no_progress(flow, 120);
    flow_start(flow);
    flow_assert_error(flow, DO_E_DOWNLOAD_NO_PROGRESS);
}

/* ---- nonsense -----------------------------------------------------------------------------------
 */

static void nonsense_is_an_error(struct flow *flow)
{
    flow_open(flow, "/a");
    flow_set_no_progress(flow, 60);
    flow_start(flow);
    if (flow->is_download)
    {
        DO_DOWNLOAD_STATUS status;

        assert_true(kit_wait_download(flow->download, DODownloadState_Paused, KIT_LIMIT));
        assert_hr(S_OK, IDODownload_GetStatus(flow->download, &status));
        assert_true(FAILED(status.Error));
    }
    else
        assert_true(kit_wait_state(flow->job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_true(content_file_size(flow->target) == UINT64_MAX);
}

static void a_bad_status_line_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.raw = "HTTP/9.9 banana\r\n\r\nstuff"});
    nonsense_is_an_error(flow);
}

static void an_empty_answer_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.drop = true});
    nonsense_is_an_error(flow);
}

static void a_header_of_a_mebibyte_is_an_error(void **state)
{
    static char head[1100000];
    struct flow *flow = *state;
    int length = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nX: ");

    memset(head + length, 'x', 1048576);
    strcpy(head + length + 1048576, "\r\nContent-Length: 1\r\n\r\n!");
    HTTPD_SCRIPT(flow->httpd, "/a", {.raw = head});
    nonsense_is_an_error(flow);
}

static void a_nul_in_a_header_is_an_error(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 1\r\n\r\n!";
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.raw = answer, .raw_length = sizeof(answer) - 1});
    nonsense_is_an_error(flow);
}

static void a_header_without_a_colon_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.raw = "HTTP/1.1 200 OK\r\nbanana\r\nContent-Length: 1\r\n\r\n!"});
    nonsense_is_an_error(flow);
}

static void no_content_is_not_an_empty_file(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 204, .no_body = true});
    nonsense_is_an_error(flow);
}

static void a_part_nobody_asked_for_is_an_error(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a",
                 {.status = 206, .seed = 1, .size = 100, .content_range = "bytes 50-149/1000"});
    nonsense_is_an_error(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_BOTH(not_found_is_told_at_once),
        FLOW_BOTH(forbidden_is_told_at_once),
        FLOW_BOTH(unauthorized_is_told_at_once),
        FLOW_JOB(bits_jobs_are_told_where_it_failed),
        FLOW_BOTH(an_error_can_be_resumed),
        FLOW_BOTH(server_errors_are_waited_out),
        FLOW_BOTH(each_wait_is_longer_than_the_last),
        FLOW_BOTH(retry_after_in_seconds_is_honoured),
        FLOW_BOTH(retry_after_as_a_date_is_honoured),
        FLOW_BOTH(too_many_requests_is_transient),
        FLOW_JOB(a_job_waits_in_transient_error),
        FLOW_BOTH(server_errors_for_ever_end_with_their_cause),
        FLOW_BOTH(a_refused_connection_ends_with_its_cause),
        FLOW_BOTH(a_name_that_does_not_resolve_ends_with_its_cause),
        FLOW_BOTH(a_silent_server_is_given_up),
        FLOW_BOTH(a_bad_status_line_is_an_error),
        FLOW_BOTH(an_empty_answer_is_an_error),
        FLOW_BOTH(a_header_of_a_mebibyte_is_an_error),
        FLOW_BOTH(a_nul_in_a_header_is_an_error),
        FLOW_BOTH(a_header_without_a_colon_is_an_error),
        FLOW_BOTH(no_content_is_not_an_empty_file),
        FLOW_BOTH(a_part_nobody_asked_for_is_an_error),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
