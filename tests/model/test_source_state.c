#include "model/source_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct failure_info refused = {.kind = FAILURE_CONNECT};
static const struct failure_info reset = {.kind = FAILURE_CONNECTION_RESET};
static const struct failure_info busy = {.kind = FAILURE_HTTP_STATUS, .http_status = 503};
static const struct failure_info missing = {.kind = FAILURE_HTTP_STATUS, .http_status = 404};
static const struct failure_info damaged = {.kind = FAILURE_DIGEST_MISMATCH};

static const struct source_world one = {.named = 1};
static const struct source_world three = {.named = 3};
static const struct source_world cached = {.named = 1, .caches = true, .caches_usable = true};
static const struct source_world all_banned = {.named = 1, .caches = true};

/* Asks once, and fails so. */
static enum source_next ask(struct source_state *state, const struct source_world *world,
                            int expected, const struct failure_info *failure)
{
    assert_int_equal(expected, source_choose(state, world));
    return source_failed(state, world, expected, failure, failure_is_transient(failure), false);
}

static void a_single_source_is_waited_for(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_WAIT, ask(&source, &one, 0, &busy));
    assert_int_equal(SOURCE_WAIT, ask(&source, &one, 0, &refused));
    assert_int_equal(SOURCE_FAIL, ask(&source, &one, 0, &missing));
}

static void mirrors_take_over_at_once_and_each_once(void **state)
{
    struct source_state source = {0};
    int round;

    (void)state;
    for (round = 0; round < 3; round++)
    {
        assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 0, &reset));
        assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 1, &busy));
        assert_int_equal(SOURCE_WAIT, ask(&source, &three, 2, &reset));
    }
}

static void a_mirror_that_lacks_the_file_is_not_asked_again(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 0, &missing));
    assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 1, &reset));
    assert_int_equal(SOURCE_WAIT, ask(&source, &three, 2, &missing));
    assert_int_equal(SOURCE_FAIL, ask(&source, &three, 1, &missing));
}

static void a_full_disk_is_no_reason_to_ask_elsewhere(void **state)
{
    static const struct failure_info full = {.kind = FAILURE_LOCAL_FILE};
    static const struct failure_info proxy = {.kind = FAILURE_HTTP_STATUS, .http_status = 407};
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_FAIL, ask(&source, &three, 0, &full));
    assert_int_equal(SOURCE_FAIL, ask(&source, &three, 0, &proxy));
    assert_int_equal(0, source_choose(&source, &three));
}

static void the_first_failure_of_a_cache_leads_to_the_origin(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &busy));
    assert_int_equal(SOURCE_WAIT, ask(&source, &cached, 0, &busy));
    assert_int_equal(SOURCE_WAIT, ask(&source, &cached, 0, &busy)); /* twice: the cache's turn */
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &busy));
    assert_int_equal(0, source_choose(&source, &cached));
}

static void progress_keeps_the_origin(void **state)
{
    struct source_state source = {0};
    int i;

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &busy));
    for (i = 0; i < 5; i++)
    {
        assert_int_equal(0, source_choose(&source, &cached));
        assert_int_equal(SOURCE_WAIT, source_failed(&source, &cached, 0, &reset, true, true));
    }
}

static void a_cache_that_is_down_leaves_its_urls_to_the_next(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &refused));
    assert_int_equal(SOURCE_CACHE, source_choose(&source, &cached)); /* another is usable */
    assert_int_equal(SOURCE_AGAIN,
                     source_failed(&source, &all_banned, SOURCE_CACHE, &refused, true, false));
    assert_int_equal(0, source_choose(&source, &all_banned));
}

static void banned_caches_are_not_asked(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(0, source_choose(&source, &all_banned));
}

static void with_a_delay_the_cache_is_waited_for_until_it_is_over(void **state)
{
    struct source_world world = cached;
    struct source_state source = {0};

    (void)state;
    world.delay_ms = 60000;
    world.now_ms = 5000;
    assert_int_equal(SOURCE_WAIT, ask(&source, &world, SOURCE_CACHE, &refused));
    world.caches_usable = false;
    world.now_ms = 64999;
    assert_int_equal(SOURCE_WAIT, ask(&source, &world, SOURCE_CACHE, &refused));
    world.now_ms = 65000;
    world.caches_usable = true;
    assert_int_equal(0, source_choose(&source, &world));
    world.delay_ms = 600000;
    assert_int_equal(0, source_choose(&source, &world)); /* for good */
}

static void with_a_delay_a_refusal_leads_to_the_origin_at_once(void **state)
{
    struct source_world world = cached;
    struct source_state source = {0};

    (void)state;
    world.delay_ms = 60000;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &world, SOURCE_CACHE, &missing));
    assert_int_equal(0, source_choose(&source, &world));
}

static void without_a_fallback_a_refusal_is_the_end(void **state)
{
    struct source_world world = cached;
    struct source_state source = {0};

    (void)state;
    world.delay_ms = SOURCE_DELAY_NEVER;
    world.now_ms = UINT64_MAX - 1;
    assert_int_equal(SOURCE_WAIT, ask(&source, &world, SOURCE_CACHE, &refused));
    assert_int_equal(SOURCE_FAIL, ask(&source, &world, SOURCE_CACHE, &missing));
}

static void damaged_bytes_of_a_cache_are_fetched_from_the_origin_once(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &damaged));
    assert_true(source.fresh);
    assert_int_equal(SOURCE_FAIL, ask(&source, &cached, 0, &damaged));
}

static void the_cache_is_to_blame_for_what_the_origin_only_finished(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, SOURCE_CACHE, &reset));
    assert_int_equal(SOURCE_AGAIN, ask(&source, &cached, 0, &damaged));
    assert_true(source.fresh);
    assert_int_equal(SOURCE_FAIL, ask(&source, &cached, 0, &damaged));
}

static void a_damaged_mirror_is_left_for_another(void **state)
{
    struct source_state source = {0};

    (void)state;
    assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 0, &damaged));
    assert_int_equal(SOURCE_AGAIN, ask(&source, &three, 1, &damaged));
    assert_int_equal(SOURCE_FAIL, ask(&source, &three, 2, &damaged));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_source_is_waited_for),
        cmocka_unit_test(mirrors_take_over_at_once_and_each_once),
        cmocka_unit_test(a_mirror_that_lacks_the_file_is_not_asked_again),
        cmocka_unit_test(a_full_disk_is_no_reason_to_ask_elsewhere),
        cmocka_unit_test(the_first_failure_of_a_cache_leads_to_the_origin),
        cmocka_unit_test(progress_keeps_the_origin),
        cmocka_unit_test(a_cache_that_is_down_leaves_its_urls_to_the_next),
        cmocka_unit_test(banned_caches_are_not_asked),
        cmocka_unit_test(with_a_delay_the_cache_is_waited_for_until_it_is_over),
        cmocka_unit_test(with_a_delay_a_refusal_leads_to_the_origin_at_once),
        cmocka_unit_test(without_a_fallback_a_refusal_is_the_end),
        cmocka_unit_test(damaged_bytes_of_a_cache_are_fetched_from_the_origin_once),
        cmocka_unit_test(the_cache_is_to_blame_for_what_the_origin_only_finished),
        cmocka_unit_test(a_damaged_mirror_is_left_for_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
