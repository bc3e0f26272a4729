#include "model/ramp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MIB (1024u * 1024u)
#define LONG_WAY (10000ull * MIB)

static struct ramp ramp;
static uint64_t now, bytes;

static int begin(void **state)
{
    (void)state;
    now = 1000000;
    bytes = 5;
    ramp_begin(&ramp, now, bytes);
    return 0;
}

/* Half a second in which so much comes. */
static enum ramp_advice pass(uint64_t more, unsigned most, uint64_t left)
{
    now += RAMP_STEP_MS;
    bytes += more;
    return ramp_look(&ramp, most, now, bytes, left);
}

/* One more is added, and brings its first bytes at once. */
static void add(uint64_t more)
{
    assert_int_equal(RAMP_ADD, pass(more, 4, LONG_WAY));
    ramp_joined(&ramp, now, bytes);
}

static void one_is_added_every_half_second_while_that_pays(void **state)
{
    (void)state;
    add(10 * MIB);
    assert_int_equal(2, ramp_wanted(&ramp));
    add(20 * MIB);
    add(30 * MIB);
    assert_int_equal(4, ramp_wanted(&ramp));
    assert_int_equal(RAMP_WAIT, pass(40 * MIB, 4, LONG_WAY));
    assert_int_equal(4, ramp.connections);
    assert_int_equal(RAMP_WAIT, pass(40 * MIB, 4, LONG_WAY));
}

static void nothing_is_said_before_half_a_second(void **state)
{
    (void)state;
    now += RAMP_STEP_MS - 1;
    assert_int_equal(RAMP_WAIT, ramp_look(&ramp, 4, now, bytes + MIB, LONG_WAY));
    assert_int_equal(now + 1, ramp_due(&ramp));
    assert_int_equal(RAMP_ADD, ramp_look(&ramp, 4, now + 1, bytes + MIB, LONG_WAY));
}

static void none_is_added_where_little_remains(void **state)
{
    (void)state;
    assert_int_equal(RAMP_WAIT, pass(10 * MIB, 4, 80 * MIB));     /* 4 s */
    assert_int_equal(RAMP_ADD, pass(10 * MIB, 4, 80 * MIB + 10)); /* more */
}

static void none_is_added_beyond_the_most(void **state)
{
    (void)state;
    assert_int_equal(RAMP_WAIT, pass(10 * MIB, 1, LONG_WAY));
    assert_int_equal(1, ramp_wanted(&ramp));
    assert_int_equal(RAMP_ADD, pass(10 * MIB, 2, LONG_WAY));
}

static void none_is_added_while_nothing_comes(void **state)
{
    (void)state;
    assert_int_equal(RAMP_WAIT, pass(0, 4, LONG_WAY));
    assert_int_equal(RAMP_ADD, pass(1, 4, LONG_WAY));
}

static void one_that_brings_too_little_goes_and_none_follows(void **state)
{
    (void)state;
    add(100 * MIB);
    assert_int_equal(RAMP_WAIT, pass(110 * MIB, 4, LONG_WAY)); /* it may warm up */
    assert_int_equal(RAMP_DROP, pass(114 * MIB, 4, LONG_WAY));
    assert_int_equal(1, ramp_wanted(&ramp));
    assert_int_equal(RAMP_WAIT, pass(50 * MIB, 4, LONG_WAY));
    assert_int_equal(UINT64_MAX, ramp_due(&ramp));
}

static void one_that_needs_a_second_to_get_going_stays(void **state)
{
    (void)state;
    add(100 * MIB);
    assert_int_equal(RAMP_WAIT, pass(101 * MIB, 4, LONG_WAY));
    assert_int_equal(RAMP_ADD, pass(115 * MIB, 4, LONG_WAY));
    assert_int_equal(2, ramp.connections);
}

static void it_is_measured_from_its_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(RAMP_ADD, pass(10 * MIB, 4, LONG_WAY));
    assert_int_equal(UINT64_MAX, ramp_due(&ramp));
    assert_int_equal(RAMP_WAIT, pass(10 * MIB, 4, LONG_WAY));
    assert_int_equal(RAMP_WAIT, pass(10 * MIB, 4, LONG_WAY));
    now += 300;
    ramp_joined(&ramp, now, bytes);
    assert_int_equal(now + RAMP_STEP_MS, ramp_due(&ramp));
    assert_int_equal(RAMP_WAIT, pass(10 * MIB, 2, LONG_WAY));
    assert_int_equal(RAMP_WAIT, pass(20 * MIB, 2, LONG_WAY));
    assert_int_equal(2, ramp.connections);
}

static void one_that_fails_is_the_last(void **state)
{
    (void)state;
    add(MIB);
    ramp_failed(&ramp);
    assert_int_equal(1, ramp_wanted(&ramp));
    assert_int_equal(RAMP_WAIT, pass(MIB, 4, LONG_WAY));
}

static void before_the_first_bytes_nothing_is_wanted(void **state)
{
    struct ramp fresh = {0};

    (void)state;
    assert_int_equal(0, ramp_wanted(&fresh));
    assert_int_equal(RAMP_WAIT, ramp_look(&fresh, 4, 99999, 1, LONG_WAY));
    assert_int_equal(UINT64_MAX, ramp_due(&fresh));
}

static void large_numbers_do_no_harm(void **state)
{
    (void)state;
    bytes = 0;
    ramp_begin(&ramp, now, 0);
    assert_int_equal(RAMP_WAIT, pass(UINT64_MAX / 2000, 4, LONG_WAY));
    ramp_begin(&ramp, now, bytes);
    assert_int_equal(RAMP_ADD, pass(MIB, 4, UINT64_MAX));
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_added_every_half_second_while_that_pays),
        TEST(nothing_is_said_before_half_a_second),
        TEST(none_is_added_where_little_remains),
        TEST(none_is_added_beyond_the_most),
        TEST(none_is_added_while_nothing_comes),
        TEST(one_that_brings_too_little_goes_and_none_follows),
        TEST(one_that_needs_a_second_to_get_going_stays),
        TEST(it_is_measured_from_its_first_bytes),
        TEST(one_that_fails_is_the_last),
        TEST(before_the_first_bytes_nothing_is_wanted),
        TEST(large_numbers_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
