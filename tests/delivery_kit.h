/*
 * What the tests of callback delivery share: a fake job, a recorder, and a teardown that finds that
 * nothing lives on.
 */
#ifndef TESTS_DELIVERY_KIT_H
#define TESTS_DELIVERY_KIT_H

#include "base/platform.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/thread.h"
#include "com/stubs.h"
#include "fake_job.h"
#include "testkit/recorder.h"

#include <stdlib.h>

/* 5 s are 50 ms, and 500 ms are 5. */
#define FAST_CLOCK "clock=100"

#define ALL_FLAGS                                                                                  \
    (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION |                \
     BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED)

struct fixture
{
    struct fake_job *fake;
    IBackgroundCopyJob *job; /* its face */
    struct recorder *recorder;
    LONG blocks, handles, threads, objects;
};

/* Waits until the counter is at most what it was. */
static inline bool settles(LONG (*count)(void), LONG before)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (count() > before && GetTickCount64() < deadline)
        kit_pass(1);
    return count() == before;
}

/* Waits until the number becomes what it is to be. */
static inline bool becomes(LONG (*count)(void *), void *context, LONG expected)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (count(context) != expected && GetTickCount64() < deadline)
        kit_pass(1);
    return count(context) == expected;
}

static inline int delivery_setup_in(void **state, DWORD apartment)
{
    struct fixture *fixture;

    fault_configure(NULL);
    CoInitializeEx(NULL, apartment);
    fixture = calloc(1, sizeof(*fixture));
    fixture->blocks = mem_live_blocks();
    fixture->handles = handle_live();
    fixture->threads = thread_live();
    fixture->objects = module_objects_live();
    fault_configure(FAST_CLOCK);
    fixture->fake = fake_job_create();
    fixture->job = fake_job_face(fixture->fake);
    fixture->recorder = recorder_create();
    *state = fixture;
    return 0;
}

static inline int delivery_setup(void **state)
{
    return delivery_setup_in(state, COINIT_MULTITHREADED);
}

static inline int delivery_setup_sta(void **state)
{
    return delivery_setup_in(state, COINIT_APARTMENTTHREADED);
}

/* Lets go of job and recorder, if the test has not: both must be the test's alone by then. */
static inline int delivery_teardown(void **state)
{
    struct fixture *fixture = *state;

    fault_configure(NULL);
    if (fixture->job)
    {
        IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL);
        assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
        IBackgroundCopyJob_Release(fixture->job);
    }
    assert_true(settles(thread_live, fixture->threads));
    assert_true(settles(module_objects_live, fixture->objects));
    assert_int_equal(fixture->blocks, mem_live_blocks());
    assert_int_equal(fixture->handles, handle_live());
    assert_false(stubs_in_use());
    if (fixture->recorder)
        recorder_release(fixture->recorder);
    free(fixture);
    CoUninitialize();
    return 0;
}

#define delivery_case(name) cmocka_unit_test_setup_teardown(name, delivery_setup, delivery_teardown)

#define delivery_case_sta(name)                                                                    \
    cmocka_unit_test_setup_teardown(name, delivery_setup_sta, delivery_teardown)

/* Gives deliveries that must not come the time to come. */
static inline void settle(void)
{
    kit_pass(60);
}

static inline unsigned int count(struct fixture *fixture, enum record_kind kind)
{
    return recorder_count(fixture->recorder, kind);
}

static inline bool comes(struct fixture *fixture, enum record_kind kind, unsigned int times)
{
    return recorder_wait(fixture->recorder, kind, times, KIT_LIMIT);
}

static inline struct record record_at(struct fixture *fixture, unsigned int n)
{
    struct record record;

    memset(&record, 0, sizeof(record));
    assert_true(recorder_get(fixture->recorder, RECORD_KIND_COUNT, n, &record));
    return record;
}

static inline LONG job_references(void *context)
{
    return fake_job_references(context);
}

/* Registers with each thing a registration needs failing in turn, until it works, and ends it. A
 * failure lets go of the recorder within `ms`. */
static inline void register_despite_failures(struct fixture *fixture, unsigned int ms)
{
    static const char *const points[] = {"alloc", "thread", "handle"};
    char script[64];
    HRESULT hr;
    size_t i;
    int n;

    for (i = 0; i < ARRAY_SIZE(points); i++)
    {
        for (n = 1, hr = E_FAIL; FAILED(hr); n++)
        {
            assert_true(n < 20);
            assert_true(settles(thread_live, fixture->threads));
            snprintf(script, sizeof(script), "clock=100;%s=%d", points[i], n);
            fault_configure(script);
            hr = IBackgroundCopyJob_SetNotifyInterface(fixture->job,
                                                       recorder_unknown(fixture->recorder));
            fault_configure(FAST_CLOCK);
            if (FAILED(hr))
                assert_true(recorder_wait_released(fixture->recorder, ms));
        }
        assert_hr(S_OK, IBackgroundCopyJob_SetNotifyInterface(fixture->job, NULL));
        assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    }
}

/* Callbacks that stop inside until they are let go; a hook. */
struct gate
{
    HANDLE entered; /* auto-reset */
    HANDLE open;    /* manual-reset */
    LONG inside;
    LONG most; /* that were inside at once */
};

static inline void gate_init(struct gate *gate)
{
    memset(gate, 0, sizeof(*gate));
    gate->entered = CreateEventW(NULL, FALSE, FALSE, NULL);
    gate->open = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static inline void gate_cleanup(struct gate *gate)
{
    CloseHandle(gate->entered);
    CloseHandle(gate->open);
}

static inline HRESULT gate_hook(struct recorder *recorder, const struct record *record,
                                void *context)
{
    struct gate *gate = context;
    LONG inside = InterlockedIncrement(&gate->inside);

    (void)recorder;
    (void)record;
    if (inside > gate->most)
        gate->most = inside;
    SetEvent(gate->entered);
    WaitForSingleObject(gate->open, KIT_LIMIT);
    InterlockedDecrement(&gate->inside);
    return S_OK;
}

static inline bool gate_wait(struct gate *gate)
{
    return WaitForSingleObject(gate->entered, KIT_LIMIT) == WAIT_OBJECT_0;
}

#endif
