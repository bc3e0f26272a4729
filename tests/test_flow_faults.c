/*
 * The recipes of docs/fault-injection.md: a child process fetches a file under each script, and its
 * exit code says what came of it.
 */
#include "base/platform.h"

#include "testkit/kit.h"
#include "testkit/recorder.h"

#include <string.h>

#define SIZE 5000
#define CHILD L"--child"
#define CHILD_WITH_CALLBACK L"--child-with-callback"
#define STATE_LIMIT 60000 /* ms, for a child */

struct recipe
{
    const wchar_t *script;
    DWORD exit_code;       /* 0, 99, or the HRESULT that it ended with */
    unsigned int requests; /* that reached the server, at least */
    unsigned int most;     /* at most */
    unsigned int ms;       /* real time that it took, at least */
    unsigned int most_ms;  /* at most; 0: whatever it takes */
    const wchar_t *child;  /* NULL: CHILD */
};

/* ---- the child ---- */

static HRESULT outcome(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code = E_FAIL;

    if (FAILED(IBackgroundCopyJob_GetError(job, &error)))
        return E_FAIL;
    IBackgroundCopyError_GetError(error, &context, &code);
    IBackgroundCopyError_Release(error);
    return code;
}

static HRESULT wait_for_end(IBackgroundCopyJob *job)
{
    uint64_t deadline = GetTickCount64() + STATE_LIMIT;
    BG_JOB_STATE state;

    while (GetTickCount64() < deadline)
    {
        IBackgroundCopyJob_GetState(job, &state);
        if (state == BG_JOB_STATE_TRANSFERRED)
            return IBackgroundCopyJob_Complete(job);
        if (state == BG_JOB_STATE_ERROR)
            return outcome(job);
        kit_pass(1);
    }
    return E_ABORT;
}

static int child(void)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr = kit_manager(&CLSID_DosvcManager, &manager)))
        return (int)hr;
    if (SUCCEEDED(hr = kit_take_offer(manager, &job)))
        hr = wait_for_end(job);
    if (job)
    {
        IBackgroundCopyJob_Cancel(job); /* unless it is complete */
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return (int)hr;
}

/* A callback that fails three times is called again after 5, 10 and 20 s of the clock. */
static int child_with_callback(void)
{
    const HRESULT results[] = {E_FAIL, E_FAIL, E_FAIL};
    struct recorder *recorder = recorder_create();
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr = kit_manager(&CLSID_DosvcManager, &manager)) ||
        FAILED(hr = kit_take_offer(manager, &job)))
        return (int)hr;
    recorder_script(recorder, RECORD_TRANSFERRED, results, ARRAY_SIZE(results));
    hr = IBackgroundCopyJob_SetNotifyInterface(job, recorder_unknown(recorder));
    if (SUCCEEDED(hr) && !recorder_wait(recorder, RECORD_TRANSFERRED, 4, STATE_LIMIT))
        hr = E_ABORT;
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyJob_Complete(job);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return (int)hr;
}

/* ---- the test ---- */

static void try(struct kit *kit, const struct recipe *recipe)
{
    wchar_t target[MAX_PATH];
    struct kit_child process;
    unsigned int requests;
    uint64_t begin;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .etag = "\"1\""});
    requests = httpd_requests(kit->httpd, "/a");
    kit_offer(kit, "/a", L"a", target);
    DeleteFileW(target);
    kit_environment(L"DOSVC_FAULTS", recipe->script);
    begin = GetTickCount64();
    kit_child(&process, kit, recipe->child ? recipe->child : CHILD);
    kit_environment(L"DOSVC_FAULTS", NULL);
    if (recipe->exit_code != kit_child_wait(&process, STATE_LIMIT + KIT_LIMIT))
        fail_msg("%ls", recipe->script);
    assert_in_range(GetTickCount64() - begin + 20, recipe->ms,
                    recipe->most_ms ? recipe->most_ms : STATE_LIMIT);
    requests = httpd_requests(kit->httpd, "/a") - requests;
    assert_in_range(requests, recipe->requests, recipe->most);
    if (recipe->exit_code)
        assert_int_equal(INVALID_FILE_ATTRIBUTES, GetFileAttributesW(target));
    else
        assert_true(content_check_file(target, 1, SIZE));
}

static void a_server_that_is_busy_is_left_alone_as_long_as_it_says(void **state)
{
    try(*state, &(struct recipe){L"status=1-2:503:30;clock=100", 0, 1, 1, .ms = 600});
}

static void a_status_that_is_fatal_ends_the_job(void **state)
{
    try(*state, &(struct recipe){L"status=1:404", 0x80190194, 0, 0, .ms = 0});
}

static void a_server_that_refuses_is_tried_again(void **state)
{
    try(*state, &(struct recipe){L"connect=1-3;clock=100", 0, 1, 1, .ms = 0});
}

static void a_network_that_drops_is_gone_on_with(void **state)
{
    try(*state, &(struct recipe){L"cut=1000;clock=100", 0, 5, 10, .ms = 0});
}

static void a_server_that_is_slow_is_waited_for(void **state)
{
    try(*state, &(struct recipe){L"delay=10000;clock=100", 0, 1, 1, .ms = 100});
}

static void a_full_disk_is_an_error(void **state)
{
    try(*state, &(struct recipe){L"write=1:112", 0x80070070, 1, 1, .ms = 0});
}

static void a_target_that_is_in_use_fails_complete(void **state)
{
    try(*state, &(struct recipe){L"rename=*", 0x80070020, 1, 1, .ms = 0});
}

static void a_process_ends_at_a_named_point(void **state)
{
    try(*state, &(struct recipe){L"kill=before-rename:1", 99, 1, 1, .ms = 0});
}

static void a_server_that_stays_away_is_given_up(void **state)
{
    try(*state,
        &(struct recipe){L"connect=*;clock=100000", DO_E_DOWNLOAD_NO_PROGRESS, 0, 0, .ms = 0});
}

static void a_callback_is_called_again_in_no_time(void **state)
{
    try(*state, &(struct recipe){L"clock=100", 0, 1, 100, .ms = 350, .most_ms = 30000,
                                 .child = CHILD_WITH_CALLBACK});
}

static void want_of_memory_is_said(void **state)
{
    try(*state, &(struct recipe){L"alloc=1", E_OUTOFMEMORY, 0, 0, .ms = 0});
}

static void a_queue_that_cannot_be_written_is_said(void **state)
{
    try(*state, &(struct recipe){L"store=1+", 0x80070070, 0, 0, .ms = 0});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_server_that_is_busy_is_left_alone_as_long_as_it_says),
        TEST(a_status_that_is_fatal_ends_the_job),
        TEST(a_server_that_refuses_is_tried_again),
        TEST(a_network_that_drops_is_gone_on_with),
        TEST(a_server_that_is_slow_is_waited_for),
        TEST(a_full_disk_is_an_error),
        TEST(a_target_that_is_in_use_fails_complete),
        TEST(a_process_ends_at_a_named_point),
        TEST(a_server_that_stays_away_is_given_up),
        TEST(a_callback_is_called_again_in_no_time),
        TEST(want_of_memory_is_said),
        TEST(a_queue_that_cannot_be_written_is_said),
    };

    if (argc == 2 && !strcmp(argv[1], "--child"))
        return child();
    if (argc == 2 && !strcmp(argv[1], "--child-with-callback"))
        return child_with_callback();
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
