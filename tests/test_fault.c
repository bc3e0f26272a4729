#include "unit.h"

#include <stdio.h>
#include <string.h>

#define CHILD L"--child"

/* Which of the first eight passages of a point fail, as a bit mask: bit 0 is the first. */
static unsigned int failures(enum fault_point point)
{
    unsigned int mask = 0, i;

    for (i = 0; i < 8; i++)
        mask |= (unsigned int)fault_hit(point) << i;
    return mask;
}

static void without_a_script_nothing_fails(void **state)
{
    int point;

    (void)state;
    assert_true(fault_configure(NULL));
    for (point = 0; point < FAULT_COUNT; point++)
        assert_int_equal(0, failures(point));
    assert_int_equal(0, fault_cut());
    assert_int_equal(0, fault_delay());
    assert_int_equal(1, fault_clock_speed());
    fault_point("row-written");
}

static void a_rule_says_which_passages_fail(void **state)
{
    static const struct
    {
        const char *script;
        unsigned int mask;
    } rows[] = {
        {"write=1", 0x01},          {"write=3", 0x04},    {"write=3+", 0xfc},
        {"write=*", 0xff},          {"write=1+", 0xff},   {"write=3:5", 0x04},
        {"write=9", 0x00},          {"write=8+:5", 0x80}, {"write=*:5", 0xff},
        {"flush=1", 0x00},          {"; ;", 0x00},        {" write = 2 ; ", 0x02},
        {"flush=1;write=2;", 0x02}, {"write=2-4", 0x0e},  {"write=1-1", 0x01},
        {"write=7-9:5", 0xc0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        assert_true(fault_configure(rows[i].script));
        assert_int_equal(rows[i].mask, failures(FAULT_WRITE));
    }
}

static void every_point_has_its_name(void **state)
{
    static const char *const names[] = {"alloc", "thread", "handle", "connect", "open",
                                        "read",  "write",  "flush",  "rename",  "delete",
                                        "store", "status", "sparse", "ring"};
    char script[64];
    int point, other;

    (void)state;
    assert_int_equal(FAULT_COUNT, ARRAY_SIZE(names));
    for (point = 0; point < FAULT_COUNT; point++)
    {
        snprintf(script, sizeof(script), "%s=1", names[point]);
        assert_true(fault_configure(script));
        for (other = 0; other < FAULT_COUNT; other++)
            assert_int_equal(other == point, fault_hit(other));
    }
}

static void an_error_is_the_points_own_or_the_scripts(void **state)
{
    int point;

    (void)state;
    for (point = 0; point < FAULT_COUNT; point++)
        assert_true(fault_error(point));
    assert_int_equal(ERROR_DISK_FULL, fault_error(FAULT_WRITE));
    fault_configure("write=1:5");
    assert_int_equal(ERROR_ACCESS_DENIED, fault_error(FAULT_WRITE));
    assert_int_equal(WSAECONNREFUSED, fault_error(FAULT_CONNECT));
}

static void a_status_may_say_when_to_come_again(void **state)
{
    unsigned int seconds = 7;

    (void)state;
    fault_configure("status=1");
    assert_int_equal(503, fault_error(FAULT_STATUS));
    assert_false(fault_retry_after(&seconds));
    fault_configure("status=2-3:429");
    assert_int_equal(0x06, failures(FAULT_STATUS));
    assert_int_equal(429, fault_error(FAULT_STATUS));
    assert_false(fault_retry_after(&seconds));
    assert_int_equal(7, seconds);
    fault_configure("status=*:503:0");
    assert_true(fault_retry_after(&seconds));
    assert_int_equal(0, seconds);
    fault_configure("status=1:599:120");
    assert_true(fault_retry_after(&seconds));
    assert_int_equal(120, seconds);
}

static void delay_cut_and_clock_are_numbers(void **state)
{
    (void)state;
    assert_true(fault_configure("cut=5000000000;clock=60;delay=250"));
    assert_int_equal(250, fault_delay());
    assert_true(fault_cut() == 5000000000u);
    assert_int_equal(60, fault_clock_speed());
}

static void a_malformed_script_is_ignored_as_a_whole(void **state)
{
    static const char *const scripts[] = {
        "write",
        "write=",
        "write=0",
        "write=x",
        "write=1x",
        "write=-1",
        "write=1:",
        "write=1:0",
        "write=1:x",
        "write=*+",
        "wrote=1",
        "write=1;write=2",
        "Write=1",
        "write=1-",
        "write=0-1",
        "write=3-2",
        "write=1-2+",
        "write=1:5:6",
        "status=1:399",
        "status=1:600",
        "status=1:503:",
        "status=1:503:x",
        "status=1:503:1:1",
        "delay=0",
        "delay=1s",
        "delay=86400001",
        "delay=1;delay=2",
        "cut=0",
        "cut=1k",
        "cut=1;cut=2",
        "clock=0",
        "clock=1000001",
        "clock=1;clock=2",
        "write=4294967296",
        "kill=x",
        "kill=x:0",
        "kill=:1",
        "kill=a-name-of-more-than-31-characters:1",
        "cut=99999999999999999999",
        "=1",
        "kill=a:1;kill=b:1;kill=c:1;kill=d:1;"
        "kill=e:1;kill=f:1;kill=g:1;kill=h:1;kill=i:1",
    };
    char script[256];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(scripts); i++)
    {
        snprintf(script, sizeof(script), "flush=*;%s", scripts[i]);
        if (fault_configure(script))
            fail_msg("accepted: %s", script);
        assert_int_equal(0, failures(FAULT_FLUSH));
    }
}

static void configuring_again_starts_the_counts_again(void **state)
{
    (void)state;
    fault_configure("write=2");
    assert_false(fault_hit(FAULT_WRITE));
    fault_configure("write=2");
    assert_false(fault_hit(FAULT_WRITE));
    assert_true(fault_hit(FAULT_WRITE));
}

static void asking_keeps_the_last_error(void **state)
{
    (void)state;
    fault_configure("write=*");
    SetLastError(4711);
    assert_true(fault_hit(FAULT_WRITE));
    assert_int_equal(4711, GetLastError());
}

static volatile LONG hits;

static void ask_a_thousand_times(void *context)
{
    int i;

    (void)context;
    for (i = 0; i < 1000; i++)
        if (fault_hit(FAULT_WRITE))
            InterlockedIncrement(&hits);
}

static void one_passage_fails_whatever_the_number_of_threads(void **state)
{
    HANDLE threads[4];
    size_t i;

    (void)state;
    hits = 0;
    fault_configure("write=2500");
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(S_OK, thread_start("asks", ask_a_thousand_times, NULL, &threads[i]));
    assert_int_equal(WAIT_OBJECT_0, WaitForMultipleObjects(4, threads, TRUE, UNIT_LIMIT));
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        handle_close(threads[i]);
    assert_int_equal(1, hits);
}

/* --- the environment, in a process of its own ---------------------------------------------- */

/* 1 if the second write fails as the script in the environment says; a kill ends it before. */
static int child(void)
{
    bool first = fault_hit(FAULT_WRITE), second = fault_hit(FAULT_WRITE);

    fault_point("row-written");
    fault_point("renamed");
    fault_point("row-written");
    return !first && second;
}

static DWORD run_child(const WCHAR *script)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR path[MAX_PATH], command[MAX_PATH + 32];
    PROCESS_INFORMATION process;
    DWORD code = 0;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls", path, CHILD);
    SetEnvironmentVariableW(L"DOSVC_FAULTS", script);
    assert_true(
        CreateProcessW(path, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    SetEnvironmentVariableW(L"DOSVC_FAULTS", NULL);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(process.hProcess, UNIT_LIMIT));
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    return code;
}

static void the_environment_is_read_at_the_first_question(void **state)
{
    (void)state;
    assert_int_equal(0, run_child(NULL));
    assert_int_equal(1, run_child(L"write=2"));
    assert_int_equal(0, run_child(L"write=2;nonsense"));
}

static void a_named_point_ends_the_process_at_its_nth_passage(void **state)
{
    (void)state;
    assert_int_equal(99, run_child(L"write=2;kill=row-written:1"));
    assert_int_equal(99, run_child(L"write=2;kill=row-written:2"));
    assert_int_equal(1, run_child(L"write=2;kill=row-written:3"));
    assert_int_equal(99, run_child(L"write=2;kill=flushed:1;kill=renamed:1"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(without_a_script_nothing_fails),
        unit_case(a_rule_says_which_passages_fail),
        unit_case(every_point_has_its_name),
        unit_case(an_error_is_the_points_own_or_the_scripts),
        unit_case(a_status_may_say_when_to_come_again),
        unit_case(delay_cut_and_clock_are_numbers),
        unit_case(a_malformed_script_is_ignored_as_a_whole),
        unit_case(configuring_again_starts_the_counts_again),
        unit_case(asking_keeps_the_last_error),
        unit_case(one_passage_fails_whatever_the_number_of_threads),
        unit_case(the_environment_is_read_at_the_first_question),
        unit_case(a_named_point_ends_the_process_at_its_nth_passage),
    };

    if (argc == 2 && !strcmp(argv[1], "--child"))
        return child();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
