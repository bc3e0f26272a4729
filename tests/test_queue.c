#include "unit.h"

#include "base/clock.h"
#include "base/queue.h"

struct item
{
    struct queue_node node;
    int value;
};

static struct item *item_from(struct queue_node *node)
{
    return CONTAINER_OF(node, struct item, node);
}

static void first_in_is_first_out(void **state)
{
    struct item items[3] = {{{NULL}, 0}, {{NULL}, 1}, {{NULL}, 2}};
    struct queue queue;
    int round, i;

    (void)state;
    queue_init(&queue);
    for (round = 0; round < 2; round++)
    {
        for (i = 0; i < 3; i++)
            assert_true(queue_push(&queue, &items[i].node));
        for (i = 0; i < 3; i++)
            assert_int_equal(i, item_from(queue_pop(&queue, 0))->value);
        assert_null(queue_pop(&queue, 0));
    }
}

static void pop_all_gives_a_chain_in_order(void **state)
{
    struct item items[3] = {{{NULL}, 0}, {{NULL}, 1}, {{NULL}, 2}};
    struct queue_node *node;
    struct queue queue;
    int i;

    (void)state;
    queue_init(&queue);
    assert_null(queue_pop_all(&queue, 0));
    for (i = 0; i < 3; i++)
        queue_push(&queue, &items[i].node);
    node = queue_pop_all(&queue, 0);
    for (i = 0; i < 3; i++, node = node->next)
        assert_ptr_equal(&items[i].node, node);
    assert_null(node);
    assert_null(queue_pop(&queue, 0));
    queue_push(&queue, &items[0].node);
    assert_ptr_equal(&items[0].node, queue_pop(&queue, 0));
}

static void an_empty_queue_is_waited_for_and_no_longer_than_asked(void **state)
{
    UINT64 begin = clock_us();
    struct queue queue;

    (void)state;
    queue_init(&queue);
    assert_null(queue_pop(&queue, 50));
    assert_in_range(clock_us() - begin, 50 * 1000, UNIT_LIMIT * 1000);
}

static void a_closed_queue_gives_what_is_left_and_takes_nothing(void **state)
{
    struct item left = {{NULL}, 1}, late = {{NULL}, 2};
    struct queue queue;

    (void)state;
    queue_init(&queue);
    queue_push(&queue, &left.node);
    queue_close(&queue);
    queue_close(&queue);
    assert_false(queue_push(&queue, &late.node));
    assert_ptr_equal(&left.node, queue_pop(&queue, INFINITE));
    assert_null(queue_pop(&queue, INFINITE));
    assert_null(queue_pop_all(&queue, INFINITE));
}

/* A popper and what it got. */
struct popper
{
    struct queue *queue;
    volatile LONG count, sum;
    HANDLE thread;
};

static void pop_until_closed(void *context)
{
    struct popper *popper = context;
    struct queue_node *node;

    while ((node = queue_pop(popper->queue, INFINITE)))
    {
        popper->count++;
        popper->sum += item_from(node)->value;
    }
}

static void start_popper(struct popper *popper, struct queue *queue)
{
    popper->queue = queue;
    popper->count = popper->sum = 0;
    assert_int_equal(S_OK, thread_start("pops", pop_until_closed, popper, &popper->thread));
}

static void join_popper(struct popper *popper)
{
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(popper->thread, UNIT_LIMIT));
    handle_close(popper->thread);
}

static void closing_wakes_every_popper(void **state)
{
    struct popper poppers[3];
    struct queue queue;
    size_t i;

    (void)state;
    queue_init(&queue);
    for (i = 0; i < ARRAY_SIZE(poppers); i++)
        start_popper(&poppers[i], &queue);
    kit_pass(20); /* most likely they wait by now; either way they must end */
    queue_close(&queue);
    for (i = 0; i < ARRAY_SIZE(poppers); i++)
        join_popper(&poppers[i]);
}

static void many_threads_lose_and_double_nothing(void **state)
{
    enum
    {
        COUNT = 2000
    };
    struct item *items = mem_array_alloc(COUNT, sizeof(*items));
    struct popper poppers[3];
    LONG count = 0, sum = 0;
    struct queue queue;
    size_t i;

    (void)state;
    queue_init(&queue);
    for (i = 0; i < ARRAY_SIZE(poppers); i++)
        start_popper(&poppers[i], &queue);
    for (i = 0; i < COUNT; i++)
    {
        items[i].value = (int)i;
        queue_push(&queue, &items[i].node);
    }
    queue_close(&queue);
    for (i = 0; i < ARRAY_SIZE(poppers); i++)
    {
        join_popper(&poppers[i]);
        count += poppers[i].count;
        sum += poppers[i].sum;
    }
    assert_int_equal(COUNT, count);
    assert_int_equal(COUNT * (COUNT - 1) / 2, sum);
    mem_free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(first_in_is_first_out),
        unit_case(pop_all_gives_a_chain_in_order),
        unit_case(an_empty_queue_is_waited_for_and_no_longer_than_asked),
        unit_case(a_closed_queue_gives_what_is_left_and_takes_nothing),
        unit_case(closing_wakes_every_popper),
        unit_case(many_threads_lose_and_double_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
