/* What a client may do inside its callback, and what it may do to us with it. */
#include "testkit/flow.h"

#include <stdlib.h>

#define ERROR_EVENTS (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)

static int setup(void **state)
{
    return flow_setup_job(state);
}

static int setup_sta(void **state)
{
    struct flow *flow = calloc(1, sizeof(*flow));
    void *kit = NULL;
    int result = flow ? kit_setup_sta(&kit) : -1;

    if (result)
        return result;
    flow->kit = kit;
    flow->httpd = flow->kit->httpd;
    *state = flow;
    return 0;
}

/* ---- inside the callback ------------------------------------------------------------------------
 */

static HRESULT complete_it(struct recorder *recorder, const struct record *record, void *context)
{
    HRESULT *result = context;

    (void)recorder;
    if (record->kind == RECORD_TRANSFERRED)
        *result = IBackgroundCopyJob_Complete((IBackgroundCopyJob *)record->object);
    return S_OK;
}

static void a_callback_completes_its_job(void **state)
{
    struct flow *flow = *state;
    HRESULT result = E_FAIL;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, complete_it, &result);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_ACKNOWLEDGED, KIT_LIMIT));
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
    assert_hr(S_OK, result);
    assert_int_equal(1, recorder_count(flow->recorder, RECORD_TRANSFERRED));
    assert_true(content_check_file(flow->target, 1, 5000));
}

static HRESULT resume_it(struct recorder *recorder, const struct record *record, void *context)
{
    HRESULT *result = context;

    (void)recorder;
    if (record->kind == RECORD_ERROR)
        *result = IBackgroundCopyJob_Resume((IBackgroundCopyJob *)record->object);
    return S_OK;
}

static void a_callback_resumes_its_job(void **state)
{
    struct flow *flow = *state;
    HRESULT result = E_FAIL;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 404}, {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, resume_it, &result);
    flow_start(flow);
    flow_finish(flow);
    assert_hr(S_OK, result);
    assert_int_equal(1, recorder_count(flow->recorder, RECORD_ERROR));
}

static HRESULT cancel_it(struct recorder *recorder, const struct record *record, void *context)
{
    HRESULT *result = context;

    (void)recorder;
    if (record->kind == RECORD_ERROR)
        *result = IBackgroundCopyJob_Cancel((IBackgroundCopyJob *)record->object);
    return S_OK;
}

static void a_callback_cancels_its_job(void **state)
{
    struct flow *flow = *state;
    HRESULT result = E_FAIL;

    HTTPD_SCRIPT(flow->httpd, "/a", {.status = 404});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, cancel_it, &result);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_CANCELLED, KIT_LIMIT));
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
    assert_hr(S_OK, result);
}

/* Everything that takes no argument worth a thought. */
static HRESULT call_everything(struct recorder *recorder, const struct record *record,
                               void *context)
{
    IBackgroundCopyJob *job = record->object;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyError *error;
    IUnknown *callback;
    BG_JOB_TIMES times;
    LPWSTR text;
    ULONG number;
    GUID id;

    (void)recorder;
    (void)context;
    IBackgroundCopyJob_GetId(job, &id);
    IBackgroundCopyJob_GetTimes(job, &times);
    if (SUCCEEDED(IBackgroundCopyJob_EnumFiles(job, &files)))
        IEnumBackgroundCopyFiles_Release(files);
    if (SUCCEEDED(IBackgroundCopyJob_GetError(job, &error)))
        IBackgroundCopyError_Release(error);
    if (SUCCEEDED(IBackgroundCopyJob_GetOwner(job, &text)))
        CoTaskMemFree(text);
    if (SUCCEEDED(IBackgroundCopyJob_GetDisplayName(job, &text)))
        CoTaskMemFree(text);
    if (SUCCEEDED(IBackgroundCopyJob_GetNotifyInterface(job, &callback)) && callback)
        IUnknown_Release(callback);
    IBackgroundCopyJob_GetErrorCount(job, &number);
    if (record->kind == RECORD_MODIFICATION)
        return S_OK; /* the setters below would cause the next one, for ever */
    IBackgroundCopyJob_SetDisplayName(job, L"renamed");
    IBackgroundCopyJob_SetDescription(job, L"from inside");
    IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH);
    IBackgroundCopyJob_SetMinimumRetryDelay(job, 60);
    IBackgroundCopyJob_SetNotifyFlags(job, ERROR_EVENTS);
    IBackgroundCopyJob_Suspend(job);
    IBackgroundCopyJob_Resume(job);
    return S_OK;
}

static void a_callback_calls_every_method(void **state)
{
    struct flow *flow = *state;
    LPWSTR name;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, call_everything, NULL);
    flow_start(flow);
    flow_finish(flow);
    assert_hr(S_OK, IBackgroundCopyJob_GetDisplayName(flow->job, &name));
    assert_int_equal(0, wcscmp(L"renamed", name));
    CoTaskMemFree(name);
}

static HRESULT replace_me(struct recorder *recorder, const struct record *record, void *context)
{
    struct recorder *successor = context;
    IBackgroundCopyJob *job = record->object;

    recorder_set_hook(recorder, NULL, NULL);
    return IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(successor));
}

/* The new object is owed the event that the job is in. */
static void a_callback_replaces_itself(void **state)
{
    struct flow *flow = *state;
    struct recorder *successor = recorder_create();

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(flow->job, ERROR_EVENTS));
    recorder_set_hook(flow->recorder, replace_me, successor);
    flow_start(flow);
    assert_true(recorder_wait(successor, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
    assert_int_equal(1, recorder_count(flow->recorder, RECORD_KIND_COUNT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
    assert_true(recorder_wait_released(successor, KIT_LIMIT));
    recorder_release(successor);
}

static HRESULT clear_and_release(struct recorder *recorder, const struct record *record,
                                 void *context)
{
    IBackgroundCopyJob *job = record->object;

    (void)recorder;
    (void)context;
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job); /* the client's last reference */
    return S_OK;
}

static void a_callback_clears_itself_and_lets_the_job_go(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(flow->job, ERROR_EVENTS));
    recorder_set_hook(flow->recorder, clear_and_release, NULL);
    flow_start(flow);
    flow->job = NULL;
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
}

/* ---- what comes, and when -----------------------------------------------------------------------
 */

static void the_job_is_the_pointer_it_was_registered_on(void **state)
{
    struct flow *flow = *state;
    struct record record;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    flow_finish(flow);
    for (unsigned int i = 0; recorder_get(flow->recorder, RECORD_KIND_COUNT, i, &record); i++)
        assert_ptr_equal(flow->job, record.object);
}

static void files_are_told_before_the_job(void **state)
{
    struct flow *flow = *state;
    struct record file, job;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    flow_finish(flow);
    assert_true(recorder_get(flow->recorder, RECORD_FILE_TRANSFERRED, 0, &file));
    assert_true(recorder_get(flow->recorder, RECORD_TRANSFERRED, 0, &job));
    assert_true(file.time <= job.time);
    assert_int_equal(0, wcscmp(flow->target, file.file));
    assert_int_equal(BG_JOB_STATE_TRANSFERRED, job.job_state);
    assert_int_equal(5000, job.bytes);
}

static void who_registers_late_is_told_all_the_same(void **state)
{
    struct flow *flow = *state;
    struct recorder *late = recorder_create();

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(flow->job, recorder_unknown(late)));
    assert_true(recorder_wait(late, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    flow_cancel(flow);
    assert_true(recorder_wait_released(late, KIT_LIMIT));
    recorder_release(late);
}

static void flags_decide_what_is_told(void **state)
{
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(flow->job, BG_NOTIFY_JOB_ERROR));
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    kit_pass(200);
    assert_int_equal(0, recorder_count(flow->recorder, RECORD_TRANSFERRED));
    assert_int_equal(0, recorder_count(flow->recorder, RECORD_FILE_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(flow->job, BG_NOTIFY_JOB_TRANSFERRED));
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
}

static void a_callback_that_fails_is_called_again(void **state)
{
    static const HRESULT results[] = {E_FAIL, E_OUTOFMEMORY, S_OK};
    struct flow *flow = *state;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_script(flow->recorder, RECORD_TRANSFERRED, results, ARRAY_SIZE(results));
    flow_start(flow);
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 3, KIT_LIMIT));
    kit_pass(200);
    assert_int_equal(3, recorder_count(flow->recorder, RECORD_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
}

/* ---- a callback that does not return ------------------------------------------------------------
 */

static HRESULT wait_inside(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    if (record->kind == RECORD_TRANSFERRED)
        WaitForSingleObject((HANDLE)context, KIT_LIMIT);
    return S_OK;
}

static void a_callback_that_blocks_holds_up_nobody_else(void **state)
{
    struct flow *flow = *state;
    HANDLE go_on = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct recorder *second = recorder_create();
    IBackgroundCopyJob *job;
    uint64_t before;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, wait_inside, go_on);
    flow_start(flow);
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));

    job = kit_job_of(flow->kit, "/a", L"second");
    recorder_attach(second, job, ERROR_EVENTS);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(recorder_wait(second, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    IBackgroundCopyJob_Release(job);

    before = GetTickCount64();
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(flow->job, NULL));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
    assert_true(GetTickCount64() - before < 2000);
    assert_true(recorder_references(flow->recorder) > 1); /* the call in progress has its own */
    SetEvent(go_on);
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
    assert_true(recorder_wait_released(second, KIT_LIMIT));
    recorder_release(second);
    CloseHandle(go_on);
}

/* ---- apartments ---------------------------------------------------------------------------------
 */

static void an_sta_is_called_on_its_own_thread(void **state)
{
    struct flow *flow = *state;
    struct record record;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_get(flow, "/a");
    assert_true(recorder_wait(flow->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    for (unsigned int i = 0; recorder_get(flow->recorder, RECORD_KIND_COUNT, i, &record); i++)
    {
        assert_int_equal(GetCurrentThreadId(), record.thread);
        assert_ptr_equal(flow->job, record.object);
    }
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
}

static void an_sta_completes_its_job_from_inside(void **state)
{
    struct flow *flow = *state;
    HRESULT result = E_FAIL;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow_open(flow, "/a");
    recorder_set_hook(flow->recorder, complete_it, &result);
    flow_start(flow);
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_ACKNOWLEDGED, KIT_LIMIT));
    assert_true(recorder_wait_released(flow->recorder, KIT_LIMIT));
    assert_hr(S_OK, result);
}

static HRESULT take_a_while(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    (void)record;
    Sleep(*(const DWORD *)context);
    return S_OK;
}

/* The call has been sent and lies in the STA's queue when the STA lets go of its callback. */
static void an_sta_that_clears_hears_what_waits_and_is_free(void **state)
{
    struct flow *flow = *state;
    DWORD ms = 200;

    HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 5000});
    flow->job = kit_job_of(flow->kit, "/a", L"a");
    flow->recorder = recorder_create();
    recorder_set_hook(flow->recorder, take_a_while, &ms);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(flow->job, BG_NOTIFY_JOB_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(flow->job));
    assert_true(kit_wait_state(flow->job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK,
              IBackgroundCopyJob_SetNotifyInterface(flow->job, recorder_unknown(flow->recorder)));
    assert_int_equal(WAIT_OBJECT_0,
                     MsgWaitForMultipleObjects(0, NULL, FALSE, KIT_LIMIT, QS_ALLINPUT));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(flow->job, NULL));
    assert_int_equal(1, recorder_references(flow->recorder));
    assert_int_equal(1, recorder_count(flow->recorder, RECORD_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(flow->job));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, flow_teardown)
#define TEST_STA(name) cmocka_unit_test_setup_teardown(name, setup_sta, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_callback_completes_its_job),
        TEST(a_callback_resumes_its_job),
        TEST(a_callback_cancels_its_job),
        TEST(a_callback_calls_every_method),
        TEST(a_callback_replaces_itself),
        TEST(a_callback_clears_itself_and_lets_the_job_go),
        TEST(the_job_is_the_pointer_it_was_registered_on),
        TEST(files_are_told_before_the_job),
        TEST(who_registers_late_is_told_all_the_same),
        TEST(flags_decide_what_is_told),
        TEST(a_callback_that_fails_is_called_again),
        TEST(a_callback_that_blocks_holds_up_nobody_else),
        TEST_STA(an_sta_is_called_on_its_own_thread),
        TEST_STA(an_sta_completes_its_job_from_inside),
        TEST_STA(an_sta_that_clears_hears_what_waits_and_is_free),
    };

    kit_process(L"clock=30");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
