/*
 * What a test of core needs: an open queue of its own, and the proof that nothing of it is left.
 * main() calls kit_process first.
 */
#ifndef TESTS_ENGINE_UNIT_H
#define TESTS_ENGINE_UNIT_H

#include "unit.h"

#include "core/job.h"
#include "core/runner.h"

#define engine_case(name)                                                                          \
    cmocka_unit_test_setup_teardown(name, engine_unit_setup, engine_unit_teardown)

static int engine_unit_setup(void **state)
{
    unit_setup(state);
    assert_int_equal(S_OK, engine_open());
    return 0;
}

static int engine_unit_teardown(void **state)
{
    fault_configure(NULL);
    engine_close();
    engine_clients_gone();
    unit_wait_threads();
    assert_false(engine_is_open());
    return unit_teardown(state);
}

/* Waits until no engine thread is there, and of our threads only the keeper: what sweeps the queue
 * after it was opened is done. */
static inline void engine_unit_wait_idle(void)
{
    ULONGLONG deadline = GetTickCount64() + UNIT_LIMIT;

    engine_clients_gone();
    while ((runner_is_there() || thread_live() > unit_before.threads + 1) &&
           GetTickCount64() < deadline)
        kit_pass(1);
    assert_false(runner_is_there());
}

/* Cancels and releases it. */
static inline void engine_unit_end(struct job *job)
{
    assert_int_equal(S_OK, engine_cancel_job(job));
    job_release(job);
}

#endif
