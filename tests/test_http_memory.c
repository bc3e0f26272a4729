/* libcurl's memory: receive buffers are kept for the next transfer, the rest comes and goes. */
#include "unit.h"

#include "io/http_memory.h"

#include <string.h>

#define LARGE ((size_t)256 << 10)
#define LARGER ((size_t)1 << 20)
#define MANY 20 /* more than are kept */

static int teardown(void **state)
{
    fault_configure(NULL);
    http_memory_drop();
    return unit_teardown(state);
}

static void a_large_block_is_kept(void **state)
{
    LONG before = mem_live_blocks();
    void *first = http_memory_alloc(LARGE), *second;

    (void)state;
    http_memory_free(first);
    assert_int_equal(before + 1, mem_live_blocks());
    assert_ptr_equal(first, http_memory_alloc(LARGE));
    second = http_memory_alloc(LARGE);
    assert_ptr_not_equal(first, second);
    assert_int_equal(before + 2, mem_live_blocks());
    http_memory_free(first);
    assert_int_equal(before + 2, mem_live_blocks());
    assert_ptr_equal(first, http_memory_alloc(LARGE));
    http_memory_free(first);
    http_memory_free(second);
}

static void a_small_block_is_not(void **state)
{
    LONG before = mem_live_blocks();

    (void)state;
    http_memory_free(http_memory_alloc(1000));
    http_memory_free(http_memory_calloc(10, 100));
    http_memory_free(NULL);
    assert_int_equal(before, mem_live_blocks());
}

static void a_block_has_the_size_that_was_asked_for(void **state)
{
    char *block = http_memory_alloc(LARGE);

    (void)state;
    http_memory_free(block);
    assert_non_null(block = http_memory_alloc(LARGER));
    memset(block, 1, LARGER);
    http_memory_free(block);
}

static void more_blocks_than_are_kept_come_and_go(void **state)
{
    LONG before = mem_live_blocks(), kept;
    void *blocks[MANY];
    size_t i;

    (void)state;
    for (i = 0; i < MANY; i++)
        assert_non_null(blocks[i] = http_memory_alloc(LARGE));
    assert_int_equal(before + MANY, mem_live_blocks());
    for (i = 0; i < MANY; i++)
        http_memory_free(blocks[i]);
    kept = mem_live_blocks() - before;
    assert_in_range(kept, 1, MANY - 1);
    for (i = 0; i < MANY; i++) /* of another size: they take the places */
        assert_non_null(blocks[i] = http_memory_alloc(LARGER));
    assert_int_equal(before + MANY, mem_live_blocks());
    for (i = 0; i < MANY; i++)
        http_memory_free(blocks[i]);
    assert_int_equal(before + kept, mem_live_blocks());
    http_memory_drop();
    assert_int_equal(before, mem_live_blocks());
}

static void a_kept_block_may_grow_and_shrink(void **state)
{
    LONG before = mem_live_blocks();
    char *block = http_memory_alloc(LARGE);

    (void)state;
    memset(block, 'x', LARGE);
    assert_non_null(block = http_memory_realloc(block, LARGER));
    assert_int_equal('x', block[LARGE - 1]);
    assert_non_null(block = http_memory_realloc(block, 10));
    assert_int_equal('x', block[9]);
    http_memory_free(block);
    block = http_memory_alloc(LARGE); /* the first one, which is free again */
    assert_int_equal(before + 1, mem_live_blocks());
    memset(block, 'y', LARGE);
    assert_non_null(block = http_memory_realloc(block, 10));
    assert_int_equal('y', block[9]);
    http_memory_free(block);
    http_memory_free(http_memory_realloc(NULL, 10));
    assert_int_equal(before + 1, mem_live_blocks());
}

static void without_memory_nothing_is_lost(void **state)
{
    LONG before = mem_live_blocks();
    char *block;

    (void)state;
    fault_configure("alloc=*");
    assert_null(http_memory_alloc(LARGE));
    assert_null(http_memory_alloc(10));
    fault_configure(NULL);
    assert_int_equal(before, mem_live_blocks());
    block = http_memory_alloc(LARGE);
    memset(block, 'x', LARGE);
    fault_configure("alloc=*");
    assert_null(http_memory_realloc(block, LARGER));
    assert_int_equal('x', block[LARGE - 1]);
    http_memory_free(block);
    assert_ptr_equal(block, http_memory_alloc(LARGE));
    http_memory_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_block_is_kept, unit_setup, teardown),
        cmocka_unit_test_setup_teardown(a_small_block_is_not, unit_setup, teardown),
        cmocka_unit_test_setup_teardown(a_block_has_the_size_that_was_asked_for, unit_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(more_blocks_than_are_kept_come_and_go, unit_setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_kept_block_may_grow_and_shrink, unit_setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_lost, unit_setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
