/* Limits of bytes a second. The process's clock runs 60 times faster, so a limit of 20,000 bytes a
 * second lets 1,200,000 a second of the machine's clock pass. */
#include "testkit/flow.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SPEED 60
#define RATE 20000 /* bytes a second of the process's clock */

static int tear_down(void **state)
{
    kit_environment(L"DOSVC_SETTINGS", NULL);
    return flow_teardown(state);
}

/* Milliseconds of the machine's clock that so many bytes take. */
static ULONGLONG time_of(uint64_t bytes, uint64_t rate)
{
    return bytes * 1000 / rate / SPEED;
}

static void set_rate(void *object, UINT64 rate)
{
    IDosvcProperties *properties = kit_face(object, &IID_IDosvcProperties);
    VARIANT value;

    V_VT(&value) = VT_UI8;
    V_UI8(&value) = rate;
    assert_hr(S_OK, IDosvcProperties_SetProperty(properties, DOSVC_PROPERTY_MAX_BYTES_PER_SECOND,
                                                 &value));
    V_UI8(&value) = 1;
    assert_hr(S_OK, IDosvcProperties_GetProperty(properties, DOSVC_PROPERTY_MAX_BYTES_PER_SECOND,
                                                 &value));
    assert_true(V_VT(&value) == VT_UI8 && V_UI8(&value) == rate);
    IDosvcProperties_Release(properties);
}

static void limit(struct flow *flow, UINT64 rate)
{
    set_rate(flow->is_download ? (void *)flow->download : (void *)flow->job, rate);
}

static void a_job_keeps_its_limit(void **state)
{
    struct flow *flow = *state;
    ULONGLONG began = GetTickCount64();

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000000});
    flow_open(flow, "/a");
    limit(flow, RATE);
    flow_start(flow);
    flow_assert_identical(flow, 1, 1000000);
    assert_true(GetTickCount64() - began >= time_of(900000, RATE));
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

/* Slower than the stall rule allows, and with portions that are longer apart than a client waits
 * for progress. */
static void a_slow_limit_is_held_against_nobody(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 60000});
    flow_open(flow, "/a");
    limit(flow, 200);
    flow_set_no_progress(flow, 60);
    flow_start(flow);
    flow_assert_identical(flow, 1, 60000);
    assert_int_equal(1, httpd_requests(flow->httpd, NULL));
}

static void a_limit_can_be_lifted(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 30000000});
    flow_open(flow, "/a");
    limit(flow, 1000);
    flow_start(flow);
    assert_true(httpd_wait_request(flow->httpd, "/a", 1, KIT_LIMIT));
    limit(flow, 0);
    flow_assert_identical(flow, 1, 30000000);
}

static void a_limited_job_can_be_paused(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 300000, .etag = "\"1\""});
    flow_open(flow, "/a");
    limit(flow, 1000);
    flow_start(flow);
    assert_true(flow_wait_bytes(flow, 1));
    flow_pause(flow);
    limit(flow, 0);
    flow_start(flow);
    flow_assert_identical(flow, 1, 300000);
}

static void files_of_a_job_share_its_limit(void **state)
{
    struct flow *flow = *state;
    ULONGLONG began = GetTickCount64();
    wchar_t path[MAX_PATH];

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 500000});
    HTTPD_SCRIPT(flow->httpd, "/b", {.seed = 2, .size = 500000});
    flow_open(flow, "/a");
    kit_add_file(flow->kit, flow->job, "/b", L"b");
    limit(flow, RATE);
    flow_start(flow);
    flow_assert_identical(flow, 1, 500000);
    assert_true(GetTickCount64() - began >= time_of(900000, RATE));
    assert_true(content_check_file(kit_path(flow->kit, L"b", path), 2, 500000));
}

static ULONGLONG fetch(struct flow *flow, BG_JOB_PRIORITY priority, const wchar_t *settings)
{
    ULONGLONG began = GetTickCount64();

    kit_environment(L"DOSVC_SETTINGS", settings);
    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000000});
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(flow->job, priority));
    flow_start(flow);
    flow_assert_identical(flow, 1, 1000000);
    return GetTickCount64() - began;
}

static void the_background_has_a_limit(void **state)
{
    assert_true(fetch(*state, BG_JOB_PRIORITY_LOW, L"DOMaxBackgroundDownloadBandwidth=20") >=
                time_of(900000, 20480));
}

static void the_foreground_has_a_limit(void **state)
{
    assert_true(fetch(*state, BG_JOB_PRIORITY_FOREGROUND,
                      L"DOMaxForegroundDownloadBandwidth=20;DOMaxBackgroundDownloadBandwidth=1") >=
                time_of(900000, 20480));
}

static void all_together_have_a_limit(void **state)
{
    assert_true(fetch(*state, BG_JOB_PRIORITY_FOREGROUND, L"DOMaxDownloadBandwidth=20") >=
                time_of(900000, 20480));
}

static void a_limit_of_the_background_is_none_of_the_foreground(void **state)
{
    assert_true(fetch(*state, BG_JOB_PRIORITY_FOREGROUND, L"DOMaxBackgroundDownloadBandwidth=1") <
                time_of(900000, 1024));
}

#define JOB(test)                                                                                  \
    {                                                                                              \
#test " (job)", test, flow_setup_job, tear_down, NULL                                      \
    }
#define BOTH(test)                                                                                 \
    JOB(test),                                                                                     \
    {                                                                                              \
#test " (download)", test, flow_setup_download, tear_down, NULL                            \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        BOTH(a_job_keeps_its_limit),
        BOTH(a_slow_limit_is_held_against_nobody),
        BOTH(a_limit_can_be_lifted),
        BOTH(a_limited_job_can_be_paused),
        JOB(files_of_a_job_share_its_limit),
        JOB(the_background_has_a_limit),
        JOB(the_foreground_has_a_limit),
        JOB(all_together_have_a_limit),
        JOB(a_limit_of_the_background_is_none_of_the_foreground),
    };

    kit_process(L"clock=60");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
