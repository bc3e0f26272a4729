/* A client that judges its servers' certificates. */
#include "judge_kit.h"
#include "restart_kit.h"
#include "testkit/tls_front.h"

#include <string.h>

#define BYTES 50000
#define REFUSAL ((HRESULT)0x80041234)
#define NO_JUDGE ((HRESULT)0x80200074)

static HRESULT set_judge(struct flow *flow, IUnknown *object)
{
    return set_judge_of(flow->job, object);
}

static void open_judged(struct flow *flow, const char *port, struct judge *judge, HRESULT answer)
{
    char url[HTTPD_URL_MAX];

    if (!tls_front_runs())
        skip();
    *judge = (struct judge){.iface = {&judge_vtbl}, .references = 1, .answer = answer};
    flow_open(flow, tls_url(flow->httpd, port, "/file", url));
    assert_hr(S_OK, set_judge(flow, (IUnknown *)&judge->iface));
}

static void script(struct flow *flow)
{
    HTTPD_SCRIPT(flow->httpd, "/file", {.seed = 1, .size = BYTES});
}

static void what_the_client_approves_is_fetched(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    script(flow);
    open_judged(flow, TLS_GOOD, &judge, S_OK);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
    assert_int_equal(1, judge.asked);
    assert_true(judge.readable);
    assert_true(judge.named);
    assert_int_not_equal(GetCurrentThreadId(), judge.thread);
    assert_released(&judge);
}

static void what_it_refuses_is_not_asked_for(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    script(flow);
    open_judged(flow, TLS_GOOD, &judge, REFUSAL);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, REFUSAL, flow->job);
    assert_int_equal(0, httpd_requests(flow->httpd, NULL));
    flow_cancel(flow);
    assert_released(&judge);
}

static void it_may_change_its_mind(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    script(flow);
    open_judged(flow, TLS_GOOD, &judge, REFUSAL);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSIENT_ERROR, KIT_LIMIT));
    judge.answer = S_OK;
    flow_finish(flow);
    assert_released(&judge);
}

static void a_certificate_is_judged_once(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    HTTPD_SCRIPT(flow->httpd, "/file",
                 {.seed = 1, .size = BYTES, .etag = "\"e\"", .cut = true, .cut_after = 20000},
                 {.seed = 1, .size = BYTES, .etag = "\"e\""});
    open_judged(flow, TLS_GOOD, &judge, S_OK);
    flow_start(flow);
    flow_finish(flow);
    assert_int_equal(2, httpd_requests(flow->httpd, "/file"));
    assert_int_equal(1, judge.asked);
    assert_released(&judge);
}

static void it_is_not_asked_about_what_the_system_refuses(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    script(flow);
    open_judged(flow, TLS_EXPIRED, &judge, S_OK);
    flow_start(flow);
    flow_assert_error(flow, CERT_E_EXPIRED);
    assert_int_equal(0, judge.asked);
    flow_cancel(flow);
    assert_released(&judge);
}

static void it_can_be_taken_away(void **state)
{
    struct flow *flow = *state;
    struct judge judge;

    script(flow);
    open_judged(flow, TLS_GOOD, &judge, REFUSAL);
    assert_hr(S_OK, set_judge(flow, NULL));
    assert_released(&judge);
    flow_start(flow);
    flow_assert_identical(flow, 1, BYTES);
    assert_int_equal(0, judge.asked);
}

static void it_is_judged_itself(void **state)
{
    struct flow *flow = *state;
    struct judge judge = {.iface = {&judge_vtbl}, .references = 1};

    HTTPD_SCRIPT(flow->httpd, "/file", {.seed = 1, .size = BYTES, .hold = true});
    flow_open(flow, "/file");
    assert_hr(E_NOINTERFACE, set_judge(flow, recorder_unknown(flow->recorder)));
    assert_hr(S_OK, set_judge(flow, NULL));
    flow_start(flow);
    assert_hr(BG_E_READ_ONLY_WHEN_JOB_ACTIVE, set_judge(flow, (IUnknown *)&judge.iface));
    assert_hr(BG_E_READ_ONLY_WHEN_JOB_ACTIVE, set_judge(flow, NULL));
    httpd_release(flow->httpd, "/file");
    flow_cancel(flow);
    assert_hr(DO_E_INVALID_STATE, set_judge(flow, (IUnknown *)&judge.iface));
    assert_int_equal(1, judge.references);
}

static void it_is_asked_in_its_own_apartment(void **state)
{
    struct kit *kit = *state;
    struct judge judge = {.iface = {&judge_vtbl}, .references = 1, .answer = S_OK};
    wchar_t path[MAX_PATH], wide[HTTPD_URL_MAX];
    char url[HTTPD_URL_MAX];
    IBackgroundCopyJob *job;
    BG_JOB_STATE job_state;
    HANDLE never;
    int i;

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = BYTES});
    job = kit_job(kit, L"judged");
    swprintf(wide, HTTPD_URL_MAX, L"%hs", tls_url(kit->httpd, TLS_GOOD, "/file", url));
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, wide, kit_path(kit, L"file", path)));
    assert_hr(S_OK, set_judge_of(job, (IUnknown *)&judge.iface));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    never = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (i = 0, job_state = BG_JOB_STATE_QUEUED; i < 200 && job_state != BG_JOB_STATE_TRANSFERRED;
         i++)
    {
        kit_pump_until(never, 50);
        IBackgroundCopyJob_GetState(job, &job_state);
    }
    assert_int_equal(BG_JOB_STATE_TRANSFERRED, job_state);
    assert_int_equal(1, judge.asked);
    assert_int_equal(GetCurrentThreadId(), judge.thread);
    assert_true(judge.named);
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);
    for (i = 0; i < 100 && InterlockedCompareExchange(&judge.references, 1, 1) != 1; i++)
        kit_pump_until(never, 20);
    assert_int_equal(1, judge.references);
    CloseHandle(never);
}

/* ---- a job whose client, and judge, are gone ---- */

#define CHILD_TLS_URL L"TEST_TLS_URL"

static void judged(void)
{
    static struct judge judge = {.iface = {&judge_vtbl}, .references = 1, .answer = S_OK};
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];
    IBackgroundCopyJob *job = kit_job_of_class(&CLSID_DosvcManager, L"judged");

    assert_true(GetEnvironmentVariableW(CHILD_TLS_URL, url, HTTPD_URL_MAX));
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, url, child_path(L"judged", path)));
    assert_hr(S_OK, set_judge_of(job, (IUnknown *)&judge.iface));
}

static const struct child_story stories[] = {{"judged", judged}, {NULL, NULL}};

static void a_job_does_not_go_on_without_its_judge(void **state)
{
    struct judge judge = {.iface = {&judge_vtbl}, .references = 1, .answer = S_OK};
    struct kit *kit = *state;
    wchar_t wide[HTTPD_URL_MAX];
    char url[HTTPD_URL_MAX];
    IBackgroundCopyJob *job;

    if (!tls_front_runs())
        skip();
    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = BYTES});
    swprintf(wide, HTTPD_URL_MAX, L"%hs", tls_url(kit->httpd, TLS_GOOD, "/file", url));
    kit_environment(CHILD_TLS_URL, wide);
    restart_child(kit, L"judged");
    restart_open(kit);
    job = restart_job(L"judged");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    assert_job_error(BG_ERROR_CONTEXT_NONE, NO_JUDGE, job);
    assert_int_equal(0, httpd_requests(kit->httpd, "/file"));
    assert_hr(S_OK, set_judge_of(job, (IUnknown *)&judge.iface));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    finish(job);
    assert_target(kit, L"judged", 1, BYTES);
    assert_int_equal(1, judge.asked);
    assert_released(&judge);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FLOW_JOB(what_the_client_approves_is_fetched),
        FLOW_JOB(what_it_refuses_is_not_asked_for),
        FLOW_JOB(it_may_change_its_mind),
        FLOW_JOB(a_certificate_is_judged_once),
        FLOW_JOB(it_is_not_asked_about_what_the_system_refuses),
        FLOW_JOB(it_can_be_taken_away),
        FLOW_JOB(it_is_judged_itself),
        cmocka_unit_test_setup_teardown(it_is_asked_in_its_own_apartment, kit_setup_sta,
                                        kit_teardown),
        RESTART(a_job_does_not_go_on_without_its_judge),
    };

    if (argc > 1)
        return child_main(stories, argv[1]);
    kit_process(L"clock=5");
    return cmocka_run_group_tests(tests, tls_trust, tls_distrust);
}
