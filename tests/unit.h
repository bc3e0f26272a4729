/*
 * What a test of one source file needs: cmocka, and a fixture that finds that nothing lives on.
 * Assertions belong to the test's own thread: cmocka ends the process silently when one fails
 * elsewhere.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "base/platform.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "testkit/kit.h"

#define UNIT_LIMIT 10000 /* ms: how long a test waits for what must come */

#define unit_case(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

static struct
{
    LONG blocks, handles, threads;
} unit_before;

static int unit_setup(void **state)
{
    (void)state;
    fault_configure(NULL);
    unit_before.blocks = mem_live_blocks();
    unit_before.handles = handle_live();
    unit_before.threads = thread_live();
    return 0;
}

/* Threads that nobody joins end on their own. */
static inline void unit_wait_threads(void)
{
    ULONGLONG deadline = GetTickCount64() + UNIT_LIMIT;

    while (thread_live() > unit_before.threads && GetTickCount64() < deadline)
        kit_pass(1);
}

static int unit_teardown(void **state)
{
    (void)state;
    fault_configure(NULL);
    assert_int_equal(unit_before.blocks, mem_live_blocks());
    assert_int_equal(unit_before.handles, handle_live());
    assert_int_equal(unit_before.threads, thread_live());
    return 0;
}

#endif
