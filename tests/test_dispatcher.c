/* The dispatcher, driven by the fake job: which call, when, how often, in which order. */
#include "delivery_kit.h"

/* ---- what is delivered ---- */

struct expected
{
    unsigned int flag;
    enum record_kind kind;
};

static const struct expected by_flag[] = {
    {BG_NOTIFY_JOB_TRANSFERRED, RECORD_TRANSFERRED},
    {BG_NOTIFY_JOB_ERROR, RECORD_ERROR},
    {BG_NOTIFY_JOB_MODIFICATION, RECORD_MODIFICATION},
    {BG_NOTIFY_FILE_TRANSFERRED, RECORD_FILE_TRANSFERRED},
    {BG_NOTIFY_FILE_RANGES_TRANSFERRED, RECORD_FILE_RANGES},
};

/* One job's whole life under these flags; it ends in TRANSFERRED or in ERROR. */
static void play(struct fixture *fixture, ULONG flags, BG_JOB_STATE end)
{
    struct recorder *recorder = recorder_create();
    struct fake_job *fake = fake_job_create();
    IBackgroundCopyJob *job = fake_job_face(fake);
    unsigned int expected, total = 0;
    size_t i;

    (void)fixture;
    fake_job_add_file(fake, L"http://a/b", L"c:\\b", 10);
    recorder_attach(recorder, job, flags);
    fake_job_move(fake, BG_JOB_STATE_TRANSFERRING);
    fake_job_ranges_done(fake, 0, 0, 5);
    fake_job_file_done(fake, 0);
    fake_job_move(fake, end);

    for (i = 0; i < ARRAY_SIZE(by_flag); i++)
    {
        expected = (flags & by_flag[i].flag) && !(flags & BG_NOTIFY_DISABLE);
        if (by_flag[i].kind == RECORD_TRANSFERRED && end != BG_JOB_STATE_TRANSFERRED)
            expected = 0;
        if (by_flag[i].kind == RECORD_ERROR && end != BG_JOB_STATE_ERROR)
            expected = 0;
        total += expected;
        assert_true(recorder_wait(recorder, by_flag[i].kind, expected, KIT_LIMIT));
    }
    if (total < 2)
        kit_pass(20);
    for (i = 0; i < ARRAY_SIZE(by_flag); i++)
        assert_in_range(recorder_count(recorder, by_flag[i].kind), 0, 1);
    assert_int_equal(total, recorder_count(recorder, RECORD_KIND_COUNT));

    fake_job_move(fake, BG_JOB_STATE_CANCELLED);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    assert_true(becomes(job_references, fake, 1));
    IBackgroundCopyJob_Release(job);
    recorder_release(recorder);
}

static void every_combination_of_flags_delivers_what_it_names(void **state)
{
    ULONG flags;

    for (flags = 0; flags <= 0x3f; flags++)
    {
        play(*state, flags, BG_JOB_STATE_TRANSFERRED);
        play(*state, flags, BG_JOB_STATE_ERROR);
    }
}

static void a_callback_gets_the_very_pointer_it_was_registered_on(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_ptr_equal(fixture->job, record_at(fixture, 0).object);
}

static void job_error_brings_the_error_of_that_moment(void **state)
{
    struct fixture *fixture = *state;
    struct record record;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_ERROR);
    fake_job_set_error(fixture->fake, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194, SIZE_MAX);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(comes(fixture, RECORD_ERROR, 1));
    record = record_at(fixture, 0);
    assert_int_equal(BG_ERROR_CONTEXT_REMOTE_FILE, record.context);
    assert_int_equal((HRESULT)0x80190194, record.code);
    assert_int_equal(BG_JOB_STATE_ERROR, record.job_state);
}

static void transient_errors_are_modifications(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSIENT_ERROR);
    assert_true(comes(fixture, RECORD_MODIFICATION, 1));
    settle();
    assert_int_equal(1, count(fixture, RECORD_KIND_COUNT));
}

static void the_move_into_an_end_is_no_modification(void **state)
{
    struct fixture *fixture = *state;
    struct job_event event = {.what = JOB_EVENT_MODIFICATION | JOB_EVENT_STATE | JOB_EVENT_ERROR};

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    fake_job_post(fixture->fake, &event);
    assert_true(comes(fixture, RECORD_ERROR, 1));
    settle();
    assert_int_equal(0, count(fixture, RECORD_MODIFICATION));
}

static void modifications_are_coalesced(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;
    int i;

    gate_init(&gate);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(gate_wait(&gate));
    for (i = 0; i < 10; i++)
        fake_job_modify(fixture->fake);
    SetEvent(gate.open);
    assert_true(comes(fixture, RECORD_MODIFICATION, 2));
    settle();
    assert_int_equal(2, count(fixture, RECORD_MODIFICATION));
    gate_cleanup(&gate);
}

static void a_modification_is_never_repeated(void **state)
{
    static const HRESULT results[] = {E_FAIL, E_FAIL, E_FAIL};
    struct fixture *fixture = *state;

    recorder_script(fixture->recorder, RECORD_MODIFICATION, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(comes(fixture, RECORD_MODIFICATION, 1));
    kit_pass(150); /* more than 5 s */
    assert_int_equal(1, count(fixture, RECORD_MODIFICATION));
}

static void a_modification_whose_flag_is_off_is_dropped(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    fake_job_modify(fixture->fake);
    settle();
    IBackgroundCopyJob_SetNotifyFlags(fixture->job, ALL_FLAGS);
    settle();
    assert_int_equal(0, count(fixture, RECORD_KIND_COUNT));
}

/* ---- files ---- */

static void files_are_told_in_their_order_and_before_the_end(void **state)
{
    static const size_t order[] = {2, 0, 1};
    static const WCHAR *const names[] = {L"c:\\0", L"c:\\1", L"c:\\2"};
    struct fixture *fixture = *state;
    struct gate gate;
    size_t i;

    gate_init(&gate);
    for (i = 0; i < ARRAY_SIZE(names); i++)
        fake_job_add_file(fixture->fake, L"http://a", names[i], 100);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(gate_wait(&gate));
    for (i = 0; i < ARRAY_SIZE(order); i++)
        fake_job_file_done(fixture->fake, order[i]);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    SetEvent(gate.open);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(5, count(fixture, RECORD_KIND_COUNT));
    for (i = 0; i < ARRAY_SIZE(order); i++)
    {
        struct record record = record_at(fixture, 1 + (unsigned int)i);

        assert_int_equal(RECORD_FILE_TRANSFERRED, record.kind);
        assert_int_equal(0, wcscmp(names[order[i]], record.file));
    }
    assert_int_equal(RECORD_TRANSFERRED, record_at(fixture, 4).kind);
    gate_cleanup(&gate);
}

static void a_file_that_fails_is_repeated_and_holds_the_end_back(void **state)
{
    static const HRESULT results[] = {E_FAIL, E_OUTOFMEMORY, S_FALSE};
    struct fixture *fixture = *state;
    unsigned int i;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    recorder_script(fixture->recorder, RECORD_FILE_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS & ~BG_NOTIFY_JOB_MODIFICATION);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(3, count(fixture, RECORD_FILE_TRANSFERRED));
    for (i = 0; i < 3; i++)
        assert_int_equal(RECORD_FILE_TRANSFERRED, record_at(fixture, i).kind);
}

static void a_file_that_always_fails_does_not_hold_the_end_back_for_ever(void **state)
{
    HRESULT results[RECORDER_SCRIPT];
    struct fixture *fixture = *state;
    size_t i;

    fault_configure("clock=3000");
    for (i = 0; i < ARRAY_SIZE(results); i++)
        results[i] = E_FAIL;
    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    recorder_script(fixture->recorder, RECORD_FILE_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(7, count(fixture, RECORD_FILE_TRANSFERRED)); /* 5 s to 160 s, then 300 s */
    assert_true(comes(fixture, RECORD_FILE_TRANSFERRED, 8));
}

static void a_file_callback_that_is_not_implemented_is_not_repeated(void **state)
{
    static const HRESULT results[] = {E_NOTIMPL};
    struct fixture *fixture = *state;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    recorder_script(fixture->recorder, RECORD_FILE_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(1, count(fixture, RECORD_FILE_TRANSFERRED));
}

static void a_plain_callback_hears_of_no_file(void **state)
{
    struct fixture *fixture = *state;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    recorder_set_faces(fixture->recorder, RECORDER_CALLBACK);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_ranges_done(fixture->fake, 0, 0, 1);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(1, count(fixture, RECORD_KIND_COUNT));
}

static void a_file_that_is_not_there_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    struct job_event event = {.what = JOB_EVENT_FILE_TRANSFERRED, .file_index = 7};

    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_post(fixture->fake, &event);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(0, count(fixture, RECORD_FILE_TRANSFERRED));
}

static void no_file_is_lost_when_memory_is_short(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate;
    size_t i;

    gate_init(&gate);
    for (i = 0; i < 5; i++)
        fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 10);
    recorder_set_hook(fixture->recorder, gate_hook, &gate);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_modify(fixture->fake);
    assert_true(gate_wait(&gate));
    fault_configure("clock=100;alloc=*");
    for (i = 0; i < 4; i++)
        fake_job_file_done(fixture->fake, i);
    fake_job_set_progress(fixture->fake, 4, 3);
    fault_configure(FAST_CLOCK);
    SetEvent(gate.open);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(4, count(fixture, RECORD_FILE_TRANSFERRED));
    assert_int_equal(5, count(fixture, RECORD_FILE_RANGES)); /* whatever has bytes */
    gate_cleanup(&gate);
}

/* ---- repeats and what is owed ---- */

static void an_end_is_repeated_ever_more_slowly_until_s_ok(void **state)
{
    static const HRESULT results[] = {E_FAIL, S_FALSE, E_ABORT};
    struct fixture *fixture = *state;
    uint64_t last, now;
    unsigned int i;

    recorder_script(fixture->recorder, RECORD_TRANSFERRED, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 4));
    last = record_at(fixture, 0).time;
    for (i = 1; i < 4; i++)
    {
        now = record_at(fixture, i).time;
        assert_in_range(now - last, (50u << (i - 1)) - 20, (50u << (i - 1)) + 400);
        last = now;
    }
    kit_pass(500); /* the next one would come after 400 ms */
    assert_int_equal(4, count(fixture, RECORD_TRANSFERRED));
}

static void repeats_end_when_the_state_is_left(void **state)
{
    static const HRESULT results[] = {E_FAIL, E_FAIL, E_FAIL, E_FAIL};
    struct fixture *fixture = *state;

    recorder_script(fixture->recorder, RECORD_ERROR, results, ARRAY_SIZE(results));
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_ERROR);
    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 10);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(comes(fixture, RECORD_ERROR, 1));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(fixture->job));
    kit_pass(150);
    assert_int_equal(1, count(fixture, RECORD_ERROR));
}

static void each_entry_into_error_is_told(void **state)
{
    struct fixture *fixture = *state;
    unsigned int i;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_ERROR);
    for (i = 1; i <= 3; i++)
    {
        fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
        assert_true(comes(fixture, RECORD_ERROR, i));
        IBackgroundCopyJob_Resume(fixture->job);
    }
    settle();
    assert_int_equal(3, count(fixture, RECORD_ERROR));
}

static HRESULT enter_error_again(struct recorder *recorder, const struct record *record,
                                 void *context)
{
    (void)record;
    if (recorder_count(recorder, RECORD_ERROR) == 1)
    {
        fake_job_move(context, BG_JOB_STATE_TRANSFERRING);
        fake_job_move(context, BG_JOB_STATE_ERROR);
    }
    return S_OK;
}

static void an_answer_counts_for_its_own_entry_only(void **state)
{
    struct fixture *fixture = *state;

    recorder_set_hook(fixture->recorder, enter_error_again, fixture->fake);
    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_ERROR);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(comes(fixture, RECORD_ERROR, 2));
    settle();
    assert_int_equal(2, count(fixture, RECORD_ERROR));
}

static void every_registration_is_owed_the_end(void **state)
{
    struct fixture *fixture = *state;
    unsigned int i;

    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    for (i = 1; i <= 3; i++)
    {
        recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
        assert_true(comes(fixture, RECORD_TRANSFERRED, i));
    }
    settle();
    assert_int_equal(3, count(fixture, RECORD_KIND_COUNT));
}

static void what_is_owed_stays_owed_while_disabled(void **state)
{
    struct fixture *fixture = *state;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS | BG_NOTIFY_DISABLE);
    fake_job_file_done(fixture->fake, 0);
    fake_job_modify(fixture->fake);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    settle();
    assert_int_equal(0, count(fixture, RECORD_KIND_COUNT));
    IBackgroundCopyJob_SetNotifyFlags(fixture->job, ALL_FLAGS);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    settle();
    assert_int_equal(RECORD_FILE_TRANSFERRED, record_at(fixture, 0).kind);
    assert_int_equal(2, count(fixture, RECORD_KIND_COUNT));
}

static void an_end_whose_flag_is_off_stays_owed(void **state)
{
    struct fixture *fixture = *state;

    recorder_attach(fixture->recorder, fixture->job, BG_NOTIFY_JOB_ERROR);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    settle();
    assert_int_equal(0, count(fixture, RECORD_KIND_COUNT));
    IBackgroundCopyJob_SetNotifyFlags(fixture->job, BG_NOTIFY_JOB_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
}

static void a_job_that_cannot_be_asked_is_asked_again(void **state)
{
    struct fixture *fixture = *state;

    fake_job_fail(fixture->fake, FAKE_GET_STATE, E_OUTOFMEMORY, 2);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(comes(fixture, RECORD_ERROR, 1));
}

static void an_error_that_cannot_be_had_is_asked_for_again(void **state)
{
    struct fixture *fixture = *state;

    fake_job_fail(fixture->fake, FAKE_GET_ERROR, E_OUTOFMEMORY, 2);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_true(comes(fixture, RECORD_ERROR, 1));
    assert_int_equal(3, fake_job_calls(fixture->fake, FAKE_GET_ERROR));
}

static void a_file_that_cannot_be_had_is_asked_for_again(void **state)
{
    struct fixture *fixture = *state;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    fake_job_fail(fixture->fake, FAKE_ENUM_FILES, E_OUTOFMEMORY, 1);
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS & ~BG_NOTIFY_JOB_MODIFICATION);
    fake_job_file_done(fixture->fake, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_TRANSFERRED);
    assert_true(comes(fixture, RECORD_TRANSFERRED, 1));
    assert_int_equal(RECORD_FILE_TRANSFERRED, record_at(fixture, 0).kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case(every_combination_of_flags_delivers_what_it_names),
        delivery_case(a_callback_gets_the_very_pointer_it_was_registered_on),
        delivery_case(job_error_brings_the_error_of_that_moment),
        delivery_case(transient_errors_are_modifications),
        delivery_case(the_move_into_an_end_is_no_modification),
        delivery_case(modifications_are_coalesced),
        delivery_case(a_modification_is_never_repeated),
        delivery_case(a_modification_whose_flag_is_off_is_dropped),
        delivery_case(files_are_told_in_their_order_and_before_the_end),
        delivery_case(a_file_that_fails_is_repeated_and_holds_the_end_back),
        delivery_case(a_file_that_always_fails_does_not_hold_the_end_back_for_ever),
        delivery_case(a_file_callback_that_is_not_implemented_is_not_repeated),
        delivery_case(a_plain_callback_hears_of_no_file),
        delivery_case(a_file_that_is_not_there_is_dropped),
        delivery_case(no_file_is_lost_when_memory_is_short),
        delivery_case(an_end_is_repeated_ever_more_slowly_until_s_ok),
        delivery_case(repeats_end_when_the_state_is_left),
        delivery_case(each_entry_into_error_is_told),
        delivery_case(an_answer_counts_for_its_own_entry_only),
        delivery_case(every_registration_is_owed_the_end),
        delivery_case(what_is_owed_stays_owed_while_disabled),
        delivery_case(an_end_whose_flag_is_off_stays_owed),
        delivery_case(a_job_that_cannot_be_asked_is_asked_again),
        delivery_case(an_error_that_cannot_be_had_is_asked_for_again),
        delivery_case(a_file_that_cannot_be_had_is_asked_for_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
