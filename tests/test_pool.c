/* Buffers: never more than the budget, never less than asked for. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/mem.h"
#include "io/pool.h"

static LONG blocks;

static int setup(void **state)
{
    fault_configure("");
    blocks = mem_live_blocks();
    return pool_open((struct pool **)state);
}

static int teardown(void **state)
{
    fault_configure("");
    pool_close(*state);
    return mem_live_blocks() == blocks ? 0 : -1;
}

static void a_buffer_is_as_large_as_wanted(void **state)
{
    static const size_t sizes[] = {1, 4096, POOL_BLOCK - 1, POOL_BLOCK};
    struct pool_buffer *buffer;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        assert_int_equal(S_OK, pool_get(*state, sizes[i], &buffer));
        assert_true(buffer->capacity >= sizes[i]);
        assert_int_equal(0, buffer->used);
        memset(buffer->data, 1, sizes[i]);
        buffer->used = sizes[i];
        pool_put(*state, buffer);
    }
    pool_put(*state, NULL);
}

#define BUDGET_BLOCKS (POOL_BUDGET / POOL_BLOCK)
#define ALL_BLOCKS ((POOL_BUDGET + POOL_SPARE) / POOL_BLOCK)

static void budget_and_spare_are_never_exceeded(void **state)
{
    struct pool_buffer *buffers[ALL_BLOCKS];
    struct pool_buffer *one_more;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(buffers); i++)
    {
        assert_int_equal(i < BUDGET_BLOCKS, pool_has(*state, POOL_BLOCK));
        assert_int_equal(S_OK, pool_get(*state, POOL_BLOCK, &buffers[i]));
    }
    assert_false(pool_has(*state, 1));
    assert_int_equal(S_FALSE, pool_get(*state, 1, &one_more));
    assert_null(one_more);
    pool_put(*state, buffers[0]);
    assert_false(pool_has(*state, POOL_BLOCK));
    assert_int_equal(S_OK, pool_get(*state, 1, &one_more));
    assert_int_equal(S_FALSE, pool_get(*state, POOL_BLOCK, &buffers[0]));
    pool_put(*state, one_more);
    assert_int_equal(S_OK, pool_get(*state, POOL_BLOCK, &buffers[0]));
    for (i = 0; i < ARRAY_SIZE(buffers); i++)
        pool_put(*state, buffers[i]);
}

static void whole_blocks_are_used_again(void **state)
{
    struct pool_buffer *first;
    struct pool_buffer *second;

    assert_int_equal(S_OK, pool_get(*state, POOL_BLOCK, &first));
    first->used = 5;
    pool_put(*state, first);
    assert_int_equal(S_OK, pool_get(*state, POOL_BLOCK, &second));
    assert_ptr_equal(first, second);
    assert_int_equal(0, second->used);
    pool_put(*state, second);
}

static void a_failed_allocation_costs_no_budget(void **state)
{
    struct pool_buffer *buffers[ALL_BLOCKS];
    size_t i;

    fault_configure("alloc=1");
    assert_int_equal(E_OUTOFMEMORY, pool_get(*state, POOL_BLOCK, &buffers[0]));
    assert_null(buffers[0]);
    fault_configure("alloc=2");
    assert_int_equal(E_OUTOFMEMORY, pool_get(*state, POOL_BLOCK, &buffers[0]));
    for (i = 0; i < ARRAY_SIZE(buffers); i++)
        assert_int_equal(S_OK, pool_get(*state, POOL_BLOCK, &buffers[i]));
    for (i = 0; i < ARRAY_SIZE(buffers); i++)
        pool_put(*state, buffers[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_buffer_is_as_large_as_wanted),
        TEST(budget_and_spare_are_never_exceeded),
        TEST(whole_blocks_are_used_again),
        TEST(a_failed_allocation_costs_no_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
