#include "unit.h"

#include <string.h>

static void a_block_counts_until_it_is_freed(void **state)
{
    LONG before = mem_live_blocks();
    void *block = mem_alloc(10);

    (void)state;
    assert_non_null(block);
    assert_int_equal(before + 1, mem_live_blocks());
    mem_free(block);
    assert_int_equal(before, mem_live_blocks());
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    mem_free(NULL);
}

static void freeing_keeps_the_last_error(void **state)
{
    (void)state;
    SetLastError(4711);
    mem_free(mem_alloc(1));
    assert_int_equal(4711, GetLastError());
}

static void zalloc_and_array_alloc_give_zeros(void **state)
{
    static const char zeros[4096];
    char *block = mem_zalloc(sizeof(zeros));
    char *array = mem_array_alloc(sizeof(zeros) / 8, 8);

    (void)state;
    assert_memory_equal(zeros, block, sizeof(zeros));
    assert_memory_equal(zeros, array, sizeof(zeros));
    mem_free(block);
    mem_free(array);
}

static void a_size_of_zero_gives_a_block(void **state)
{
    void *blocks[] = {mem_alloc(0), mem_zalloc(0), mem_array_alloc(0, 8), mem_realloc(NULL, 0)};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(blocks); i++)
    {
        assert_non_null(blocks[i]);
        mem_free(blocks[i]);
    }
}

static void a_product_that_wraps_is_refused(void **state)
{
    size_t capacity = 0;

    (void)state;
    SetLastError(0);
    assert_null(mem_array_alloc(SIZE_MAX / 2, 3));
    assert_int_equal(ERROR_OUTOFMEMORY, GetLastError());
    assert_null(mem_array_grow(NULL, &capacity, SIZE_MAX / 2, 3));
    assert_int_equal(0, capacity);
}

static void realloc_keeps_contents_and_count(void **state)
{
    LONG before = mem_live_blocks();
    char *block = mem_realloc(NULL, 4);

    (void)state;
    assert_non_null(block);
    memcpy(block, "abc", 4);
    block = mem_realloc(block, 100000);
    assert_non_null(block);
    assert_string_equal("abc", block);
    assert_int_equal(before + 1, mem_live_blocks());
    mem_free(block);
}

static void a_failed_realloc_leaves_the_block(void **state)
{
    char *block = mem_strdup("abc");

    (void)state;
    fault_configure("alloc=1");
    assert_null(mem_realloc(block, 100));
    assert_string_equal("abc", block);
    mem_free(block);
}

static void a_growing_array_has_room_and_at_least_doubles(void **state)
{
    size_t capacity = 0, last = 0, moves = 0, i;
    int *array = NULL;

    (void)state;
    for (i = 0; i < 1000; i++)
    {
        array = mem_array_grow(array, &capacity, i + 1, sizeof(*array));
        assert_non_null(array);
        assert_true(capacity > i);
        array[i] = (int)i;
        moves += capacity != last;
        last = capacity;
    }
    assert_true(moves <= 10);
    for (i = 0; i < 1000; i++)
        assert_int_equal(i, array[i]);
    mem_free(array);
}

static void a_failed_growth_leaves_the_array(void **state)
{
    size_t capacity = 0;
    int *array = mem_array_grow(NULL, &capacity, 1, sizeof(*array));
    size_t room = capacity;

    (void)state;
    array[0] = 7;
    fault_configure("alloc=*");
    assert_null(mem_array_grow(array, &capacity, room + 1, sizeof(*array)));
    assert_int_equal(room, capacity);
    assert_int_equal(7, array[0]);
    mem_free(array);
}

static void copies_are_equal_and_a_copy_of_null_is_null(void **state)
{
    WCHAR *wide = mem_wcsdup(L"wide");
    char *narrow = mem_strdup("");
    char *bytes = mem_dup("a\0b", 3);

    (void)state;
    assert_int_equal(0, wcscmp(L"wide", wide));
    assert_string_equal("", narrow);
    assert_memory_equal("a\0b", bytes, 3);
    assert_null(mem_wcsdup(NULL));
    assert_null(mem_strdup(NULL));
    mem_free(wide);
    mem_free(narrow);
    mem_free(bytes);
}

/* Each function in turn is the one whose allocation fails. */
static void each_function_reports_no_memory(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 7; i++)
    {
        size_t capacity = 0;
        void *block = &capacity;

        fault_configure("alloc=1");
        SetLastError(0);
        switch (i)
        {
        case 0:
            block = mem_alloc(1);
            break;
        case 1:
            block = mem_zalloc(1);
            break;
        case 2:
            block = mem_array_alloc(1, 1);
            break;
        case 3:
            block = mem_array_grow(NULL, &capacity, 1, 1);
            break;
        case 4:
            block = mem_strdup("x");
            break;
        case 5:
            block = mem_wcsdup(L"x");
            break;
        case 6:
            block = mem_dup("x", 1);
            break;
        }
        assert_null(block);
        assert_int_equal(ERROR_OUTOFMEMORY, GetLastError());
        block = mem_alloc(1);
        assert_non_null(block); /* only the first was to fail */
        mem_free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(a_block_counts_until_it_is_freed),
        unit_case(freeing_nothing_is_fine),
        unit_case(freeing_keeps_the_last_error),
        unit_case(zalloc_and_array_alloc_give_zeros),
        unit_case(a_size_of_zero_gives_a_block),
        unit_case(a_product_that_wraps_is_refused),
        unit_case(realloc_keeps_contents_and_count),
        unit_case(a_failed_realloc_leaves_the_block),
        unit_case(a_growing_array_has_room_and_at_least_doubles),
        unit_case(a_failed_growth_leaves_the_array),
        unit_case(copies_are_equal_and_a_copy_of_null_is_null),
        unit_case(each_function_reports_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
