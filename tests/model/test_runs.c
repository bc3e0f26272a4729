#include "model/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KIB 1024u
#define MIB (1024u * KIB)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void the_second_half_of_what_one_connection_fetches_is_taken(void **state)
{
    const struct run runs[] = {{0, 10 * MIB, true}};
    struct run_help help;

    (void)state;
    assert_true(runs_find_help(runs, 1, 110 * MIB, MIB, &help));
    assert_int_equal(0, help.run);
    assert_int_equal(60 * MIB, help.at);
}

static void a_run_begins_at_a_multiple_of_64_kib(void **state)
{
    const struct run runs[] = {{0, 12345, true}};
    struct run_help help;

    (void)state;
    assert_true(runs_find_help(runs, 1, 10 * MIB + 77, 64 * KIB, &help));
    assert_int_equal(0, help.at % (64 * KIB));
    assert_true(help.at > 5 * MIB && help.at < 6 * MIB);
}

static void the_largest_rest_is_helped(void **state)
{
    const struct run runs[] = {
        {0, 10 * MIB, true}, {20 * MIB, 30 * MIB, true}, {70 * MIB, 71 * MIB, true}};
    struct run_help help;

    (void)state;
    assert_true(runs_find_help(runs, COUNT(runs), 80 * MIB, MIB, &help));
    assert_int_equal(1, help.run);
    assert_int_equal(50 * MIB, help.at);
}

static void what_nobody_fetches_is_taken_whole(void **state)
{
    const struct run runs[] = {
        {0, 10 * MIB, true}, {20 * MIB, 20 * MIB + 5, false}, {29 * MIB, 30 * MIB, true}};
    struct run_help help;

    (void)state;
    assert_true(runs_find_help(runs, COUNT(runs), 31 * MIB, MIB, &help));
    assert_int_equal(1, help.run);
    assert_int_equal(20 * MIB + 5, help.at);
}

static void a_small_rest_is_left_to_who_fetches_it_but_not_to_nobody(void **state)
{
    struct run runs[] = {{0, 10 * MIB, true}};
    struct run_help help;

    (void)state;
    assert_false(runs_find_help(runs, 1, 11 * MIB, MIB, &help));
    runs[0].growing = false;
    assert_true(runs_find_help(runs, 1, 10 * MIB + 1, MIB, &help));
    assert_int_equal(10 * MIB, help.at);
}

static void a_half_below_the_unit_is_not_split(void **state)
{
    const struct run runs[] = {{0, 1, true}};
    struct run_help help;

    (void)state;
    assert_false(runs_find_help(runs, 1, 64 * KIB, 0, &help));
    assert_false(runs_find_help(runs, 1, 1, 0, &help));
}

static void what_is_whole_needs_no_help(void **state)
{
    const struct run runs[] = {{0, 10, false}, {10, 20, true}};
    struct run_help help;

    (void)state;
    assert_false(runs_find_help(runs, COUNT(runs), 20, 0, &help));
}

static void no_more_runs_are_made_than_there_may_be(void **state)
{
    struct run runs[RUNS_MAX];
    struct run_help help;
    size_t i;

    (void)state;
    for (i = 0; i < RUNS_MAX; i++)
        runs[i] = (struct run){i * 10 * MIB, i * 10 * MIB + 1, true};
    assert_false(runs_find_help(runs, RUNS_MAX, RUNS_MAX * 10 * MIB, MIB, &help));
    assert_true(runs_find_help(runs, RUNS_MAX - 1, RUNS_MAX * 10 * MIB, MIB, &help));
    runs[3].growing = false;
    assert_true(runs_find_help(runs, RUNS_MAX, RUNS_MAX * 10 * MIB, MIB, &help));
    assert_int_equal(3, help.run);
    assert_int_equal(30 * MIB + 1, help.at);
}

static void the_ends_of_numbers_do_no_harm(void **state)
{
    const struct run runs[] = {{0, 0, true}};
    struct run_help help;

    (void)state;
    assert_true(runs_find_help(runs, 1, UINT64_MAX - 1, MIB, &help));
    assert_true(help.at > UINT64_MAX / 4 && help.at < UINT64_MAX - 1);
}

/* Every piece that is handed out is missing, and in the end nothing is. */
static void helpers_fetch_all_of_it_and_nothing_twice(void **state)
{
    struct run runs[RUNS_MAX] = {{0, 1000, true}};
    const uint64_t total = 50 * MIB + 321;
    size_t count = 1, i, steps = 0;
    struct run_help help;

    (void)state;
    while (runs_find_help(runs, count, total, 256 * KIB, &help) && steps++ < 200)
    {
        uint64_t limit = help.run + 1 < count ? runs[help.run + 1].start : total;

        assert_true(help.at >= runs[help.run].end && help.at < limit);
        if (help.at == runs[help.run].end)
        {
            runs[help.run].growing = true;
            continue;
        }
        for (i = count++; i > help.run + 1; i--)
            runs[i] = runs[i - 1];
        runs[help.run + 1] = (struct run){help.at, help.at, true};
        /* the one that was helped gets to its end */
        runs[help.run].end = help.at;
        runs[help.run].growing = false;
        for (i = 0; i + 1 < count; i++)
            if (runs[i].end == runs[i + 1].start)
            {
                runs[i].end = runs[i + 1].end;
                runs[i].growing = runs[i + 1].growing;
                count--;
                if (i + 1 < count)
                    memmove(&runs[i + 1], &runs[i + 2], (count - i - 1) * sizeof(*runs));
            }
    }
    assert_int_equal(1, count);
    assert_true(total - runs[0].end < 768 * KIB);
}

static void spans_behind_the_front_are_in_order_and_apart(void **state)
{
    const struct range good[] = {{11, 5}, {20, 1}, {21, 79}};
    const struct range touching[] = {{10, 5}};
    const struct range overlapping[] = {{11, 5}, {15, 3}};
    const struct range beyond[] = {{90, 11}};
    const struct range empty[] = {{20, 0}};
    const struct range huge[] = {{20, UINT64_MAX - 5}};

    (void)state;
    assert_true(runs_are_behind(NULL, 0, 10, 100));
    assert_false(runs_are_behind(good, 3, 10, 100)); /* the last two touch */
    assert_true(runs_are_behind(good, 2, 10, 100));
    assert_false(runs_are_behind(touching, 1, 10, 100));
    assert_false(runs_are_behind(overlapping, 2, 10, 100));
    assert_false(runs_are_behind(beyond, 1, 10, 100));
    assert_false(runs_are_behind(empty, 1, 10, 100));
    assert_false(runs_are_behind(huge, 1, 10, 100));
    assert_false(runs_are_behind(good, RUNS_MAX, 10, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_half_of_what_one_connection_fetches_is_taken),
        cmocka_unit_test(a_run_begins_at_a_multiple_of_64_kib),
        cmocka_unit_test(the_largest_rest_is_helped),
        cmocka_unit_test(what_nobody_fetches_is_taken_whole),
        cmocka_unit_test(a_small_rest_is_left_to_who_fetches_it_but_not_to_nobody),
        cmocka_unit_test(a_half_below_the_unit_is_not_split),
        cmocka_unit_test(what_is_whole_needs_no_help),
        cmocka_unit_test(no_more_runs_are_made_than_there_may_be),
        cmocka_unit_test(the_ends_of_numbers_do_no_harm),
        cmocka_unit_test(helpers_fetch_all_of_it_and_nothing_twice),
        cmocka_unit_test(spans_behind_the_front_are_in_order_and_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
