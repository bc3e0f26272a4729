/* Bytes of the queue's lock: one holder at a time, free at once when it is gone. */
#include "unit.h"

#include "io/queue_lock.h"

struct fixture
{
    WCHAR folder[MAX_PATH];
    struct queue_lock *lock, *other; /* two handles are as two processes */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    unit_setup(state);
    *state = fixture;
    if (!fixture || !kit_make_folder(L"lock", fixture->folder))
        return -1;
    assert_hr(S_OK, queue_lock_open(fixture->folder, &fixture->lock));
    assert_hr(S_OK, queue_lock_open(fixture->folder, &fixture->other));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    queue_lock_close(fixture->lock);
    queue_lock_close(fixture->other);
    kit_remove_folder(fixture->folder);
    free(fixture);
    return unit_teardown(state);
}

static void a_byte_has_one_holder(void **state)
{
    static const UINT64 offsets[] = {QUEUE_LOCK_JOB(1), QUEUE_LOCK_JOB(0xffffffff),
                                     QUEUE_LOCK_PROCESS(1), QUEUE_LOCK_OPENING};
    struct fixture *fixture = *state;
    size_t i, j;

    for (i = 0; i < ARRAY_SIZE(offsets); i++)
    {
        assert_false(queue_lock_is_held(fixture->other, offsets[i]));
        assert_hr(S_OK, queue_lock_try(fixture->lock, offsets[i], false));
        assert_hr(S_FALSE, queue_lock_try(fixture->other, offsets[i], false));
        assert_hr(S_FALSE, queue_lock_try(fixture->other, offsets[i], true));
        assert_hr(S_FALSE, queue_lock_try(fixture->lock, offsets[i], false)); /* not twice, */
        assert_hr(S_FALSE, queue_lock_try(fixture->lock, offsets[i], true));  /* in no way */
        assert_true(queue_lock_is_held(fixture->lock, offsets[i]));
        assert_true(queue_lock_is_held(fixture->other, offsets[i]));
        for (j = 0; j < i; j++)
            assert_false(queue_lock_is_held(fixture->other, offsets[j]));
        queue_lock_drop(fixture->lock, offsets[i]);
        assert_hr(S_OK, queue_lock_try(fixture->other, offsets[i], false));
        queue_lock_drop(fixture->other, offsets[i]);
    }
}

static void a_byte_may_be_shared(void **state)
{
    struct fixture *fixture = *state;

    assert_hr(S_OK, queue_lock_try(fixture->lock, 7, true));
    assert_hr(S_OK, queue_lock_try(fixture->other, 7, true));
    assert_hr(S_FALSE, queue_lock_try(fixture->other, 7, false));
    queue_lock_drop(fixture->other, 7);
    queue_lock_drop(fixture->lock, 7);
    assert_hr(S_OK, queue_lock_try(fixture->other, 7, false));
    queue_lock_drop(fixture->other, 7);
}

static void closing_gives_everything_back(void **state)
{
    struct fixture *fixture = *state;

    assert_hr(S_OK, queue_lock_try(fixture->lock, 1, false));
    assert_hr(S_OK, queue_lock_try(fixture->lock, 2, false));
    queue_lock_close(fixture->lock);
    fixture->lock = NULL;
    assert_hr(S_OK, queue_lock_try(fixture->other, 1, false));
    assert_false(queue_lock_is_held(fixture->other, 2));
}

static void a_file_that_cannot_be_opened_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct queue_lock *lock = NULL;

    assert_hr(HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND),
              queue_lock_open(L"C:\\no such folder\\at all", &lock));
    fault_configure("open=1");
    assert_hr(E_ACCESSDENIED, queue_lock_open(fixture->folder, &lock));
    fault_configure("alloc=1");
    assert_hr(E_OUTOFMEMORY, queue_lock_open(fixture->folder, &lock));
    fault_configure("alloc=2");
    assert_hr(E_OUTOFMEMORY, queue_lock_open(fixture->folder, &lock));
    assert_null(lock);
    queue_lock_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_byte_has_one_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(a_byte_may_be_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_gives_everything_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_opened_is_said, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
