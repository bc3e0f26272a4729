/* The engine without COM: jobs run, stop, end, and leave nothing behind. */
#include "engine_unit.h"

#include "core/lock.h"
#include "testkit/content.h"
#include "testkit/httpd.h"

#include <stdio.h>

struct watch
{
    struct job_observer observer;
    HANDLE changed;
    LONG transferred, errors, files, finals;
};

struct scene
{
    struct httpd *httpd;
    WCHAR folder[MAX_PATH], target[MAX_PATH];
    struct job *job;
    struct watch *watch;
};

static void watch_notify(struct job_observer *observer, const struct job_event *event)
{
    struct watch *watch = CONTAINER_OF(observer, struct watch, observer);

    watch->transferred += !!(event->what & JOB_EVENT_TRANSFERRED);
    watch->errors += !!(event->what & JOB_EVENT_ERROR);
    watch->files += !!(event->what & JOB_EVENT_FILE_TRANSFERRED);
    watch->finals += !!(event->what & JOB_EVENT_FINAL);
    SetEvent(watch->changed);
}

static void watch_free(struct job_observer *observer)
{
    struct watch *watch = CONTAINER_OF(observer, struct watch, observer);

    handle_close(watch->changed);
    mem_free(watch);
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    WCHAR temp[MAX_PATH];

    engine_unit_setup(state);
    scene->httpd = httpd_start();
    GetTempPathW(MAX_PATH, temp);
    GetTempFileNameW(temp, L"eng", 0, scene->folder);
    DeleteFileW(scene->folder);
    CreateDirectoryW(scene->folder, NULL);
    swprintf(scene->target, MAX_PATH, L"%ls\\target.bin", scene->folder);
    scene->watch = mem_zalloc(sizeof(*scene->watch));
    scene->watch->observer = (struct job_observer){watch_notify, watch_free};
    scene->watch->changed = handle_event(false, false);
    assert_int_equal(S_OK, engine_create_job(JOB_FACE_DO, L"test", &scene->job));
    engine_attach_observer(scene->job, &scene->watch->observer);
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    engine_cancel_job(scene->job);
    job_release(scene->job);
    httpd_stop(scene->httpd);
    DeleteFileW(scene->target);
    assert_true(RemoveDirectoryW(scene->folder)); /* nothing else is in it */
    free(scene);
    return engine_unit_teardown(state);
}

static void add(struct scene *scene, const char *path)
{
    WCHAR url[HTTPD_URL_MAX];
    const struct file_spec spec = {.remote_name = httpd_wide_url(scene->httpd, path, url),
                                   .local_name = scene->target,
                                   .size = UINT64_MAX};

    assert_int_equal(S_OK, engine_add_files(scene->job, &spec, 1, NULL));
}

static void wait_state(struct scene *scene, enum job_state wanted)
{
    ULONGLONG start = GetTickCount64();

    while (engine_job_state(scene->job) != wanted && GetTickCount64() - start < UNIT_LIMIT)
        WaitForSingleObject(scene->watch->changed, 100);
    assert_int_equal(wanted, engine_job_state(scene->job));
}

static void wait_closed(struct job *job)
{
    ULONGLONG start = GetTickCount64();
    unsigned int transfers;

    lock_take(&engine_lock);
    while (job->transfers && GetTickCount64() - start < UNIT_LIMIT)
        lock_wait(&engine_lock, &engine_changed, 1000);
    transfers = job->transfers;
    lock_drop(&engine_lock);
    assert_int_equal(0, transfers);
}

static void a_file_arrives(void **state)
{
    struct scene *scene = *state;
    struct job_progress progress;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 3000000});
    add(scene, "/a");
    assert_int_equal(S_OK, engine_resume_job(scene->job));
    wait_state(scene, JOB_TRANSFERRED);
    engine_job_progress(scene->job, &progress);
    assert_int_equal(3000000, progress.bytes_total);
    assert_int_equal(3000000, progress.bytes_transferred);
    assert_int_equal(1, scene->watch->transferred);
    assert_int_equal(1, scene->watch->files);
    assert_int_equal(S_OK, engine_complete_job(scene->job));
    assert_true(content_check_file(scene->target, 1, 3000000));
    assert_int_equal(1, scene->watch->finals);
}

static void a_missing_file_is_an_error(void **state)
{
    struct scene *scene = *state;
    struct job_error error;

    add(scene, "/nowhere");
    assert_int_equal(S_OK, engine_resume_job(scene->job));
    wait_state(scene, JOB_ERROR);
    assert_int_equal(S_OK, engine_job_error(scene->job, &error));
    assert_int_equal((HRESULT)0x80190194, error.code);
    assert_int_equal(1, scene->watch->errors);
}

static void a_suspended_job_goes_on_where_it_was(void **state)
{
    struct scene *scene = *state;
    const struct httpd_request *request;
    ULONGLONG start = GetTickCount64();
    struct job_progress progress = {0};

    HTTPD_SCRIPT(
        scene->httpd, "/a",
        {.seed = 2, .size = 5000000, .etag = "\"x\"", .hold_body = true, .hold_at = 3000000},
        {.seed = 2, .size = 5000000, .etag = "\"x\""});
    add(scene, "/a");
    assert_int_equal(S_OK, engine_resume_job(scene->job));
    while (progress.bytes_transferred < 2000000 && GetTickCount64() - start < UNIT_LIMIT)
    {
        WaitForSingleObject(scene->watch->changed, 10);
        engine_job_progress(scene->job, &progress);
    }
    assert_int_equal(S_OK, engine_suspend_job(scene->job));
    assert_int_equal(JOB_SUSPENDED, engine_job_state(scene->job));
    wait_closed(scene->job);
    assert_int_equal(S_OK, engine_resume_job(scene->job));
    wait_state(scene, JOB_TRANSFERRED);
    request = httpd_request(scene->httpd, "/a", 1);
    assert_non_null(request);
    assert_true(request->ranged);
    assert_true(request->first >= 2000000);
    assert_int_equal(S_OK, engine_complete_job(scene->job));
    assert_true(content_check_file(scene->target, 2, 5000000));
}

static void a_change_that_the_store_refuses_does_not_happen(void **state)
{
    struct scene *scene = *state;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 10});
    add(scene, "/a");
    assert_true(fault_configure("store=1"));
    assert_int_equal(HRESULT_FROM_WIN32(ERROR_DISK_FULL), engine_resume_job(scene->job));
    assert_int_equal(JOB_SUSPENDED, engine_job_state(scene->job));
    assert_int_equal(0, httpd_requests(scene->httpd, NULL));
    fault_configure(NULL);
}

static void resume(struct scene *scene)
{
    assert_int_equal(S_OK, engine_resume_job(scene->job));
}

static void complete(struct scene *scene, uint32_t seed, uint64_t size)
{
    struct job_progress progress;

    wait_state(scene, JOB_TRANSFERRED);
    engine_job_progress(scene->job, &progress);
    assert_int_equal(size, progress.bytes_total);
    assert_int_equal(S_OK, engine_complete_job(scene->job));
    assert_true(content_check_file(scene->target, seed, size));
}

static void a_server_that_sends_another_part_is_named(void **state)
{
    struct scene *scene = *state;
    struct job_error error;

    assert_true(fault_configure("clock=60"));
    HTTPD_SCRIPT(scene->httpd, "/a",
                 {.seed = 3, .size = 300000, .etag = "\"x\"", .cut = true, .cut_after = 100000},
                 {.seed = 3, .size = 300000, .etag = "\"x\"", .shift_range = 10});
    add(scene, "/a");
    resume(scene);
    wait_state(scene, JOB_ERROR);
    assert_int_equal(S_OK, engine_job_error(scene->job, &error));
    assert_int_equal((HRESULT)0x80D05001, error.code);
    assert_ptr_equal(engine_file(scene->job, 0), error.file);
    assert_true(httpd_requests(scene->httpd, "/a") > 2);
}

static void a_length_counts_only_with_its_own_body(void **state)
{
    struct scene *scene = *state;

    assert_true(fault_configure("clock=60"));
    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 4, .size = 1000, .cut = true},
                 {.seed = 5, .size = 3000, .chunked = true});
    add(scene, "/a");
    resume(scene);
    complete(scene, 5, 3000);
}

static void a_part_of_unknown_length_is_not_the_end(void **state)
{
    struct scene *scene = *state;

    assert_true(fault_configure("clock=60"));
    HTTPD_SCRIPT(
        scene->httpd, "/a",
        {.seed = 6,
         .size = 300000,
         .etag = "\"x\"",
         .chunked = true,
         .cut = true,
         .cut_after = 100000},
        {.seed = 6,
         .size = 300000,
         .etag = "\"x\"",
         .most = 100000,
         .content_range = "bytes 100000-199999/*"},
        {.seed = 6, .size = 300000, .etag = "\"x\"", .content_range = "bytes 200000-299999/*"},
        {.seed = 6, .size = 300000, .etag = "\"x\""});
    add(scene, "/a");
    resume(scene);
    complete(scene, 6, 300000);
    assert_int_equal(416, httpd_request(scene->httpd, "/a", 3)->status);
}

/* The client's header lines come before the Range of a resume, however many they are. */
static void header_lines_by_the_thousand_push_no_range_out(void **state)
{
    struct scene *scene = *state;
    WCHAR headers[1000 * 4 + 1];
    size_t i;

    for (i = 0; i < 1000; i++)
        wcscpy(headers + i * 4, L"a:b\n");
    assert_true(fault_configure("clock=60"));
    HTTPD_SCRIPT(scene->httpd, "/a",
                 {.seed = 3, .size = 300000, .etag = "\"x\"", .cut = true, .cut_after = 100000},
                 {.seed = 3, .size = 300000, .etag = "\"x\""});
    add(scene, "/a");
    assert_int_equal(S_OK, engine_set_job_text(scene->job, JOB_CUSTOM_HEADERS, headers));
    resume(scene);
    complete(scene, 3, 300000);
    assert_int_equal(206, httpd_request(scene->httpd, "/a", 1)->status);
}

/* As when Suspend comes between the file's last byte and its end. */
static void a_job_suspended_at_its_very_end_is_transferred_by_resume(void **state)
{
    struct scene *scene = *state;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 10});
    add(scene, "/a");
    resume(scene);
    wait_state(scene, JOB_TRANSFERRED);
    lock_take(&engine_lock);
    job_move_locked(scene->job, JOB_QUEUED);
    job_move_locked(scene->job, JOB_SUSPENDED);
    lock_drop(&engine_lock);
    resume(scene);
    assert_int_equal(JOB_TRANSFERRED, engine_job_state(scene->job));
    assert_int_equal(2, scene->watch->transferred);
    complete(scene, 1, 10);
}

static void add_without_sink(struct scene *scene)
{
    WCHAR url[HTTPD_URL_MAX];
    const struct file_spec spec = {.remote_name = httpd_wide_url(scene->httpd, "/a", url),
                                   .size = UINT64_MAX};

    assert_int_equal(S_OK, engine_add_files(scene->job, &spec, 1, NULL));
}

static void a_job_whose_file_goes_nowhere_is_not_resumed(void **state)
{
    struct scene *scene = *state;

    add_without_sink(scene);
    assert_int_equal((HRESULT)0x80D02018, engine_resume_job(scene->job));
    assert_int_equal(JOB_SUSPENDED, engine_job_state(scene->job));
    assert_int_equal(0, httpd_requests(scene->httpd, NULL));
}

static void a_file_that_goes_nowhere_fails_a_running_job(void **state)
{
    struct scene *scene = *state;
    struct job_error error;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 10, .hold = true});
    add(scene, "/a");
    resume(scene);
    add_without_sink(scene);
    wait_state(scene, JOB_ERROR);
    assert_int_equal(S_OK, engine_job_error(scene->job, &error));
    assert_int_equal((HRESULT)0x80D02018, error.code);
    assert_ptr_equal(engine_file(scene->job, 1), error.file);
}

#define TOGETHER 6

struct resumer
{
    struct job *job;
    HANDLE go, thread;
    HRESULT hr;
};

static void resumer_main(void *context)
{
    struct resumer *resumer = context;

    WaitForSingleObject(resumer->go, INFINITE);
    resumer->hr = engine_resume_job(resumer->job);
}

/* Each finds no engine and makes one; one of them works, and the others leave. */
static void jobs_resumed_at_once_share_one_engine(void **state)
{
    struct scene *scene = *state;
    struct resumer resumers[TOGETHER];
    HANDLE go = handle_event(true, false);
    WCHAR url[HTTPD_URL_MAX], target[MAX_PATH];
    size_t i;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 2000000});
    engine_unit_wait_idle();
    for (i = 0; i < TOGETHER; i++)
    {
        struct file_spec spec = {.local_name = target, .size = UINT64_MAX};

        swprintf(target, MAX_PATH, L"%ls\\%u", scene->folder, (unsigned int)i);
        spec.remote_name = httpd_wide_url(scene->httpd, "/a", url);
        assert_int_equal(S_OK, engine_create_job(JOB_FACE_DO, L"together", &resumers[i].job));
        assert_int_equal(S_OK, engine_add_files(resumers[i].job, &spec, 1, NULL));
        resumers[i].go = go;
        assert_int_equal(S_OK,
                         thread_start("resumer", resumer_main, &resumers[i], &resumers[i].thread));
    }
    SetEvent(go);
    for (i = 0; i < TOGETHER; i++)
    {
        ULONGLONG start = GetTickCount64();

        WaitForSingleObject(resumers[i].thread, INFINITE);
        handle_close(resumers[i].thread);
        assert_int_equal(S_OK, resumers[i].hr);
        while (engine_job_state(resumers[i].job) != JOB_TRANSFERRED &&
               GetTickCount64() - start < UNIT_LIMIT)
            kit_pass(1);
        assert_int_equal(JOB_TRANSFERRED, engine_job_state(resumers[i].job));
        assert_int_equal(S_OK, engine_cancel_job(resumers[i].job));
        job_release(resumers[i].job);
    }
    handle_close(go);
}

#define UNTOUCHED 40 /* runs without a failure after which none is to come */

/* The file that is left in the folder, if any, goes; false: none was. */
static bool remove_what_is_left(const struct scene *scene)
{
    WCHAR pattern[MAX_PATH], path[MAX_PATH];
    WIN32_FIND_DATAW found;
    bool any = false;
    HANDLE find;

    swprintf(pattern, MAX_PATH, L"%ls\\*.tmp", scene->folder);
    if ((find = FindFirstFileW(pattern, &found)) == INVALID_HANDLE_VALUE)
        return false;
    do
    {
        swprintf(path, MAX_PATH, L"%ls\\%ls", scene->folder, found.cFileName);
        any = DeleteFileW(path);
    } while (FindNextFileW(find, &found));
    FindClose(find);
    return any;
}

static HRESULT run_a_job(struct scene *scene, enum job_state *state, HRESULT *cancelled)
{
    ULONGLONG start = GetTickCount64();
    WCHAR url[HTTPD_URL_MAX];
    const struct file_spec spec = {.remote_name = httpd_wide_url(scene->httpd, "/a", url),
                                   .local_name = scene->target,
                                   .size = UINT64_MAX};
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = engine_create_job(JOB_FACE_DO, L"short of memory", &job)))
        return hr;
    if (SUCCEEDED(hr = engine_add_files(job, &spec, 1, NULL)) &&
        SUCCEEDED(hr = engine_resume_job(job)))
        do
        {
            *state = engine_job_state(job);
            kit_pass(1);
        } while (*state != JOB_TRANSFERRED && *state != JOB_ERROR &&
                 GetTickCount64() - start < UNIT_LIMIT);
    else
        *state = JOB_ERROR;
    while ((*cancelled = engine_cancel_job(job)) == E_OUTOFMEMORY)
        ; /* it did not happen, so it may be repeated */
    job_release(job);
    return hr;
}

/* The keeper may be about to let go of something. */
static void settle(LONG blocks, LONG handles)
{
    ULONGLONG start = GetTickCount64();

    while ((mem_live_blocks() > blocks || handle_live() > handles) &&
           GetTickCount64() - start < UNIT_LIMIT)
        kit_pass(1);
}

/* The fewest that there ever were count: when a run begins the keeper may have something in hand.
 */
static void every_allocation_may_fail(void **state)
{
    LONG blocks = LONG_MAX, handles = LONG_MAX;
    struct scene *scene = *state;
    unsigned int n, untouched = 0;

    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 100000});
    for (n = 1; untouched < UNTOUCHED; n++)
    {
        enum job_state end = JOB_QUEUED;
        HRESULT cancelled = S_OK;
        char script[64];
        HRESULT hr;

        engine_unit_wait_idle();
        blocks = MIN(blocks, mem_live_blocks());
        handles = MIN(handles, handle_live());
        snprintf(script, sizeof(script), "clock=60;alloc=%u", n);
        assert_true(fault_configure(script));
        hr = run_a_job(scene, &end, &cancelled);
        engine_unit_wait_idle();
        if (hr != S_OK && hr != E_OUTOFMEMORY)
            fail_msg("allocation %u: 0x%08lx", n, hr);
        if (SUCCEEDED(hr) && end != JOB_TRANSFERRED && end != JOB_ERROR)
            fail_msg("allocation %u: the job hangs in state %d", n, end);
        untouched = end == JOB_TRANSFERRED ? untouched + 1 : 0;
        if (remove_what_is_left(scene) && cancelled != S_UNABLE_TO_DELETE_FILES)
            fail_msg("allocation %u: the part file is left", n);
        settle(blocks, handles);
        if (mem_live_blocks() > blocks || handle_live() > handles)
            fail_msg("allocation %u: %ld blocks and %ld handles are left", n,
                     mem_live_blocks() - blocks, handle_live() - handles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_arrives, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(a_suspended_job_goes_on_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_that_the_store_refuses_does_not_happen, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_server_that_sends_another_part_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_length_counts_only_with_its_own_body, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_of_unknown_length_is_not_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(header_lines_by_the_thousand_push_no_range_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_job_suspended_at_its_very_end_is_transferred_by_resume,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_job_whose_file_goes_nowhere_is_not_resumed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_that_goes_nowhere_fails_a_running_job, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(jobs_resumed_at_once_share_one_engine, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, setup, teardown),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
