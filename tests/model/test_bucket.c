#include "model/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Takes portions for so long, waiting as it is told; returns what it got. */
static uint64_t take_for(struct bucket *bucket, uint64_t portion, uint64_t ms)
{
    uint64_t now = 1000, end = now + ms, taken = 0;

    while (now < end)
    {
        if (bucket_is_open(bucket, now))
        {
            bucket_take(bucket, portion, now);
            taken += portion;
        }
        else
        {
            uint64_t next = bucket_opens_at(bucket, now);

            assert_true(next > now);
            now = next;
            if (now < end)
                assert_true(bucket_is_open(bucket, now));
        }
    }
    return taken;
}

static void assert_rate(uint64_t rate, uint64_t portion)
{
    struct bucket bucket = {0};
    uint64_t taken;

    bucket_set(&bucket, rate, 1000);
    taken = take_for(&bucket, portion, 100000);
    /* a burst at the beginning and a portion at the end come on top */
    assert_in_range(taken, rate * 99, rate * 101 + portion);
}

static void what_is_taken_has_the_rate(void **state)
{
    (void)state;
    assert_rate(1, 1);
    assert_rate(7, 3);
    assert_rate(4096, 16384);
    assert_rate(100000, 16384);
    assert_rate(100000000, 16384);
}

static void without_a_limit_it_is_always_open(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    assert_true(bucket_is_open(&bucket, 0));
    bucket_take(&bucket, UINT64_MAX, 0);
    assert_true(bucket_is_open(&bucket, 0));
    assert_int_equal(5, bucket_opens_at(&bucket, 5));
    bucket_set(&bucket, UINT64_MAX, 0); /* as good as none */
    bucket_take(&bucket, 1000000, 0);
    assert_true(bucket_is_open(&bucket, 0));
}

static void a_rest_saves_up_no_more_than_a_burst(void **state)
{
    struct bucket bucket = {0};
    uint64_t taken = 0;

    (void)state;
    bucket_set(&bucket, 10000, 0);
    while (bucket_is_open(&bucket, 10000000))
    {
        bucket_take(&bucket, 100, 10000000);
        taken += 100;
    }
    assert_in_range(taken, 2000, 2100);
}

static void a_debt_is_paid(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    bucket_set(&bucket, 1000, 0);
    bucket_take(&bucket, 10200, 0); /* ten seconds' worth beyond the burst */
    assert_false(bucket_is_open(&bucket, 9999));
    assert_in_range(bucket_opens_at(&bucket, 0), 10000, 10100);
    assert_true(bucket_is_open(&bucket, bucket_opens_at(&bucket, 0)));
}

static void another_limit_counts_at_once(void **state)
{
    struct bucket bucket = {0};

    (void)state;
    bucket_set(&bucket, 10, 0);
    bucket_take(&bucket, 100000, 0);
    bucket_set(&bucket, 10, 1); /* the same */
    assert_false(bucket_is_open(&bucket, 1));
    bucket_set(&bucket, 1000000, 2);
    assert_true(bucket_is_open(&bucket, 2));
    bucket_take(&bucket, 1000000, 2);
    bucket_set(&bucket, 0, 3);
    assert_true(bucket_is_open(&bucket, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_has_the_rate),
        cmocka_unit_test(without_a_limit_it_is_always_open),
        cmocka_unit_test(a_rest_saves_up_no_more_than_a_burst),
        cmocka_unit_test(a_debt_is_paid),
        cmocka_unit_test(another_limit_counts_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
