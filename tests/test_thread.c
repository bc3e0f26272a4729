#include "unit.h"

static void set_event(void *event)
{
    SetEvent(event);
}

/* What is shared with a thread that waits until it may end. */
struct visit
{
    HANDLE came, leave;
};

static void stay(void *context)
{
    struct visit *visit = context;

    SetEvent(visit->came);
    WaitForSingleObject(visit->leave, UNIT_LIMIT);
}

static void a_thread_runs_what_it_is_given(void **state)
{
    HANDLE event = handle_event(true, false), thread = NULL;

    (void)state;
    assert_int_equal(S_OK, thread_start("runs", set_event, event, &thread));
    assert_non_null(thread);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, UNIT_LIMIT));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(event, 0));
    handle_close(thread);
    handle_close(event);
}

static void a_thread_counts_while_it_runs_and_not_once_joined(void **state)
{
    struct visit visit = {handle_event(true, false), handle_event(true, false)};
    LONG before = thread_live();
    HANDLE thread;

    (void)state;
    assert_int_equal(S_OK, thread_start("stays", stay, &visit, &thread));
    assert_int_equal(before + 1, thread_live());
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(visit.came, UNIT_LIMIT));
    assert_int_equal(before + 1, thread_live());
    SetEvent(visit.leave);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, UNIT_LIMIT));
    assert_int_equal(before, thread_live());
    handle_close(thread);
    handle_close(visit.came);
    handle_close(visit.leave);
}

static void nobody_has_to_join(void **state)
{
    HANDLE event = handle_event(true, false);

    (void)state;
    assert_int_equal(S_OK, thread_start("alone", set_event, event, NULL));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(event, UNIT_LIMIT));
    unit_wait_threads();
    handle_close(event);
}

static void must_not_run(void *context)
{
    *(volatile bool *)context = true;
}

static void a_failure_starts_nothing_and_leaves_nothing(void **state)
{
    static const struct
    {
        const char *script;
        HRESULT hr;
    } rows[] = {
        {"alloc=1", E_OUTOFMEMORY},
        {"thread=1", HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY)},
        {"thread=1:1455", HRESULT_FROM_WIN32(ERROR_COMMITMENT_LIMIT)},
    };
    HANDLE thread = (HANDLE)4711;
    bool ran = false;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        fault_configure(rows[i].script);
        assert_int_equal(rows[i].hr, thread_start("fails", must_not_run, &ran, &thread));
        assert_ptr_equal((HANDLE)4711, thread);
    }
    assert_false(ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_thread_runs_what_it_is_given),
        unit_case(a_thread_counts_while_it_runs_and_not_once_joined),
        unit_case(nobody_has_to_join),
        unit_case(a_failure_starts_nothing_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
