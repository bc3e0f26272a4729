/*
 * The power fails: what was written, created or renamed and not flushed is gone. The next process
 * must find the job in a state that is true all the same, and finish it.
 *
 * DOSVC_CRASHES says how many cuts there are (40; 200 with DOSVC_SLOW_TESTS set). CRASH_SEED
 * repeats a sequence. The worker has the library linked in, so that its files and its database lie
 * on a layer that can take back (power.h).
 */
#include "crash/power.h"
#include "crash/rounds.h"

#include "com/factory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUTS 40

/* How many events a run has that nobody disturbs. */
static unsigned int count_events(struct kit *kit, enum crash_face face)
{
    struct crash_task task = round_begin(kit, face);
    wchar_t path[MAX_PATH], text[MAX_PATH];
    unsigned int count = 0;
    FILE *file;

    swprintf(text, ARRAY_SIZE(text), L"%ls", kit_path(kit, L"events", path));
    kit_environment(L"CRASH_EVENTS", text);
    round_finish(kit, &task);
    kit_environment(L"CRASH_EVENTS", NULL);
    file = _wfopen(path, L"r");
    assert_non_null(file);
    assert_int_equal(1, fscanf(file, "%u", &count));
    fclose(file);
    assert_in_range(count, 10, 100000);
    return count;
}

static bool cut_at(struct kit *kit, enum crash_face face, unsigned int event)
{
    struct crash_task task = round_begin(kit, face);
    struct kit_child child;
    wchar_t text[16];
    DWORD code = STILL_ACTIVE;

    swprintf(text, ARRAY_SIZE(text), L"%u", event);
    kit_environment(L"CRASH_CUT", text);
    round_start(&child, kit, &task, NULL);
    kit_environment(L"CRASH_CUT", NULL);
    if (WaitForSingleObject(child.process, ROUND_LIMIT) == WAIT_OBJECT_0)
        GetExitCodeProcess(child.process, &code);
    kit_child_kill(&child);
    if (code != CRASH_DONE && code != POWER_CUT_CODE)
        fail_msg("cut at %u, face %d: the process ended with %lu", event, (int)face, code);
    round_finish(kit, &task);
    return code == POWER_CUT_CODE;
}

static void a_power_cut_at_any_moment_is_survived(void **state)
{
    unsigned int cuts = round_number_from(L"DOSVC_CRASHES", round_is_slow() ? 200 : CUTS), i;
    unsigned int events[CRASH_FACES], hit = 0;
    struct kit *kit = *state;

    for (i = 0; i < CRASH_FACES; i++)
        events[i] = count_events(kit, (enum crash_face)i);
    for (i = 0; hit < cuts && i < 2 * cuts; i++)
    {
        enum crash_face face = (enum crash_face)round_random(CRASH_FACES);

        hit += cut_at(kit, face, 1 + round_random(events[face])); /* not every run gets so far */
    }
    assert_int_equal(cuts, hit);
    print_message("%u power cuts: no job lost, no file damaged, nothing left\n", hit);
}

/* In a child: the worker on a disk that can lose what was not flushed. */
static int work(void)
{
    wchar_t path[MAX_PATH];
    FILE *file;
    int code;

    if (!power_watch(round_number_from(L"CRASH_CUT", 0)))
        return CRASH_FAILED;
    code = crash_work(factory_create_instance);
    if (GetEnvironmentVariableW(L"CRASH_EVENTS", path, ARRAY_SIZE(path)) &&
        (file = _wfopen(path, L"w")))
    {
        fprintf(file, "%u", power_events());
        fclose(file);
    }
    return code;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_power_cut_at_any_moment_is_survived, round_setup,
                                        kit_teardown),
    };

    if (argc > 1 && !strcmp(argv[1], "work"))
        return work();
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
