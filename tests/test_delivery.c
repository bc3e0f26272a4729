/* Lanes and homes: what runs when, where, and that the threads end. */
#include "unit.h"

#include "com/delivery.h"

struct work /* what a lane of these tests does */
{
    struct lane *lane;
    LONG runs;
    LONG inside;
    LONG most; /* runs at once */
    LONG freed;
    LONG thread;   /* of the last run */
    LONG64 again;  /* clock_now() for the next run, once */
    HANDLE began;  /* auto-reset */
    HANDLE blocks; /* a run waits for it; NULL: it does not wait */
    struct home *where;
};

static UINT64 work_run(void *context, struct home *where)
{
    struct work *work = context;
    LONG inside = InterlockedIncrement(&work->inside);
    HANDLE blocks = work->blocks;
    LONG64 again;

    if (inside > work->most)
        work->most = inside;
    work->where = where;
    InterlockedExchange(&work->thread, (LONG)GetCurrentThreadId());
    InterlockedIncrement(&work->runs);
    SetEvent(work->began);
    if (blocks)
        WaitForSingleObject(blocks, UNIT_LIMIT);
    again = InterlockedExchange64(&work->again, 0);
    InterlockedDecrement(&work->inside);
    return again ? (UINT64)again : CLOCK_NEVER;
}

static void work_free(void *context)
{
    InterlockedIncrement(&((struct work *)context)->freed);
}

static const struct lane_class work_class = {work_run, work_free};

static void work_init(struct work *work)
{
    memset(work, 0, sizeof(*work));
    work->began = CreateEventW(NULL, FALSE, FALSE, NULL);
    assert_int_equal(S_OK, lane_create(&work_class, work, &work->lane));
}

static bool work_began(struct work *work)
{
    return WaitForSingleObject(work->began, UNIT_LIMIT) == WAIT_OBJECT_0;
}

static bool is_reached(volatile LONG *number, LONG value)
{
    UINT64 deadline = GetTickCount64() + UNIT_LIMIT;

    while (*number != value && GetTickCount64() < deadline)
        kit_pass(1);
    return *number == value;
}

static void work_cleanup(struct work *work)
{
    lane_free(work->lane);
    assert_true(is_reached(&work->freed, 1));
    CloseHandle(work->began);
}

static int teardown(void **state)
{
    unit_wait_threads();
    return unit_teardown(state);
}

#define lane_case(name) cmocka_unit_test_setup_teardown(name, unit_setup, teardown)

/* ---- lanes ---- */

static void an_open_lane_runs_when_woken(void **state)
{
    struct work work;

    (void)state;
    work_init(&work);
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_null(work.where);
    lane_shut(work.lane);
    work_cleanup(&work);
    assert_int_equal(1, work.runs);
}

static void a_shut_lane_runs_once_it_is_opened(void **state)
{
    struct work work;

    (void)state;
    work_init(&work);
    lane_wake(work.lane);
    kit_pass(20);
    assert_int_equal(0, work.runs);
    assert_int_equal(S_OK, lane_open(work.lane));
    assert_true(work_began(&work));
    lane_shut(work.lane);
    work_cleanup(&work);
}

static void wakes_during_a_run_give_one_more_run(void **state)
{
    struct work work;
    int i;

    (void)state;
    work_init(&work);
    work.blocks = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    for (i = 0; i < 10; i++)
        lane_wake(work.lane);
    SetEvent(work.blocks);
    assert_true(work_began(&work));
    kit_pass(20);
    assert_int_equal(2, work.runs);
    assert_int_equal(1, work.most);
    lane_shut(work.lane);
    work_cleanup(&work);
    CloseHandle(work.blocks);
}

static void a_run_may_ask_for_the_next_one(void **state)
{
    struct work work;
    UINT64 due;

    (void)state;
    work_init(&work);
    due = clock_now() + 60;
    work.again = (LONG64)due;
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_true(clock_now() < due);
    assert_true(work_began(&work));
    assert_true(clock_now() >= due);
    lane_shut(work.lane);
    work_cleanup(&work);
    assert_int_equal(2, work.runs);
}

static void a_wake_takes_the_place_of_a_later_run(void **state)
{
    struct work work;

    (void)state;
    work_init(&work);
    work.again = (LONG64)clock_now() + 80;
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_true(is_reached(&work.inside, 0));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    kit_pass(150);
    assert_int_equal(2, work.runs);
    lane_shut(work.lane);
    work_cleanup(&work);
}

#define LANES 8

static void blocked_runs_do_not_hold_up_other_lanes(void **state)
{
    struct work works[LANES];
    HANDLE blocks = CreateEventW(NULL, TRUE, FALSE, NULL);
    int i;

    (void)state;
    for (i = 0; i < LANES; i++)
    {
        work_init(&works[i]);
        works[i].blocks = blocks;
        assert_int_equal(S_OK, lane_open(works[i].lane));
        lane_wake(works[i].lane);
        assert_true(work_began(&works[i]));
    }
    assert_in_range(thread_live() - unit_before.threads, LANES, LANES + 2);
    SetEvent(blocks);
    for (i = 0; i < LANES; i++)
    {
        lane_shut(works[i].lane);
        work_cleanup(&works[i]);
    }
    CloseHandle(blocks);
}

static void a_lane_may_be_freed_while_it_runs(void **state)
{
    struct work work;

    (void)state;
    work_init(&work);
    work.blocks = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    lane_wake(work.lane);
    lane_free(work.lane);
    kit_pass(20);
    assert_int_equal(0, work.freed);
    SetEvent(work.blocks);
    assert_true(is_reached(&work.freed, 1));
    assert_int_equal(1, work.runs);
    CloseHandle(work.blocks);
    CloseHandle(work.began);
}

static void the_threads_end_when_no_lane_is_open(void **state)
{
    struct work work;
    int i;

    (void)state;
    work_init(&work);
    for (i = 0; i < 20; i++)
    {
        assert_int_equal(S_OK, lane_open(work.lane));
        lane_wake(work.lane);
        assert_true(work_began(&work));
        lane_shut(work.lane);
        unit_wait_threads();
        assert_int_equal(unit_before.threads, thread_live());
    }
    work_cleanup(&work);
}

static void without_a_thread_a_lane_cannot_be_opened(void **state)
{
    struct work work;

    (void)state;
    work_init(&work);
    fault_configure("thread=1");
    assert_true(FAILED(lane_open(work.lane)));
    fault_configure(NULL);
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_wake(work.lane);
    assert_true(work_began(&work));
    lane_shut(work.lane);
    work_cleanup(&work);
}

static void without_a_deputy_lanes_are_served_all_the_same(void **state)
{
    struct work works[2];
    int i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        work_init(&works[i]);
        assert_int_equal(S_OK, lane_open(works[i].lane));
    }
    kit_pass(20);
    fault_configure("thread=*");
    for (i = 0; i < 20; i++)
    {
        lane_wake(works[i % 2].lane);
        assert_true(work_began(&works[i % 2]));
    }
    fault_configure(NULL);
    for (i = 0; i < 2; i++)
    {
        lane_shut(works[i].lane);
        work_cleanup(&works[i]);
    }
}

/* ---- homes ---- */

static LONG begun, ended;

static void home_begins(void *context)
{
    (void)context;
    InterlockedIncrement(&begun);
}

static void home_ends(void *context)
{
    (void)context;
    InterlockedIncrement(&ended);
}

static const struct home_class test_home = {home_begins, home_ends};

static int home_setup(void **state)
{
    begun = ended = 0;
    return unit_setup(state);
}

#define home_case(name) cmocka_unit_test_setup_teardown(name, home_setup, teardown)

static void a_lane_runs_at_its_home(void **state)
{
    const HANDLE none[HOME_WATCHES] = {NULL};
    struct home *home;
    struct work work;
    LONG thread;
    int i;

    (void)state;
    work_init(&work);
    assert_int_equal(S_OK, home_start(&test_home, NULL, none, &home));
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_move(work.lane, home);
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_ptr_equal(home, work.where);
    assert_int_equal(1, begun);
    thread = work.thread;
    for (i = 0; i < 3; i++)
    {
        lane_wake(work.lane);
        assert_true(work_began(&work));
        assert_int_equal(thread, work.thread);
    }
    assert_true(is_reached(&work.inside, 0));
    work.again = (LONG64)clock_now() + 20;
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_true(work_began(&work));
    assert_int_equal(thread, work.thread);

    lane_move(work.lane, NULL);
    lane_wake(work.lane);
    assert_true(work_began(&work));
    assert_int_not_equal(thread, work.thread);
    assert_null(work.where);
    home_stop(home);
    assert_true(is_reached(&ended, 1));
    lane_shut(work.lane);
    work_cleanup(&work);
}

static void a_lane_that_moves_stays_serial(void **state)
{
    const HANDLE none[HOME_WATCHES] = {NULL};
    struct home *home;
    struct work work;
    int i;

    (void)state;
    work_init(&work);
    assert_int_equal(S_OK, home_start(&test_home, NULL, none, &home));
    assert_int_equal(S_OK, lane_open(work.lane));
    for (i = 0; i < 200; i++)
    {
        lane_move(work.lane, i % 2 ? home : NULL);
        lane_wake(work.lane);
        if (i % 3)
            assert_true(work_began(&work));
    }
    lane_move(work.lane, NULL);
    home_stop(home);
    lane_shut(work.lane);
    work_cleanup(&work);
    assert_int_equal(1, work.most);
}

static void a_home_that_is_gone_sends_its_lane_to_the_pool(void **state)
{
    HANDLE watched[HOME_WATCHES] = {NULL};
    struct home *home;
    struct work work;

    (void)state;
    work_init(&work);
    watched[1] = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(S_OK, home_start(&test_home, NULL, watched, &home));
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_move(work.lane, home);
    assert_false(home_is_gone(home));
    SetEvent(watched[1]);
    assert_true(work_began(&work)); /* it is woken */
    assert_null(work.where);
    assert_true(home_is_gone(home));
    lane_move(work.lane, home); /* to no avail */
    assert_true(work_began(&work));
    assert_null(work.where);
    home_stop(home);
    assert_true(is_reached(&ended, 1));
    lane_shut(work.lane);
    work_cleanup(&work);
    CloseHandle(watched[1]);
}

static void a_run_at_a_home_that_is_gone_counts_no_more(void **state)
{
    HANDLE watched[HOME_WATCHES] = {NULL}, blocks = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct home *home;
    struct work work;

    (void)state;
    work_init(&work);
    watched[0] = CreateEventW(NULL, TRUE, FALSE, NULL);
    work.blocks = blocks;
    assert_int_equal(S_OK, home_start(&test_home, NULL, watched, &home));
    assert_int_equal(S_OK, lane_open(work.lane));
    lane_move(work.lane, home);
    lane_wake(work.lane);
    assert_true(work_began(&work));
    work.blocks = NULL;
    SetEvent(watched[0]);
    assert_true(work_began(&work)); /* in the pool, beside the one that is stuck */
    assert_null(work.where);
    home_stop(home);
    lane_shut(work.lane);
    lane_free(work.lane);
    kit_pass(20);
    assert_int_equal(0, work.freed);
    SetEvent(blocks);
    assert_true(is_reached(&work.freed, 1));
    assert_true(is_reached(&ended, 1));
    CloseHandle(watched[0]);
    CloseHandle(blocks);
    CloseHandle(work.began);
}

static void a_home_that_cannot_be_started_leaves_nothing(void **state)
{
    static const char *const scripts[] = {"alloc=1", "alloc=2", "handle=1", "thread=1"};
    const HANDLE none[HOME_WATCHES] = {NULL};
    struct home *home;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(scripts); i++)
    {
        fault_configure(scripts[i]);
        assert_true(FAILED(home_start(&test_home, NULL, none, &home)));
    }
    fault_configure(NULL);
    assert_int_equal(0, begun);
    assert_int_equal(0, ended);
}

static void only_a_home_in_a_call_is_calling(void **state)
{
    const HANDLE none[HOME_WATCHES] = {NULL};
    struct home *home;

    (void)state;
    assert_int_equal(S_OK, home_start(&test_home, NULL, none, &home));
    assert_false(delivery_is_calling());
    home_set_calling(home, true); /* as if this thread were the home's */
    assert_true(delivery_is_calling());
    home_set_calling(home, false);
    assert_false(delivery_is_calling());
    home_stop(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        lane_case(an_open_lane_runs_when_woken),
        lane_case(a_shut_lane_runs_once_it_is_opened),
        lane_case(wakes_during_a_run_give_one_more_run),
        lane_case(a_run_may_ask_for_the_next_one),
        lane_case(a_wake_takes_the_place_of_a_later_run),
        lane_case(blocked_runs_do_not_hold_up_other_lanes),
        lane_case(a_lane_may_be_freed_while_it_runs),
        lane_case(the_threads_end_when_no_lane_is_open),
        lane_case(without_a_thread_a_lane_cannot_be_opened),
        lane_case(without_a_deputy_lanes_are_served_all_the_same),
        home_case(a_lane_runs_at_its_home),
        home_case(a_lane_that_moves_stays_serial),
        home_case(a_home_that_is_gone_sends_its_lane_to_the_pool),
        home_case(a_run_at_a_home_that_is_gone_counts_no_more),
        home_case(a_home_that_cannot_be_started_leaves_nothing),
        home_case(only_a_home_in_a_call_is_calling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
