#include "model/retry.h"
#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S 1000u

static void do_waits_longer_each_time_up_to_half_a_minute(void **state)
{
    static const unsigned delays[] = {2, 4, 8, 16, 30, 30, 30};
    struct retry retry;
    size_t i;

    (void)state;
    retry_init(&retry);
    for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
    {
        struct retry_plan plan = retry_next(&retry, DIALECT_DO, 0, 0);

        assert_int_equal(delays[i] * S, plan.delay_ms);
        assert_true(plan.visible);
    }
}

static void do_waits_as_the_client_says(void **state)
{
    struct retry retry;

    (void)state;
    retry_init(&retry);
    assert_int_equal(7 * S, retry_next(&retry, DIALECT_DO, 7, 0).delay_ms);
    assert_int_equal(7 * S, retry_next(&retry, DIALECT_DO, 7, 0).delay_ms);
}

static void bits_tries_three_times_unseen(void **state)
{
    static const unsigned delays[] = {2, 4, 8};
    struct retry retry;
    struct retry_plan plan;
    size_t i;

    (void)state;
    retry_init(&retry);
    for (i = 0; i < 3; i++)
    {
        plan = retry_next(&retry, DIALECT_BITS, 60, 0);
        assert_int_equal(delays[i] * S, plan.delay_ms);
        assert_false(plan.visible);
    }
    plan = retry_next(&retry, DIALECT_BITS, 60, 0);
    assert_int_equal(60 * S, plan.delay_ms);
    assert_true(plan.visible);
    plan = retry_next(&retry, DIALECT_BITS, 0, 0);
    assert_int_equal(limits_of(DIALECT_BITS)->retry_delay * S, plan.delay_ms);
}

static void progress_begins_anew(void **state)
{
    struct retry retry;

    (void)state;
    retry_init(&retry);
    retry_next(&retry, DIALECT_DO, 0, 0);
    retry_next(&retry, DIALECT_DO, 0, 0);
    retry_progress(&retry);
    assert_int_equal(2 * S, retry_next(&retry, DIALECT_DO, 0, 0).delay_ms);
}

static void a_longer_retry_after_wins(void **state)
{
    struct retry retry;

    (void)state;
    retry_init(&retry);
    assert_int_equal(120 * S, retry_next(&retry, DIALECT_DO, 0, 120).delay_ms);
    assert_int_equal(4 * S, retry_next(&retry, DIALECT_DO, 0, 1).delay_ms);
    assert_true(retry_next(&retry, DIALECT_DO, 0, UINT64_MAX).delay_ms < UINT64_MAX / 2);
    assert_true(retry_next(&retry, DIALECT_DO, UINT64_MAX, 0).delay_ms < UINT64_MAX / 2);
}

/* Ticks once a second at this rate until it stalls or the seconds are over. */
static bool stalls(struct stall *stall, uint64_t *now, uint64_t *total, uint64_t rate,
                   unsigned seconds)
{
    unsigned i;

    for (i = 0; i < seconds; i++)
    {
        if (stall_tick(stall, *now, *total))
            return true;
        *now += S;
        *total += rate;
    }
    return stall_tick(stall, *now, *total);
}

static void a_fast_transfer_never_stalls(void **state)
{
    struct stall stall;
    uint64_t now = 5, total = 0;

    (void)state;
    stall_init(&stall);
    assert_false(stalls(&stall, &now, &total, 4000, 600));
}

static void a_slow_transfer_stalls_after_twenty_seconds(void **state)
{
    struct stall stall;
    uint64_t now = 5, total = 0;

    (void)state;
    stall_init(&stall);
    assert_false(stalls(&stall, &now, &total, 3999, 19));
    assert_true(stalls(&stall, &now, &total, 3999, 1));
    assert_int_equal(5 + 20 * S, now);
}

static void a_server_that_is_always_slow_is_left_alone(void **state)
{
    struct stall stall;
    uint64_t now = 0, total = 0;
    unsigned reconnects = 0;

    (void)state;
    stall_init(&stall);
    while (stalls(&stall, &now, &total, 1, 600))
    {
        assert_true(++reconnects < 20);
        stall_reconnect(&stall);
    }
    assert_true(reconnects >= 1);
}

static void a_silent_server_stalls_at_any_threshold(void **state)
{
    struct stall stall;
    uint64_t now = 0, total = 0;
    unsigned i;

    (void)state;
    stall_init(&stall);
    for (i = 0; i < 40; i++)
    {
        assert_true(stalls(&stall, &now, &total, 0, 60));
        stall_reconnect(&stall);
    }
}

static void a_pause_is_not_held_against_the_server(void **state)
{
    struct stall stall;
    uint64_t now = 0, total = 0;

    (void)state;
    stall_init(&stall);
    assert_false(stalls(&stall, &now, &total, 100000, 10));
    stall_restart(&stall);
    now += 3600 * S;
    assert_false(stalls(&stall, &now, &total, 100000, 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(do_waits_longer_each_time_up_to_half_a_minute),
        cmocka_unit_test(do_waits_as_the_client_says),
        cmocka_unit_test(bits_tries_three_times_unseen),
        cmocka_unit_test(progress_begins_anew),
        cmocka_unit_test(a_longer_retry_after_wins),
        cmocka_unit_test(a_fast_transfer_never_stalls),
        cmocka_unit_test(a_slow_transfer_stalls_after_twenty_seconds),
        cmocka_unit_test(a_server_that_is_always_slow_is_left_alone),
        cmocka_unit_test(a_silent_server_stalls_at_any_threshold),
        cmocka_unit_test(a_pause_is_not_held_against_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
