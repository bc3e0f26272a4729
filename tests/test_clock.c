#include "unit.h"

#include "base/clock.h"

static UINT64 wall(void)
{
    ULARGE_INTEGER value;
    FILETIME time;

    clock_filetime(&time);
    value.LowPart = time.dwLowDateTime;
    value.HighPart = time.dwHighDateTime;
    return value.QuadPart / 10000;
}

/* Lets at least `ms` real milliseconds pass. */
static void pass(DWORD ms)
{
    UINT64 end = clock_us() + ms * 1000;

    while (clock_us() < end)
        kit_pass(1);
}

static void time_passes_as_it_does(void **state)
{
    UINT64 us = clock_us(), now = clock_now(), at = wall();

    (void)state;
    pass(50);
    us = (clock_us() - us) / 1000;
    now = clock_now() - now;
    at = wall() - at;
    assert_in_range(us, 50, UNIT_LIMIT);
    assert_in_range(now, us, us + 100);
    assert_in_range(at, us > 20 ? us - 20 : 0, us + 100);
}

static void the_wall_clock_is_the_machines(void **state)
{
    ULARGE_INTEGER value;
    FILETIME time;

    (void)state;
    GetSystemTimeAsFileTime(&time);
    value.LowPart = time.dwLowDateTime;
    value.HighPart = time.dwHighDateTime;
    assert_in_range(wall() + 100, value.QuadPart / 10000, value.QuadPart / 10000 + UNIT_LIMIT);
}

/* Last in this file: what was gained stays, since virtual time never goes back. */
static void a_clock_of_1000_is_a_thousand_times_faster(void **state)
{
    UINT64 us, now, at;

    (void)state;
    fault_configure("clock=1000");
    now = clock_now();
    at = wall();
    us = clock_us();
    pass(50);
    us = clock_us() - us;
    assert_in_range(clock_now() - now, us, us + 1000 * UNIT_LIMIT);
    assert_in_range(wall() - at, us - 20, us + 1000 * UNIT_LIMIT);
}

static void time_goes_on_where_it_was_when_the_speed_changes(void **state)
{
    UINT64 fast, slow;

    (void)state;
    fault_configure("clock=1000");
    clock_now();
    pass(20);
    fast = clock_now();
    fault_configure(NULL);
    slow = clock_now();
    assert_in_range(slow, fast, fast + 1000 * UNIT_LIMIT);
    pass(20);
    assert_in_range(clock_now() - slow, 19, UNIT_LIMIT);
}

static void a_wait_is_shortened_and_rounded_up(void **state)
{
    static const struct
    {
        const char *script;
        UINT64 virtual_ms;
        DWORD real_ms;
    } rows[] = {
        {NULL, 0, 0},
        {NULL, 1, 1},
        {NULL, 60000, 60000},
        {NULL, INFINITE, INFINITE},
        {NULL, CLOCK_NEVER, INFINITE},
        {NULL, INFINITE - 1, INFINITE - 1},
        {NULL, (UINT64)INFINITE + 1, INFINITE - 1},
        {NULL, CLOCK_NEVER - 1, INFINITE - 1},
        {"clock=60", 0, 0},
        {"clock=60", 1, 1},
        {"clock=60", 60, 1},
        {"clock=60", 61, 2},
        {"clock=60", 60000, 1000},
        {"clock=60", INFINITE, INFINITE},
        {"clock=60", CLOCK_NEVER, INFINITE},
        {"clock=60", (UINT64)60 * INFINITE, INFINITE - 1},
        {"clock=60", (UINT64)60 * (INFINITE - 2), INFINITE - 2},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        fault_configure(rows[i].script);
        assert_int_equal(rows[i].real_ms, clock_wait_ms(rows[i].virtual_ms));
    }
}

static void a_deadline_is_a_wait_from_now(void **state)
{
    (void)state;
    assert_int_equal(INFINITE, clock_wait_until(CLOCK_NEVER));
    assert_int_equal(0, clock_wait_until(0));
    assert_int_equal(0, clock_wait_until(clock_now()));
    assert_in_range(clock_wait_until(clock_now() + 5000), 1, 5000);
    assert_int_equal(INFINITE - 1, clock_wait_until(CLOCK_NEVER - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(time_passes_as_it_does),
        unit_case(the_wall_clock_is_the_machines),
        unit_case(a_wait_is_shortened_and_rounded_up),
        unit_case(a_deadline_is_a_wait_from_now),
        unit_case(time_goes_on_where_it_was_when_the_speed_changes),
        unit_case(a_clock_of_1000_is_a_thousand_times_faster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
