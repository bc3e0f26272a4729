/* A thousand single-threaded apartments that register, are told, and end; 40 in a process, because
 * under Wine 8 the 63rd that marshals anything never comes back from it (docs/notifications.md).
 * The processes are this program with an argument; they share the parent's queue, one after the
 * other. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <stdlib.h>

#define PROCESSES 25
#define APARTMENTS 40 /* of each process */
#define LANES 4       /* of apartments that live at the same time, each with a job of its own */
#define CHILD_LIMIT (4 * KIT_LIMIT)
/* Wine 8 loses a call into an STA now and then, one in some ten thousand, though the STA pumps: the
 * caller waits for ever. What is ours to get wrong is wrong in each try. */
#define TRIES 3

/* How an apartment leaves its registration. */
enum leaving
{
    LEAVE_CLEARED, /* by itself */
    LEAVE_AS_IT_IS,
    LEAVE_UNTOLD,    /* nothing has come, and nothing will */
    LEAVE_CANCELLED, /* the job, which is its own */
    LEAVE_COMPLETED, /* the same, after it was told */
    LEAVE_WAYS
};

#define TURNS (APARTMENTS / LANES) /* of a lane */

struct lane
{
    IBackgroundCopyJob *told;        /* TRANSFERRED: who registers is told at once */
    IBackgroundCopyJob *silent;      /* SUSPENDED */
    IBackgroundCopyJob *ends[TURNS]; /* of the apartments that end their job; NULL for the others */
    struct recorder *recorder;       /* of the present apartment */
    IBackgroundCopyJob *job;
    enum leaving leaving;
    unsigned int told_count;
    const char *failure; /* the first one; the lane ends with it */
};

static void fail_lane(struct lane *lane, const char *what)
{
    if (!lane->failure)
        lane->failure = what;
}

static void pump_what_is_there(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

/* How the apartment lets go of its callback: what failed, or NULL. */
static const char *leave(struct lane *lane)
{
    switch (lane->leaving)
    {
    case LEAVE_CLEARED:
        if (FAILED(IBackgroundCopyJob_SetNotifyInterface(lane->job, NULL)))
            return "SetNotifyInterface(NULL)";
        break;
    case LEAVE_CANCELLED:
        if (FAILED(IBackgroundCopyJob_Cancel(lane->job)))
            return "Cancel";
        break;
    case LEAVE_COMPLETED:
        if (FAILED(IBackgroundCopyJob_Complete(lane->job)))
            return "Complete";
        break;
    case LEAVE_AS_IT_IS:
    case LEAVE_UNTOLD:
    case LEAVE_WAYS:
        return NULL;
    }
    return recorder_references(lane->recorder) == 1 ? NULL : "it returned, the callback is held";
}

static DWORD WINAPI apartment_main(void *context)
{
    struct lane *lane = context;
    bool told = lane->leaving != LEAVE_UNTOLD && lane->leaving != LEAVE_CANCELLED;
    const char *failure = NULL;

    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
        fail_lane(lane, "CoInitializeEx");
    else if (FAILED(IBackgroundCopyJob_SetNotifyInterface(lane->job,
                                                          recorder_unknown(lane->recorder))))
        fail_lane(lane, "SetNotifyInterface");
    else if (told && !recorder_wait(lane->recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT))
        fail_lane(lane, "JobTransferred did not come");
    else
    {
        if (!told)
            pump_what_is_there();
        if ((failure = leave(lane)))
            fail_lane(lane, failure);
    }
    CoUninitialize();
    return 0;
}

static void live_in_an_apartment(struct lane *lane)
{
    HANDLE thread;

    lane->recorder = recorder_create();
    thread = CreateThread(NULL, 0, apartment_main, lane, 0, NULL);
    if (WaitForSingleObject(thread, 2 * KIT_LIMIT) != WAIT_OBJECT_0)
        fail_lane(lane, "the apartment does not end");
    CloseHandle(thread);
    if (!lane->failure && !recorder_wait_released(lane->recorder, KIT_LIMIT))
        fail_lane(lane, "the callback is held");
    lane->told_count += recorder_count(lane->recorder, RECORD_TRANSFERRED);
    if (!lane->failure) /* else somebody may still have it */
        recorder_release(lane->recorder);
}

static DWORD WINAPI lane_main(void *context)
{
    struct lane *lane = context;
    unsigned int i;

    for (i = 0; i < TURNS && !lane->failure; i++)
    {
        lane->leaving = (enum leaving)(i % LEAVE_WAYS);
        lane->job = lane->ends[i]                   ? lane->ends[i]
                    : lane->leaving == LEAVE_UNTOLD ? lane->silent
                                                    : lane->told;
        live_in_an_apartment(lane);
    }
    return 0;
}

static IBackgroundCopyJob *transferred_job(struct kit *kit, unsigned int number)
{
    IBackgroundCopyJob *job;
    wchar_t name[16];

    swprintf(name, ARRAY_SIZE(name), L"file-%u", number);
    job = kit_job_of(kit, "/file", name);
    assert_hr(S_OK, IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    return job;
}

static void lane_init(struct lane *lane, struct kit *kit, unsigned int number)
{
    unsigned int i;

    lane->told = transferred_job(kit, number);
    lane->silent = kit_job(kit, L"silent");
    for (i = 0; i < TURNS; i++)
        if (i % LEAVE_WAYS == LEAVE_CANCELLED)
            lane->ends[i] = kit_job(kit, L"cancelled");
        else if (i % LEAVE_WAYS == LEAVE_COMPLETED)
            lane->ends[i] = transferred_job(kit, LANES + number * TURNS + i);
}

static void lane_cleanup(struct lane *lane)
{
    struct recorder *recorder = recorder_create();
    unsigned int i;

    for (i = 0; i < TURNS; i++)
        if (lane->ends[i])
            IBackgroundCopyJob_Release(lane->ends[i]);
    /* whoever comes after them all is served */
    recorder_attach(recorder, lane->told, BG_NOTIFY_JOB_TRANSFERRED);
    assert_true(recorder_wait(recorder, RECORD_TRANSFERRED, 1, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_Complete(lane->told));
    IBackgroundCopyJob_Release(lane->told);
    kit_cancel(lane->silent);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

/* kit_teardown finds no object, block, thread or handle that was not there before. */
static void apartments_leave_nothing(void **state)
{
    struct lane lanes[LANES] = {{0}};
    struct kit *kit = *state;
    HANDLE threads[LANES];
    unsigned int i;

    HTTPD_SCRIPT(kit->httpd, "/file", {.seed = 1, .size = 1000});
    for (i = 0; i < LANES; i++)
        lane_init(&lanes[i], kit, i);
    for (i = 0; i < LANES; i++)
        threads[i] = CreateThread(NULL, 0, lane_main, &lanes[i], 0, NULL);
    for (i = 0; i < LANES; i++)
    {
        assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(threads[i], INFINITE));
        CloseHandle(threads[i]);
    }
    for (i = 0; i < LANES; i++)
    {
        if (lanes[i].failure)
            print_error("%s\n", lanes[i].failure);
        assert_null(lanes[i].failure);
        assert_true(lanes[i].told_count >= TURNS / LEAVE_WAYS);
        lane_cleanup(&lanes[i]);
    }
}

static int child_main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(apartments_leave_nothing, kit_setup, kit_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

static void a_thousand_apartments_leave_nothing(void **state)
{
    struct kit *kit = *state;
    unsigned int i, tries;
    struct kit_child child;
    DWORD code;

    for (i = 0; i < PROCESSES; i++)
    {
        for (code = 1, tries = 0; code && tries < TRIES; tries++)
        {
            kit_child(&child, kit, L"apartments");
            code = kit_child_wait(&child, CHILD_LIMIT);
        }
        assert_int_equal(0, code);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thousand_apartments_leave_nothing,
                                        kit_setup_without_queue, kit_teardown),
    };

    (void)argv;
    if (argc > 1)
        return child_main();
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
