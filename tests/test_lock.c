#include "unit.h"

#include "base/lock.h"

static struct lock engine = LOCK_INIT(LOCK_ENGINE);
static struct lock leaf = LOCK_INIT(LOCK_LEAF);

static void locks_are_taken_in_order_and_all_are_dropped(void **state)
{
    (void)state;
    lock_take_shared(&engine);
    lock_take(&leaf);
    lock_drop(&leaf);
    lock_drop_shared(&engine);
    lock_take(&engine);
    lock_drop(&engine);
    assert_true(lock_none_held());
}

#ifndef NDEBUG
static void a_debug_build_knows_what_this_thread_holds(void **state)
{
    (void)state;
    assert_true(lock_none_held());
    lock_take_shared(&engine);
    assert_false(lock_none_held());
    lock_take(&leaf);
    lock_drop_shared(&engine);
    assert_false(lock_none_held());
    lock_drop(&leaf);
    assert_true(lock_none_held());
}

static void asking_keeps_the_last_error(void **state)
{
    (void)state;
    SetLastError(4711);
    lock_take(&leaf);
    lock_drop(&leaf);
    assert_true(lock_none_held());
    assert_int_equal(4711, GetLastError());
}
#endif

/* The counter's lock is what keeps it right. */
static void exclude(void *counter)
{
    int i;

    for (i = 0; i < 10000; i++)
    {
        lock_take(&leaf);
        *(volatile int *)counter += 1;
        lock_drop(&leaf);
    }
}

static void a_lock_excludes(void **state)
{
    HANDLE threads[3];
    int counter = 0;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(S_OK, thread_start("excludes", exclude, &counter, &threads[i]));
    assert_int_equal(WAIT_OBJECT_0, WaitForMultipleObjects(3, threads, TRUE, UNIT_LIMIT));
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        handle_close(threads[i]);
    assert_int_equal(30000, counter);
}

static void a_wait_without_a_wake_ends_and_holds_the_lock_again(void **state)
{
    CONDITION_VARIABLE never = CONDITION_VARIABLE_INIT;
    struct lock lock;

    (void)state;
    lock_init(&lock, LOCK_LEAF);
    lock_take(&lock);
    while (lock_wait(&lock, &never, 10)) /* but for wakes without cause */
        ;
    assert_false(TryAcquireSRWLockExclusive(&lock.srw));
    lock_drop(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(locks_are_taken_in_order_and_all_are_dropped),
#ifndef NDEBUG
        unit_case(a_debug_build_knows_what_this_thread_holds),
        unit_case(asking_keeps_the_last_error),
#endif
        unit_case(a_lock_excludes),
        unit_case(a_wait_without_a_wake_ends_and_holds_the_lock_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
