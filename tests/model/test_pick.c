#include "model/pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HIGH 1u
#define NORMAL 2u
#define LOW 3u
#define S 1000u

struct job
{
    struct pick_lane lane;
    struct pick_item *files;
    size_t count;
    unsigned got; /* slots so far */
};

struct world
{
    struct pick pick;
    struct pick_host hosts[4];
    struct job jobs[8];
    uint64_t now;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    int i;

    if (!world)
        return -1;
    pick_init(&world->pick, 16, 6);
    for (i = 0; i < 4; i++)
        pick_host_init(&world->hosts[i]);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    int i;

    for (i = 0; i < 8; i++)
        free(world->jobs[i].files);
    free(world);
    return 0;
}

/* A job of so many files at one host. */
static void add(struct world *world, int job, int host, unsigned class, size_t count)
{
    struct job *added = &world->jobs[job];
    size_t i;

    added->files = calloc(count, sizeof(*added->files));
    added->count = count;
    assert_non_null(added->files);
    pick_lane_open(&added->lane, &world->hosts[host], class);
    for (i = 0; i < count; i++)
        pick_put(&world->pick, &added->lane, &added->files[i], false, world->now);
}

static struct pick_item *next(struct world *world, uint64_t now)
{
    struct pick_lane *lane = NULL;
    struct pick_item *item = pick_next(&world->pick, now, &lane);

    assert_true(!item == !lane);
    return item;
}

static int owner_of(const struct world *world, const struct pick_item *item)
{
    int i;

    for (i = 0; i < 8; i++)
        if (world->jobs[i].files && item >= world->jobs[i].files &&
            item < world->jobs[i].files + world->jobs[i].count)
            return i;
    return -1;
}

/* Gives what slots there are; returns how many. */
static unsigned give(struct world *world)
{
    struct pick_item *item;
    unsigned given = 0;

    while ((item = next(world, world->now)))
    {
        world->jobs[owner_of(world, item)].got++;
        given++;
    }
    return given;
}

static void done(struct world *world, int job)
{
    struct pick_lane *lane = &world->jobs[job].lane;

    pick_done(&world->pick, lane->host, lane->class);
}

static void a_host_has_its_limit_and_all_have_theirs(void **state)
{
    struct world *world = *state;
    int i;

    for (i = 0; i < 4; i++)
        add(world, i, i, NORMAL, 10);
    assert_int_equal(16, give(world));
    for (i = 0; i < 4; i++)
        assert_in_range(world->jobs[i].got, 4, 4);
    done(world, 2);
    assert_int_equal(1, give(world));
}

static void of_one_host_six_are_asked_at_a_time(void **state)
{
    struct world *world = *state;

    add(world, 0, 0, NORMAL, 100);
    assert_int_equal(6, give(world));
    done(world, 0);
    done(world, 0);
    assert_int_equal(2, give(world));
    assert_int_equal(92, world->pick.waiting[NORMAL]);
}

static void files_of_a_job_go_in_their_order(void **state)
{
    struct world *world = *state;
    struct pick_item *first;
    size_t i;

    world->pick.per_host = 100;
    world->pick.in_all = 100;
    add(world, 0, 0, NORMAL, 50);
    for (i = 0; i < 50; i++)
        assert_ptr_equal(&world->jobs[0].files[i], next(world, 0));
    first = &world->jobs[0].files[40];
    pick_put(&world->pick, &world->jobs[0].lane, &world->jobs[0].files[9], false, 0);
    pick_put(&world->pick, &world->jobs[0].lane, first, true, 0);
    assert_ptr_equal(first, next(world, 0));
}

static void jobs_of_one_class_take_turns(void **state)
{
    struct world *world = *state;
    int i;

    add(world, 0, 0, NORMAL, 1000);
    assert_int_equal(6, give(world));
    add(world, 1, 0, NORMAL, 3);
    for (i = 0; i < 6; i++)
        done(world, 0);
    assert_int_equal(6, give(world));
    assert_int_equal(3, world->jobs[1].got);
}

static void a_full_host_holds_up_no_other(void **state)
{
    struct world *world = *state;

    add(world, 0, 0, HIGH, 1000);
    add(world, 1, 1, LOW, 2);
    assert_int_equal(8, give(world));
    assert_int_equal(2, world->jobs[1].got);
}

static void classes_share_and_none_starves(void **state)
{
    struct world *world = *state;
    unsigned i;

    world->pick.in_all = world->pick.per_host = 1;
    add(world, 0, 0, HIGH, 2000);
    add(world, 1, 1, NORMAL, 2000);
    add(world, 2, 2, LOW, 2000);
    for (i = 0; i < 2000; i++)
    {
        struct pick_item *item = next(world, 0);
        int job = owner_of(world, item);

        world->jobs[job].got++;
        done(world, job);
    }
    assert_in_range(world->jobs[0].got, 1500, 1540); /* 16 of 21 */
    assert_in_range(world->jobs[1].got, 370, 390);
    assert_in_range(world->jobs[2].got, 90, 100);
}

/* Time in which nothing was wanted is not made up for. */
static void who_comes_late_gets_no_more_than_its_share(void **state)
{
    struct world *world = *state;
    unsigned i;

    world->pick.in_all = world->pick.per_host = 1;
    add(world, 0, 0, NORMAL, 2000);
    for (i = 0; i < 1000; i++)
    {
        assert_non_null(next(world, 0));
        done(world, 0);
    }
    add(world, 1, 1, LOW, 100);
    for (i = 0; i < 50; i++)
    {
        int job = owner_of(world, next(world, 0));

        world->jobs[job].got++;
        done(world, job);
    }
    assert_in_range(world->jobs[1].got, 9, 12);
}

static void the_foreground_goes_first_and_leaves_one_slot(void **state)
{
    struct world *world = *state;
    int i;

    world->pick.per_host = 16;
    add(world, 0, 0, NORMAL, 100);
    add(world, 1, 1, PICK_FOREGROUND, 100);
    assert_int_equal(16, give(world));
    assert_in_range(world->jobs[0].got, 0, 1);
    for (i = 0; i < 8; i++)
    {
        done(world, 1);
        give(world);
    }
    assert_int_equal(1, world->jobs[0].got);
}

static void a_closed_lane_is_forgotten(void **state)
{
    struct world *world = *state;

    add(world, 0, 0, NORMAL, 100);
    add(world, 1, 0, NORMAL, 2);
    assert_int_equal(6, give(world));
    pick_lane_close(&world->pick, &world->jobs[0].lane);
    pick_lane_close(&world->pick, &world->jobs[1].lane);
    assert_int_equal(0, world->pick.waiting[NORMAL]);
    assert_int_equal(0, world->hosts[0].lane_count);
    done(world, 0);
    assert_int_equal(0, give(world));
    assert_null(world->jobs[0].files[50].lane);
}

static void limits_can_change(void **state)
{
    struct world *world = *state;

    add(world, 0, 0, NORMAL, 100);
    assert_int_equal(6, give(world));
    world->pick.per_host = 8;
    pick_host_look(&world->pick, &world->hosts[0]);
    assert_int_equal(2, give(world));
    world->pick.per_host = 2;
    pick_host_look(&world->pick, &world->hosts[0]);
    done(world, 0);
    assert_int_equal(0, give(world));
}

/* ---- when none is free ---- */

static struct pick_holder holder(const struct world *world, int job, uint64_t since, uint64_t rate)
{
    return (struct pick_holder){.host = world->jobs[job].lane.host,
                                .class = world->jobs[job].lane.class,
                                .since_ms = since,
                                .rate = rate,
                                .may_give_up = true};
}

static void a_background_transfer_gives_way_at_once(void **state)
{
    struct world *world = *state;
    struct pick_holder holders[6];
    int i;

    add(world, 0, 0, NORMAL, 10);
    assert_int_equal(6, give(world));
    for (i = 0; i < 6; i++)
        holders[i] = holder(world, 0, (uint64_t)i, 1000000);
    assert_int_equal(-1, pick_victim(&world->pick, holders, 6, 0));
    add(world, 1, 1, PICK_FOREGROUND, 1); /* has a slot of its own */
    assert_int_equal(-1, pick_victim(&world->pick, holders, 6, 0));
    add(world, 2, 0, PICK_FOREGROUND, 1);
    assert_int_equal(5, pick_victim(&world->pick, holders, 6, 0)); /* the youngest */
    holders[2].rate = 10;
    assert_int_equal(2, pick_victim(&world->pick, holders, 6, 0)); /* the slowest */
    holders[2].may_give_up = false;
    assert_int_equal(5, pick_victim(&world->pick, holders, 6, 0));
}

/* It would not help: the host of the one that waits is full of its like. */
static void nobody_gives_way_in_vain(void **state)
{
    struct world *world = *state;
    struct pick_holder holders[2];

    world->pick.in_all = 9;
    add(world, 0, 0, PICK_FOREGROUND, 10);
    add(world, 1, 1, NORMAL, 3);
    assert_int_equal(9, give(world));
    assert_int_equal(6, world->jobs[0].got);
    holders[0] = holder(world, 0, 0, 0);
    holders[1] = holder(world, 1, 0, 0);
    holders[0].may_give_up = false;
    assert_int_equal(-1, pick_victim(&world->pick, holders, 2, 1000));
}

static void a_dripping_transfer_gives_way_after_a_minute(void **state)
{
    struct world *world = *state;
    struct pick_holder holders[2];

    world->pick.in_all = 2;
    add(world, 0, 0, NORMAL, 3);
    assert_int_equal(2, give(world));
    holders[0] = holder(world, 0, 0, 5000000);
    holders[1] = holder(world, 0, 0, 1);
    world->now = 10 * S;
    add(world, 1, 1, LOW, 1);
    assert_int_equal(-1, pick_victim(&world->pick, holders, 2, 59 * S));
    assert_int_equal(1, pick_victim(&world->pick, holders, 2, 60 * S));
    holders[1].may_give_up = false;
    assert_int_equal(-1, pick_victim(&world->pick, holders, 2, 299 * S));
    assert_int_equal(0, pick_victim(&world->pick, holders, 2, 300 * S));
    holders[0].since_ms = 1 * S; /* it had its slot later */
    assert_int_equal(-1, pick_victim(&world->pick, holders, 2, 300 * S));
}

static void where_nobody_can_give_up_a_slot_is_lent(void **state)
{
    struct world *world = *state;
    struct pick_host *host = &world->hosts[0];
    int i;

    world->pick.in_all = 2;
    add(world, 0, 0, NORMAL, 10);
    assert_int_equal(2, give(world));
    assert_false(pick_lend(&world->pick, host, 59 * S));
    for (i = 1; i <= 2; i++)
    {
        world->now = (uint64_t)i * 60 * S;
        assert_true(pick_lend(&world->pick, host, world->now));
        assert_int_equal(1, give(world));
        assert_false(pick_lend(&world->pick, host, world->now + 59 * S));
    }
    assert_false(pick_lend(&world->pick, host, 1000 * S)); /* as many again, and no more */
    done(world, 0);                                        /* what was lent is not given on */
    done(world, 0);
    assert_int_equal(0, give(world));
    done(world, 0);
    assert_int_equal(1, give(world));
}

static void a_host_lends_too(void **state)
{
    struct world *world = *state;
    struct pick_host *host = &world->hosts[0];

    add(world, 0, 0, NORMAL, 10);
    assert_int_equal(6, give(world));
    assert_false(pick_lend(&world->pick, &world->hosts[1], 60 * S));
    assert_true(pick_lend(&world->pick, host, 60 * S));
    world->now = 60 * S;
    assert_int_equal(1, give(world));
    done(world, 0);
    assert_int_equal(0, host->lent);
    assert_int_equal(0, give(world));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_host_has_its_limit_and_all_have_theirs),
        TEST(of_one_host_six_are_asked_at_a_time),
        TEST(files_of_a_job_go_in_their_order),
        TEST(jobs_of_one_class_take_turns),
        TEST(a_full_host_holds_up_no_other),
        TEST(classes_share_and_none_starves),
        TEST(who_comes_late_gets_no_more_than_its_share),
        TEST(the_foreground_goes_first_and_leaves_one_slot),
        TEST(a_closed_lane_is_forgotten),
        TEST(limits_can_change),
        TEST(a_background_transfer_gives_way_at_once),
        TEST(nobody_gives_way_in_vain),
        TEST(a_dripping_transfer_gives_way_after_a_minute),
        TEST(where_nobody_can_give_up_a_slot_is_lent),
        TEST(a_host_lends_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
