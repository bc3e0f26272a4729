/*
 * Clients killed where they stand: at random moments, and at each named point before and after a
 * row, flush, creation, rename or deletion. After each kill a fresh process must find the job,
 * finish it and have identical files, fetching little twice and leaving nothing behind.
 *
 * DOSVC_CRASHES says how many random kills there are (40); with DOSVC_SLOW_TESTS set there are 500,
 * and every passage of every point. CRASH_SEED repeats a sequence.
 */
#include "crash/rounds.h"

#include "testkit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_KILLS 40
#define PASSAGES 3 /* of each point and face */

static unsigned int kills_at_random, kills_at_points;

static DWORD run_time(struct kit *kit, enum crash_face face)
{
    ULONGLONG start = GetTickCount64();
    struct crash_task task = round_begin(kit, face);

    round_finish(kit, &task);
    return (DWORD)(GetTickCount64() - start);
}

static void a_client_killed_at_any_moment_is_carried_on(void **state)
{
    unsigned int kills = round_number_from(L"DOSVC_CRASHES", round_is_slow() ? 500 : RANDOM_KILLS),
                 i;
    struct kit *kit = *state;
    struct kit_child child;
    DWORD whole[CRASH_FACES];
    unsigned int again;

    for (i = 0; i < CRASH_FACES; i++)
        whole[i] = run_time(kit, (enum crash_face)i);
    for (i = 0; i < kills; i++)
    {
        enum crash_face face = (enum crash_face)round_random(CRASH_FACES);
        struct crash_task task = round_begin(kit, face);

        /* now and then the one that carries on is killed as well */
        for (again = round_random(3) ? 1 : 2; again; again--)
        {
            round_start(&child, kit, &task, NULL);
            WaitForSingleObject(child.process, round_random(whole[face] + whole[face] / 8 + 1));
            kit_child_kill(&child);
            kills_at_random++;
        }
        round_finish(kit, &task);
    }
    print_message("%u kills at random moments: no job lost, no file damaged, nothing left; at most "
                  "%llu KiB of a file fetched twice\n",
                  kills_at_random, (unsigned long long)round_fetched_twice() / 1024);
}

/* True: the process came to the n-th passage of the point and ended there. */
static bool dies_at(struct kit *kit, enum crash_face face, const char *point, unsigned int n)
{
    struct crash_task task = round_begin(kit, face);
    struct kit_child child;
    wchar_t faults[64];
    DWORD code = STILL_ACTIVE;

    swprintf(faults, ARRAY_SIZE(faults), L"kill=%hs:%u", point, n);
    round_start(&child, kit, &task, faults);
    if (WaitForSingleObject(child.process, ROUND_LIMIT) == WAIT_OBJECT_0)
        GetExitCodeProcess(child.process, &code);
    kit_child_kill(&child);
    if (code != CRASH_DONE && code != 99)
        fail_msg("%s:%u, face %d: the process ended with %lu", point, n, (int)face, code);
    round_finish(kit, &task);
    return code == 99;
}

static void die_at_each_passage(struct kit *kit, const char *point, bool always_passed)
{
    unsigned int n, most = round_is_slow() ? 1000 : PASSAGES;
    int face;

    for (face = 0; face < CRASH_FACES; face++)
    {
        for (n = 1; n <= most && dies_at(kit, (enum crash_face)face, point, n); n++)
            kills_at_points++;
        if (always_passed)
            assert_int_not_equal(1, n); /* a point nobody passes proves nothing */
    }
    print_message("%s: %u kills at points so far\n", point, kills_at_points);
}

static void a_client_killed_before_or_after_a_row_is_carried_on(void **state)
{
    die_at_each_passage(*state, "before-row", true);
    die_at_each_passage(*state, "after-row", true);
}

static void a_client_killed_around_a_creation_is_carried_on(void **state)
{
    die_at_each_passage(*state, "before-create", true);
    die_at_each_passage(*state, "after-create", true);
}

static void a_client_killed_around_a_write_is_carried_on(void **state)
{
    die_at_each_passage(*state, "before-write", true);
    die_at_each_passage(*state, "after-write", true);
}

static void a_client_killed_around_a_flush_is_carried_on(void **state)
{
    die_at_each_passage(*state, "before-flush", true);
    die_at_each_passage(*state, "after-flush", true);
}

static void a_client_killed_around_a_rename_is_carried_on(void **state)
{
    die_at_each_passage(*state, "before-rename", true);
    die_at_each_passage(*state, "after-rename", true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, round_setup, kit_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_killed_at_any_moment_is_carried_on),
        TEST(a_client_killed_before_or_after_a_row_is_carried_on),
        TEST(a_client_killed_around_a_creation_is_carried_on),
        TEST(a_client_killed_around_a_write_is_carried_on),
        TEST(a_client_killed_around_a_flush_is_carried_on),
        TEST(a_client_killed_around_a_rename_is_carried_on),
    };

    if (argc > 1 && !strcmp(argv[1], "work"))
        return crash_work(kit_create);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
