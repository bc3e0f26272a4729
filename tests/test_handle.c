#include "unit.h"

static void an_event_counts_until_it_is_closed(void **state)
{
    LONG before = handle_live();
    HANDLE event = handle_event(true, false);

    (void)state;
    assert_non_null(event);
    assert_int_equal(before + 1, handle_live());
    handle_close(event);
    assert_int_equal(before, handle_live());
}

static void an_event_is_what_was_asked_for(void **state)
{
    HANDLE manual = handle_event(true, true), automatic = handle_event(false, true);

    (void)state;
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(manual, 0));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(manual, 0));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(automatic, 0));
    assert_int_equal(WAIT_TIMEOUT, WaitForSingleObject(automatic, 0));
    handle_close(manual);
    handle_close(automatic);
}

static void what_is_no_handle_passes_uncounted(void **state)
{
    LONG before = handle_live();

    (void)state;
    SetLastError(4711);
    assert_null(handle_adopt(NULL));
    assert_ptr_equal(INVALID_HANDLE_VALUE, handle_adopt(INVALID_HANDLE_VALUE));
    handle_close(NULL);
    handle_close(INVALID_HANDLE_VALUE);
    assert_int_equal(before, handle_live());
    assert_int_equal(4711, GetLastError());
}

static void closing_keeps_the_last_error(void **state)
{
    HANDLE event = handle_adopt(CreateEventW(NULL, FALSE, FALSE, NULL));

    (void)state;
    SetLastError(4711);
    handle_close(event);
    assert_int_equal(4711, GetLastError());
}

static void an_injected_failure_looks_real(void **state)
{
    (void)state;
    fault_configure("handle=1");
    assert_null(handle_event(false, false));
    assert_int_equal(ERROR_NO_SYSTEM_RESOURCES, GetLastError());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(an_event_counts_until_it_is_closed), unit_case(an_event_is_what_was_asked_for),
        unit_case(what_is_no_handle_passes_uncounted), unit_case(closing_keeps_the_last_error),
        unit_case(an_injected_failure_looks_real),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
