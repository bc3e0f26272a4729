#include "model/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define END RANGE_TO_END

static enum failure judge2(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    const struct range ranges[] = {{a, a_length}, {b, b_length}};

    return range_judge(ranges, 2);
}

static enum failure judge1(uint64_t offset, uint64_t length)
{
    const struct range range = {offset, length};

    return range_judge(&range, 1);
}

static void a_range_without_bytes_is_invalid(void **state)
{
    (void)state;
    assert_int_equal(FAILURE_NONE, range_judge(NULL, 0));
    assert_int_equal(FAILURE_NONE, judge1(0, 1));
    assert_int_equal(FAILURE_NONE, judge1(7, END));
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(0, 0));
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(END, 1));
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(END, END));
}

static void a_range_past_64_bits_is_invalid(void **state)
{
    (void)state;
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(UINT64_MAX - 4, 5));
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(2, UINT64_MAX - 1));
    assert_int_equal(FAILURE_INVALID_RANGE, judge1(UINT64_MAX - 1, 2));
    assert_int_equal(FAILURE_NONE, judge1(UINT64_MAX - 5, 4));
}

static void shared_bytes_are_refused_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(FAILURE_NONE, judge2(0, 10, 10, 10));
    assert_int_equal(FAILURE_NONE, judge2(10, 10, 0, 10));
    assert_int_equal(FAILURE_NONE, judge2(100, 1, 0, 100));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(0, 11, 10, 10));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(10, 10, 0, 11));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(5, 5, 5, 5));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(5, 5, 5, 4));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(5, END, 5, 4));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(5, END, 100, 4));
    assert_int_equal(FAILURE_OVERLAPPING_RANGES, judge2(100, 4, 5, END));
    assert_int_equal(FAILURE_NONE, judge2(5, END, 0, 5));
    assert_int_equal(FAILURE_INVALID_RANGE, judge2(0, 11, 10, 0));
}

static void ranges_lie_back_to_back_in_the_local_file(void **state)
{
    const struct range ranges[] = {{1000, 100}, {10, 5}, {5000, END}};
    uint64_t remote, left;
    size_t index;

    (void)state;
    assert_true(range_locate(ranges, 3, 0, &index, &remote, &left));
    assert_int_equal(0, index);
    assert_int_equal(1000, remote);
    assert_int_equal(100, left);
    assert_true(range_locate(ranges, 3, 99, &index, &remote, &left));
    assert_int_equal(1099, remote);
    assert_int_equal(1, left);
    assert_true(range_locate(ranges, 3, 102, &index, &remote, &left));
    assert_int_equal(1, index);
    assert_int_equal(12, remote);
    assert_int_equal(3, left);
    assert_true(range_locate(ranges, 3, 105 + 7, &index, &remote, &left));
    assert_int_equal(2, index);
    assert_int_equal(5007, remote);
    assert_true(left == END);
    assert_false(range_locate(ranges, 2, 105, &index, &remote, &left));
    assert_false(range_locate(ranges, 3, UINT64_MAX, &index, &remote, &left));
}

static void no_ranges_are_the_whole_file(void **state)
{
    uint64_t remote, left;
    size_t index;

    (void)state;
    assert_true(range_locate(NULL, 0, 12345, &index, &remote, &left));
    assert_int_equal(12345, remote);
    assert_true(left == END);
    assert_int_equal(77, range_total(NULL, 0, 77));
    assert_true(range_total(NULL, 0, RANGE_UNKNOWN) == RANGE_UNKNOWN);
    assert_true(range_within(NULL, 0, 0));
}

static void the_total_is_the_sum(void **state)
{
    const struct range closed[] = {{1000, 100}, {10, 1000}};
    const struct range open[] = {{10, 5}, {100, END}};
    const struct range huge[] = {{0, UINT64_MAX / 2}, {0, UINT64_MAX / 2}, {0, 5}};

    (void)state;
    assert_int_equal(1100, range_total(closed, 2, RANGE_UNKNOWN));
    assert_true(range_total(open, 2, RANGE_UNKNOWN) == RANGE_UNKNOWN);
    assert_int_equal(5 + 900, range_total(open, 2, 1000));
    assert_true(range_total(huge, 3, RANGE_UNKNOWN) == RANGE_UNKNOWN);
}

static void a_range_past_the_end_is_noticed(void **state)
{
    const struct range first = {0, 10};
    const struct range late = {10, END};
    const struct range all = {0, END};

    (void)state;
    assert_true(range_within(&first, 1, 10));
    assert_false(range_within(&first, 1, 9));
    assert_false(range_within(&first, 1, 0));
    assert_true(range_within(&late, 1, 11));
    assert_false(range_within(&late, 1, 10));
    assert_true(range_within(&all, 1, 0));
    assert_true(range_within(&all, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_without_bytes_is_invalid),
        cmocka_unit_test(a_range_past_64_bits_is_invalid),
        cmocka_unit_test(shared_bytes_are_refused_in_any_order),
        cmocka_unit_test(ranges_lie_back_to_back_in_the_local_file),
        cmocka_unit_test(no_ranges_are_the_whole_file),
        cmocka_unit_test(the_total_is_the_sum),
        cmocka_unit_test(a_range_past_the_end_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
