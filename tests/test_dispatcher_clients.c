/* The dispatcher and clients that block, raise, come and go. */
#include "delivery_kit.h"

/* ---- in a call ---- */

#define JOBS 6

static void a_client_that_blocks_holds_up_its_own_job_only(void **state)
{
    struct fake_job *fakes[JOBS];
    struct recorder *recorders[JOBS];
    struct gate gate;
    int i;

    (void)state;
    gate_init(&gate);
    for (i = 0; i < JOBS; i++)
    {
        fakes[i] = fake_job_create();
        recorders[i] = recorder_create();
        recorder_set_hook(recorders[i], gate_hook, &gate);
        recorder_attach(recorders[i], fake_job_face(fakes[i]), ALL_FLAGS);
    }
    for (i = 0; i < JOBS; i++)
    {
        fake_job_move(fakes[i], BG_JOB_STATE_TRANSFERRED);
        assert_true(gate_wait(&gate)); /* those before are still inside */
    }
    assert_int_equal(JOBS, gate.inside);
    SetEvent(gate.open);
    for (i = 0; i < JOBS; i++)
    {
        fake_job_move(fakes[i], BG_JOB_STATE_CANCELLED);
        assert_true(recorder_wait_released(recorders[i], KIT_LIMIT));
        recorder_release(recorders[i]);
        assert_true(becomes(job_references, fakes[i], 1));
        IBackgroundCopyJob_Release(fake_job_face(fakes[i]));
    }
    gate_cleanup(&gate);
}

static void one_jobs_deliveries_are_serial(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;
    int i;

    gate_init(&gate);
    SetEvent(gate.open);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    for (i = 0; i < 40; i++)
    {
        recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
        fake_job_modify(fixture->fake);
        fake_job_move(fixture->fake, i % 2 ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED);
        fake_job_modify(fixture->fake);
    }
    assert_true(comes(fixture, RECORD_ERROR, 1));
    settle();
    assert_int_equal(1, gate.most);
    gate_cleanup(&gate);
}

static void clearing_does_not_wait_for_a_call_in_progress(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;

    gate_init(&gate);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(gate_wait(&gate));
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL));
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(1, gate.inside);
    assert_in_range(recorder_references(fixture->recorder), 2, 9); /* the call's own */
    SetEvent(gate.open);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    settle();
    assert_int_equal(1, count(fixture, RECORD_KIND_COUNT));
    gate_cleanup(&gate);
}

static void a_replacement_is_served_when_the_old_call_is_over(void **state)
{
    struct fixture *fixture = *state;
    struct recorder *second = recorder_create();
    struct gate gate;

    gate_init(&gate);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(gate_wait(&gate));
    recorder_attach(second, fixture->job, ALL_FLAGS);
    settle();
    assert_int_equal(0, recorder_count(second, RECORD_KIND_COUNT));
    SetEvent(gate.open);
    assert_true(recorder_wait(second, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_int_equal(1, count(fixture, RECORD_KIND_COUNT));
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
    assert_true(recorder_wait_released(second, KIT_LIMIT));
    recorder_release(second);
    gate_cleanup(&gate);
}

static HRESULT do_everything(struct recorder *recorder, const struct record *record, void *context)
{
    IBackgroundCopyJob *job = record->object;
    IEnumBackgroundCopyFiles *files;
    BG_JOB_PROGRESS progress;
    IUnknown *callback;
    ULONG flags;

    (void)context;
    IBackgroundCopyJob_GetProgress(job, &progress);
    IBackgroundCopyJob_GetNotifyFlags(job, &flags);
    IBackgroundCopyJob_SetNotifyFlags(job, flags);
    if (SUCCEEDED(IBackgroundCopyJob_EnumFiles(job, &files)))
        IEnumBackgroundCopyFiles_Release(files);
    if (SUCCEEDED(IBackgroundCopyJob_GetNotifyInterface(job, &callback)) && callback)
        IUnknown_Release(callback);
    IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder));
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IBackgroundCopyJob_Complete(job);
    return E_FAIL;
}

static void a_callback_may_do_everything(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, do_everything, NULL);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_true(becomes(job_references, fixture->fake, 1));
    kit_pass(100);
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
}

static HRESULT clear_and_release(struct recorder *recorder, const struct record *record,
                                 void *context)
{
    (void)recorder;
    (void)context;
    IBackgroundCopyJob_SetNotifyInterface((IBackgroundCopyJob *)record->object, NULL);
    IBackgroundCopyJob_Release((IBackgroundCopyJob *)record->object);
    return S_OK;
}

static void a_callback_may_release_the_job(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, clear_and_release, NULL);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    fixture->job = NULL; /* the callback has released it */
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_int_equal(1, count(fixture, RECORD_TRANSFERRED));
}

static HRESULT complete(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    (void)context;
    IBackgroundCopyJob_Complete((IBackgroundCopyJob *)record->object);
    return S_OK;
}

static void a_final_job_lets_go_of_its_callback(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *callback;

    recorder_set_hook(fixture->recorder, complete, NULL);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_true(becomes(job_references, fixture->fake, 1));
    assert_hr(E_NOT_VALID_STATE,
              dispatcher_set_target(fake_job_dispatcher(fixture->fake), fixture->job,
                                    recorder_unknown(fixture->recorder)));
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_null(callback);
}

static HRESULT raise_once(struct recorder *recorder, const struct record *record, void *context)
{
    (void)record;
    (void)context;
    if (recorder_count(recorder, RECORD_TRANSFERRED) == 1)
        RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    return S_OK;
}

static void a_callback_that_raises_has_failed(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, raise_once, NULL);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 2));
    settle();
    assert_int_equal(2, count(fixture, RECORD_TRANSFERRED));
}

/* ---- registration ---- */

static void the_registered_pointer_can_be_had_back(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *callback = (IUnknown *)1;

    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_null(callback);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_ptr_equal(recorder_unknown(fixture->recorder), callback);
    IUnknown_Release(callback);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL));
    assert_int_equal(1, recorder_references(fixture->recorder)); /* at once */
}

static void what_is_no_callback_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct recorder *other = recorder_create();
    IUnknown *callback;

    recorder_set_faces(other, 0);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(E_NOINTERFACE,
              IBackgroundCopyJob_SetNotifyInterface(fixture->job, recorder_unknown(other)));
    assert_int_equal(1, recorder_references(other));
    recorder_release(other);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_ptr_equal(recorder_unknown(fixture->recorder), callback);
    IUnknown_Release(callback);
}

static void a_registration_that_fails_changes_nothing(void **state)
{
    register_despite_failures(*state, 0);
}

static void events_without_a_registration_are_forgotten(void **state)
{
    struct fixture *fixture = *state;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    fake_job_modify(fixture->fake);
    fake_job_file_done(fixture->fake, 0);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    settle();
    assert_int_equal(0, count(fixture, RECORD_KIND_COUNT));
}

struct storm
{
    struct fixture *fixture;
    HANDLE stop;
};

static DWORD WINAPI change_registrations(void *context)
{
    struct storm *storm = context;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (WaitForSingleObject(storm->stop, 0) == WAIT_TIMEOUT)
    {
        IBackgroundCopyJob_SetNotifyInterface(storm->fixture->job,
                                              recorder_unknown(storm->fixture->recorder));
        IBackgroundCopyJob_SetNotifyInterface(storm->fixture->job, NULL);
    }
    CoUninitialize();
    return 0;
}

static void registrations_may_change_on_many_threads_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct storm storm = {fixture, CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE threads[4];
    struct gate gate;
    size_t i;

    gate_init(&gate);
    SetEvent(gate.open);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, change_registrations, &storm, 0, NULL);
    for (i = 0; i < 300; i++)
    {
        fake_job_modify(fixture->fake);
        fake_job_move(fixture->fake, i % 2 ? BG_JOB_STATE_TRANSFERRED : BG_JOB_STATE_ERROR);
        kit_pass(1);
    }
    SetEvent(storm.stop);
    for (i = 0; i < ARRAY_SIZE(threads); i++)
    {
        assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(threads[i], KIT_LIMIT));
        CloseHandle(threads[i]);
    }
    CloseHandle(storm.stop);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_true(becomes(job_references, fixture->fake, 1));
    assert_in_range(gate.most, 0, 1);
    gate_cleanup(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case(a_client_that_blocks_holds_up_its_own_job_only),
        delivery_case(one_jobs_deliveries_are_serial),
        delivery_case(clearing_does_not_wait_for_a_call_in_progress),
        delivery_case(a_replacement_is_served_when_the_old_call_is_over),
        delivery_case(a_callback_may_do_everything),
        delivery_case(a_callback_may_release_the_job),
        delivery_case(a_final_job_lets_go_of_its_callback),
        delivery_case(a_callback_that_raises_has_failed),
        delivery_case(the_registered_pointer_can_be_had_back),
        delivery_case(what_is_no_callback_is_refused),
        delivery_case(a_registration_that_fails_changes_nothing),
        delivery_case(events_without_a_registration_are_forgotten),
        delivery_case(registrations_may_change_on_many_threads_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
