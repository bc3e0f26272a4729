/* A client's callback and its apartment: which pointer is called, on which thread, and who lets go
 * of it. */
#include "delivery_kit.h"

#include "com/notify_target.h"

/* ---- a thread of its own for the other side ---- */

struct other
{
    struct fixture *fixture;
    DWORD apartment; /* COINIT_* */
    void (*play)(struct other *other);
    struct recorder *recorder; /* registered by whoever */
    HANDLE ready;              /* auto-reset: play got to its point */
    HANDLE go;                 /* auto-reset: it may go on */
    HANDLE thread;
    DWORD id;
    bool uninitialize;
    HRESULT hr;
    bool same;
};

static DWORD WINAPI other_main(void *context)
{
    struct other *other = context;

    CoInitializeEx(NULL, other->apartment);
    other->play(other);
    if (other->uninitialize)
        CoUninitialize();
    return 0;
}

static void other_start(struct other *other, struct fixture *fixture, DWORD apartment,
                        void (*play)(struct other *))
{
    memset(other, 0, sizeof(*other));
    other->fixture = fixture;
    other->apartment = apartment;
    other->play = play;
    other->recorder = fixture->recorder;
    other->uninitialize = true;
    other->ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    other->go = CreateEventW(NULL, FALSE, FALSE, NULL);
    other->thread = CreateThread(NULL, 0, other_main, other, CREATE_SUSPENDED, &other->id);
    ResumeThread(other->thread);
}

static void other_meet(struct other *other)
{
    assert_true(kit_pump_until(other->ready, KIT_LIMIT));
}

static void other_end(struct other *other)
{
    SetEvent(other->go);
    assert_true(kit_pump_until(other->thread, KIT_LIMIT));
    CloseHandle(other->thread);
    CloseHandle(other->ready);
    CloseHandle(other->go);
}

static void reach(struct other *other)
{
    SetEvent(other->ready);
}

/* ---- STA clients ---- */

static void an_sta_is_called_on_its_own_thread_with_the_very_pointer(void **state)
{
    struct fixture *fixture = *state;
    struct record record;
    unsigned int i;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    fake_job_set_error(fixture->fake, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194, 0);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(recorder_wait(fixture->recorder, RECORD_MODIFICATION, 1, KIT_LIMIT));
    fake_job_ranges_done(fixture->fake, 0, 0, 1);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(recorder_wait(fixture->recorder, RECORD_ERROR, 1, KIT_LIMIT));
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(fixture->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_int_equal(5, recorder_count(fixture->recorder, RECORD_KIND_COUNT));
    for (i = 0; i < 5; i++)
    {
        assert_true(recorder_get(fixture->recorder, RECORD_KIND_COUNT, i, &record));
        assert_int_equal(GetCurrentThreadId(), record.thread);
        assert_ptr_equal(fixture->job, record.object);
    }
    assert_true(recorder_get(fixture->recorder, RECORD_ERROR, 0, &record));
    assert_int_equal((HRESULT)0x80190194, record.code);
    assert_true(recorder_get(fixture->recorder, RECORD_FILE_TRANSFERRED, 0, &record));
    assert_int_equal(0, wcscmp(L"c:\\a", record.file));
}

static void an_stas_callback_is_released_on_its_own_thread(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(recorder_wait(fixture->recorder, RECORD_MODIFICATION, 1, KIT_LIMIT));
    IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_int_equal(GetCurrentThreadId(), recorder_releaser(fixture->recorder));
    assert_true(becomes(job_references, fixture->fake, 1));
}

static void clear_it(struct other *other)
{
    other->hr = IBackgroundCopyJob_SetNotifyInterface(other->fixture->job, NULL);
    reach(other);
}

static void another_thread_may_clear_an_stas_callback(void **state)
{
    struct fixture *fixture = *state;
    struct other other;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    other_start(&other, fixture, COINIT_MULTITHREADED, clear_it);
    /* not pumping: SetNotifyInterface waits for nobody */
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(other.thread, KIT_LIMIT));
    other_end(&other);
    assert_hr(S_OK, other.hr);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_int_equal(GetCurrentThreadId(), recorder_releaser(fixture->recorder));
}

static void an_agile_callback_is_called_directly(void **state)
{
    struct fixture *fixture = *state;
    struct record record;

    recorder_set_faces(fixture->recorder, RECORDER_CALLBACK | RECORDER_AGILE);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(fixture->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_true(recorder_get(fixture->recorder, RECORD_TRANSFERRED, 0, &record));
    assert_int_not_equal(GetCurrentThreadId(), record.thread);
    assert_ptr_equal(fixture->job, record.object);
    IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
}

static HRESULT set_event(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    if (record->kind == RECORD_TRANSFERRED)
        SetEvent((HANDLE)context);
    return S_OK;
}

static void an_sta_that_does_not_pump_holds_up_its_own_job_only(void **state)
{
    struct fixture *fixture = *state;
    struct recorder *recorder = recorder_create();
    struct fake_job *fake = fake_job_create();
    HANDLE called = CreateEventW(NULL, TRUE, FALSE, NULL);

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    recorder_set_faces(recorder, RECORDER_CALLBACK | RECORDER_AGILE);
    recorder_set_hook(recorder, set_event, called);
    recorder_attach(recorder, fake_job_face(fake), ALL_FLAGS);
    fake_job_move(fake, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(called, KIT_LIMIT)); /* pumps nothing */
    CloseHandle(called);
    assert_int_equal(0, recorder_count(fixture->recorder, RECORD_KIND_COUNT));
    assert_true(recorder_wait(fixture->recorder, RECORD_MODIFICATION, 1, KIT_LIMIT));
    fake_job_move(fake, BG_JOB_STATE_CANCELLED);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
    assert_true(becomes(job_references, fake, 1));
    IBackgroundCopyJob_Release(fake_job_face(fake));
}

static HRESULT clear_and_complete(struct recorder *recorder, const struct record *record,
                                  void *context)
{
    IBackgroundCopyJob *job = record->object;
    IUnknown *callback = NULL;

    IBackgroundCopyJob_GetNotifyInterface(job, &callback);
    *(bool *)context = callback == recorder_unknown(recorder);
    if (callback)
        IUnknown_Release(callback);
    IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder));
    IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    IBackgroundCopyJob_Complete(job);
    return S_OK;
}

static void an_stas_callback_may_do_everything(void **state)
{
    struct fixture *fixture = *state;
    bool same = false;

    recorder_set_hook(fixture->recorder, clear_and_complete, &same);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(fixture->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_true(becomes(job_references, fixture->fake, 1));
    assert_true(same);
}

static HRESULT fail_once(struct recorder *recorder, const struct record *record, void *context)
{
    (void)record;
    (void)context;
    if (recorder_count(recorder, RECORD_TRANSFERRED) == 1)
        RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    return S_OK;
}

static void an_sta_that_raises_is_told_again(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, fail_once, NULL);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(fixture->recorder, RECORD_TRANSFERRED, 2, KIT_LIMIT));
}

/* ---- getting it back ---- */

static void an_sta_gets_the_very_pointer_back(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *callback;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_ptr_equal(recorder_unknown(fixture->recorder), callback);
    IUnknown_Release(callback);
}

/* Gets the callback in its own apartment and calls it there. */
static void get_and_call(struct other *other)
{
    IBackgroundCopyCallback2 *second;
    IUnknown *callback = NULL;

    other->hr = IBackgroundCopyJob_GetNotifyInterface(other->fixture->job, &callback);
    other->same = callback == recorder_unknown(other->recorder);
    if (SUCCEEDED(other->hr))
    {
        other->hr =
            IUnknown_QueryInterface(callback, &IID_IBackgroundCopyCallback2, (void **)&second);
        IUnknown_Release(callback);
    }
    if (SUCCEEDED(other->hr))
    {
        other->hr = IBackgroundCopyCallback2_JobModification(second, NULL, 7);
        IBackgroundCopyCallback2_Release(second);
    }
    reach(other);
}

static void get_from(struct fixture *fixture, DWORD apartment)
{
    struct record record;
    struct other other;

    recorder_set_quiet(fixture->recorder, true);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    other_start(&other, fixture, apartment, get_and_call);
    other_meet(&other);
    other_end(&other);
    /* RPC_X_NULL_REF_POINTER and the like are the stub's: the job of a callback is not optional */
    assert_false(other.same);
    assert_hr(S_OK, other.hr);
    assert_true(recorder_get(fixture->recorder, RECORD_MODIFICATION, 0, &record));
    assert_int_equal(GetCurrentThreadId(), record.thread);
}

static void the_mta_gets_a_proxy_of_an_stas_callback(void **state)
{
    get_from(*state, COINIT_MULTITHREADED);
}

static void another_sta_gets_a_proxy_of_an_stas_callback(void **state)
{
    get_from(*state, COINIT_APARTMENTTHREADED);
}

static void an_sta_gets_a_proxy_of_the_mtas_callback(void **state)
{
    struct fixture *fixture = *state;
    struct record record;
    struct other other;

    recorder_set_quiet(fixture->recorder, true);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    other_start(&other, fixture, COINIT_APARTMENTTHREADED, get_and_call);
    other_meet(&other);
    other_end(&other);
    assert_false(other.same);
    assert_hr(S_OK, other.hr);
    assert_true(recorder_get(fixture->recorder, RECORD_MODIFICATION, 0, &record));
    assert_int_not_equal(other.id, record.thread);
}

static void an_sta_that_clears_does_not_release_the_mtas_callback(void **state)
{
    struct fixture *fixture = *state;
    struct other other;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    other_start(&other, fixture, COINIT_APARTMENTTHREADED, clear_it);
    other_meet(&other);
    other_end(&other);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    assert_int_not_equal(other.id, recorder_releaser(fixture->recorder));
}

/* ---- STAs that end ---- */

static void register_and_wait(struct other *other)
{
    IBackgroundCopyJob *job = other->fixture->job;

    IBackgroundCopyJob_SetNotifyFlags(job, ALL_FLAGS);
    other->hr = IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(other->recorder));
    reach(other);
    kit_pump_until(other->go, KIT_LIMIT);
}

static void when_the_stas_thread_ends_the_registration_does(void **state)
{
    struct fixture *fixture = *state;
    struct other other;
    IUnknown *callback;

    other_start(&other, fixture, COINIT_APARTMENTTHREADED, register_and_wait);
    other_meet(&other);
    assert_hr(S_OK, other.hr);
    fake_job_modify(fixture->fake);
    assert_true(recorder_wait(fixture->recorder, RECORD_MODIFICATION, 1, KIT_LIMIT));
    other_end(&other);
    assert_true(becomes(job_references, fixture->fake, 1));
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_null(callback);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    /* and the next one is served */
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(fixture->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
}

static void register_and_uninitialize(struct other *other)
{
    register_and_wait(other);
    CoUninitialize();
    reach(other);
    WaitForSingleObject(other->go, KIT_LIMIT);
}

static void when_the_sta_uninitializes_the_registration_ends(void **state)
{
    struct fixture *fixture = *state;
    struct other other;

    other_start(&other, fixture, COINIT_APARTMENTTHREADED, register_and_uninitialize);
    other.uninitialize = false;
    other_meet(&other);
    SetEvent(other.go);
    other_meet(&other);
    assert_true(becomes(job_references, fixture->fake, 1));
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    other_end(&other);
    assert_int_equal(0, recorder_count(fixture->recorder, RECORD_KIND_COUNT));
}

static HRESULT stay_inside(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder;
    (void)record;
    SetEvent(((struct other *)context)->ready);
    WaitForSingleObject(GetCurrentProcess(), INFINITE);
    return S_OK;
}

static LONG has_callback(void *context)
{
    IUnknown *callback = NULL;

    IBackgroundCopyJob_GetNotifyInterface(fake_job_face(context), &callback);
    if (callback)
        IUnknown_Release(callback);
    return callback != NULL;
}

/* The call itself never returns, so what it uses is never freed. */
static void when_an_sta_ends_in_a_call_the_job_is_free_again(void **state)
{
    struct fixture *fixture = *state;
    struct recorder *recorder = recorder_create();
    struct other other;

    other_start(&other, fixture, COINIT_APARTMENTTHREADED, register_and_wait);
    recorder_set_hook(fixture->recorder, stay_inside, &other);
    other_meet(&other);
    fake_job_modify(fixture->fake);
    other_meet(&other);
    TerminateThread(other.thread, 0);
    assert_true(becomes(has_callback, fixture->fake, 0));
    recorder_attach(recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    fake_job_move(fixture->fake, BG_JOB_STATE_CANCELLED);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
    CloseHandle(other.thread);
}

static int abandon(void **state)
{
    free(*state);
    CoUninitialize();
    return 0;
}

/* ---- failures, and what is left ---- */

static void a_registration_in_an_sta_that_fails_changes_nothing(void **state)
{
    register_despite_failures(*state, KIT_LIMIT);
}

static void stubs_do_not_outlast_their_use(void **state)
{
    struct fixture *fixture = *state;
    int i;

    for (i = 0; i < 3; i++)
    {
        recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
        fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
        assert_true(
            recorder_wait(fixture->recorder, RECORD_TRANSFERRED, (unsigned int)i + 1, KIT_LIMIT));
        IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
        assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
        assert_true(settles(thread_live, fixture->threads));
        assert_false(stubs_in_use());
        CoUninitialize();
        CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case_sta(an_sta_is_called_on_its_own_thread_with_the_very_pointer),
        delivery_case_sta(an_stas_callback_is_released_on_its_own_thread),
        delivery_case_sta(another_thread_may_clear_an_stas_callback),
        delivery_case_sta(an_agile_callback_is_called_directly),
        delivery_case_sta(an_sta_that_does_not_pump_holds_up_its_own_job_only),
        delivery_case_sta(an_stas_callback_may_do_everything),
        delivery_case_sta(an_sta_that_raises_is_told_again),
        delivery_case_sta(an_sta_gets_the_very_pointer_back),
        delivery_case_sta(the_mta_gets_a_proxy_of_an_stas_callback),
        delivery_case_sta(another_sta_gets_a_proxy_of_an_stas_callback),
        delivery_case(an_sta_gets_a_proxy_of_the_mtas_callback),
        delivery_case(an_sta_that_clears_does_not_release_the_mtas_callback),
        delivery_case(when_the_stas_thread_ends_the_registration_does),
        delivery_case(when_the_sta_uninitializes_the_registration_ends),
        delivery_case_sta(a_registration_in_an_sta_that_fails_changes_nothing),
        delivery_case_sta(stubs_do_not_outlast_their_use),
        cmocka_unit_test_setup_teardown(when_an_sta_ends_in_a_call_the_job_is_free_again,
                                        delivery_setup, abandon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
