#include "model/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT 2000

static struct heap_node nodes[COUNT];

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void assert_sorted(struct heap *heap, size_t count)
{
    uint64_t last = 0;

    assert_int_equal(count, heap->count);
    while (heap->first)
    {
        struct heap_node *first = heap->first;

        assert_true(first->key >= last);
        last = first->key;
        heap_remove(heap, first);
        assert_false(first->in_heap);
        count--;
    }
    assert_int_equal(0, count);
    assert_int_equal(0, heap->count);
}

static void the_smallest_comes_first(void **state)
{
    struct heap heap = {0};
    uint32_t seed = 1;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT; i++)
        heap_add(&heap, &nodes[i], next_random(&seed) % 500);
    assert_sorted(&heap, COUNT);
}

static void any_node_can_be_taken_out_or_moved(void **state)
{
    struct heap heap = {0};
    uint32_t seed = 2, round;
    size_t i, count = COUNT;

    (void)state;
    for (i = 0; i < COUNT; i++)
        heap_add(&heap, &nodes[i], i);
    for (round = 0; round < 20000; round++)
    {
        struct heap_node *node = &nodes[next_random(&seed) % COUNT];

        switch (next_random(&seed) % 3)
        {
        case 0:
            count -= node->in_heap;
            heap_remove(&heap, node);
            break;
        case 1:
            count += !node->in_heap;
            heap_move(&heap, node, next_random(&seed));
            break;
        default: /* as the times of jobs are looked at */
            heap_move(&heap, heap.first, heap.first->key + next_random(&seed) % 100);
            break;
        }
        assert_int_equal(count, heap.count);
    }
    assert_sorted(&heap, count);
}

static void nothing_comes_of_a_node_that_is_in_no_heap(void **state)
{
    struct heap heap = {0};
    struct heap_node node = {0};

    (void)state;
    heap_remove(&heap, &node);
    assert_int_equal(0, heap.count);
    heap_add(&heap, &node, UINT64_MAX);
    heap_move(&heap, &node, UINT64_MAX);
    assert_int_equal(1, heap.count);
    heap_remove(&heap, &node);
    assert_null(heap.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_comes_first),
        cmocka_unit_test(any_node_can_be_taken_out_or_moved),
        cmocka_unit_test(nothing_comes_of_a_node_that_is_in_no_heap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
