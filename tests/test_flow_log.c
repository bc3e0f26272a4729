/* What the log tells of a job's fate, and what it never tells. Time runs 60 times faster. */
#include "testkit/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static wchar_t log_path[MAX_PATH]; /* of this process; every test adds to it */
static char text[1 << 20];
static long begun; /* where the test's own lines begin */

/* The lines of this test so far. */
static const char *told(void)
{
    FILE *file = _wfopen(log_path, L"rb");
    size_t length;

    assert_non_null(file);
    fseek(file, begun, SEEK_SET);
    length = fread(text, 1, sizeof(text) - 1, file);
    assert_true(length < sizeof(text) - 1);
    text[length] = 0;
    fclose(file);
    return text;
}

static int setup(void **state)
{
    FILE *file = _wfopen(log_path, L"rb");

    begun = 0;
    if (file)
    {
        fseek(file, 0, SEEK_END);
        begun = ftell(file);
        fclose(file);
    }
    return flow_setup_job(state);
}

/* Each of these, in this order. */
static void assert_told(const char *const *wanted, size_t count)
{
    const char *at = told();
    size_t i;

    for (i = 0; i < count; i++)
    {
        const char *found = strstr(at, wanted[i]);

        if (!found)
            print_error("\"%s\" is missing after: %.200s\n", wanted[i], at);
        assert_non_null(found);
        at = found + strlen(wanted[i]);
    }
}

#define ASSERT_TOLD(...)                                                                           \
    do                                                                                             \
    {                                                                                              \
        static const char *const wanted_[] = {__VA_ARGS__};                                        \
        assert_told(wanted_, ARRAY_SIZE(wanted_));                                                 \
    } while (0)

static void every_decision_on_the_way_is_a_line(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 503}, {.status = 302, .location = "/b"});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    flow_assert_identical(flow, 1, 5000);
    ASSERT_TOLD("SUSPENDED -> QUEUED", "asking http://127.0.0.1", "/a from byte 0", "503 from",
                "try again in 2000 ms", "-> TRANSIENT_ERROR", "/a from byte 0", "302 from",
                "redirected to http://127.0.0.1", "/b from byte 0", "200 from",
                "file 0: done, 5000 bytes", "-> TRANSFERRED", "TRANSFERRED -> ACKNOWLEDGED");
}

static void lines_name_the_job_and_the_file(void **state)
{
    struct flow *flow = *state;
    char wanted[80];
    wchar_t id[40];
    GUID guid;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_GetId(flow->job, &guid));
    StringFromGUID2(&guid, id, ARRAY_SIZE(id));
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    snprintf(wanted, sizeof(wanted), "INFO  job_move_locked: job %ls: SUSPENDED -> QUEUED", id);
    assert_non_null(strstr(told(), wanted));
    snprintf(wanted, sizeof(wanted), "job %ls, file 0: done", id);
    assert_non_null(strstr(told(), wanted));
}

static void a_failure_names_its_code_and_its_cause(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 404});
    flow_get(flow, "/a");
    flow_assert_error(flow, DOSVC_HTTP_STATUS_TO_HRESULT(404));
    ASSERT_TOLD("404 from", "file 0: 0x80190194 HTTP_E_STATUS_NOT_FOUND: the server answered 404",
                "-> ERROR");
}

static void a_limit_that_fires_is_named(void **state)
{
    struct flow *flow = *state;

    flow_open(flow, "http://127.0.0.1:9/nobody");
    flow_set_no_progress(flow, 300);
    flow_start(flow);
    flow_assert_no_progress(flow, HRESULT_FROM_WIN32(12029));
    ASSERT_TOLD("try again in 2000 ms",
                "0x80D02002 DO_E_DOWNLOAD_NO_PROGRESS, last cause 0x80072EFD", "-> ERROR");
}

static void a_client_that_fails_is_told_of(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_script(flow->recorder, RECORD_TRANSFERRED, (const HRESULT[]){E_FAIL}, 1);
    flow_start(flow);
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 2, KIT_LIMIT));
    flow_assert_identical(flow, 1, 5000);
    ASSERT_TOLD("a client answered JobTransferred with 0x80004005");
}

static void secrets_are_never_told(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a?sig=HUSH", {.status = 302, .location = "/b?sig=HUSH"});
    HTTPD_SCRIPT(flow->httpd, "/b?sig=HUSH",
                 {.headers = "Set-Cookie: c=HUSH\r\n", .seed = 1, .size = 5000});
    flow_open(flow, "/a?sig=HUSH");
    flow_set_headers(flow, L"Authorization: Bearer HUSH\r\n");
    flow_start(flow);
    flow_assert_identical(flow, 1, 5000);
    assert_non_null(strstr(told(), "/b?..."));
    assert_null(strstr(told(), "HUSH"));
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(every_decision_on_the_way_is_a_line),    LOG_TEST(lines_name_the_job_and_the_file),
        LOG_TEST(a_failure_names_its_code_and_its_cause), LOG_TEST(a_limit_that_fires_is_named),
        LOG_TEST(a_client_that_fails_is_told_of),         LOG_TEST(secrets_are_never_told),
    };
    wchar_t folder[MAX_PATH];
    int failed;

    if (!kit_make_folder(L"log", folder))
        return 1;
    swprintf(log_path, ARRAY_SIZE(log_path), L"%ls\\log.txt", folder);
    kit_process(L"clock=60");
    kit_environment(L"DOSVC_LOG", L"trace");
    kit_environment(L"DOSVC_LOG_FILE", log_path);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kit_remove_folder(folder);
    return failed;
}
