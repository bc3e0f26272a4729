/* Slots in all and for a host; thousands of jobs and files that wait for one, and one job that does
 * not notice. */
#include "line_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define SIZE 20000
#define MANY 1000
#define FILES 10000

static void slots_are_limited_in_all_and_for_a_host(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    ULONGLONG began = GetTickCount64();

    kit_environment(L"DOSVC_SETTINGS", L"MaxTransfers=5;MaxTransfersPerHost=3");
    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    HTTPD_SCRIPT(other, "/b", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    add_files(kit, job, kit->httpd, "a", 12);
    add_files(kit, job, other, "b", 12);
    resume(job);
    while (httpd_requests(kit->httpd, "/a") + httpd_requests(other, "/b") < 5 &&
           GetTickCount64() - began < KIT_LIMIT)
        kit_pass(5);
    kit_pass(200); /* no more come */
    assert_int_equal(5, httpd_requests(kit->httpd, "/a") + httpd_requests(other, "/b"));
    assert_in_range(httpd_requests(kit->httpd, "/a"), 2, 3);
    httpd_release(kit->httpd, "/a");
    httpd_release(other, "/b");
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_true(httpd_most_at_once(kit->httpd, "/a") <= 3);
    assert_true(httpd_most_at_once(other, "/b") <= 3);
    end(job);
}

static void a_host_that_hangs_holds_up_no_other(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    BG_JOB_PROGRESS progress = {0};
    ULONGLONG began = GetTickCount64();

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 1000});
    HTTPD_SCRIPT(other, "/b", {.seed = 1, .size = 1000});
    add_files(kit, job, kit->httpd, "a", 400);
    add_files(kit, job, other, "b", 3);
    resume(job);
    while (progress.FilesTransferred < 3 && GetTickCount64() - began < KIT_LIMIT)
    {
        kit_pass(5);
        assert_hr(S_OK, IBackgroundCopyJob_GetProgress(job, &progress));
    }
    assert_int_equal(3, progress.FilesTransferred);
    end(job);
    httpd_release(kit->httpd, "/a");
}

/* Of many jobs that wait each costs nothing: another one comes and goes as if there were none. */
static void many_jobs_that_wait_cost_nothing(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob **jobs = calloc(MANY, sizeof(*jobs)), *job;
    int i;

    assert_non_null(jobs);
    HTTPD_SCRIPT(kit->httpd, "/hang", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    HTTPD_SCRIPT(other, "/quick", {.seed = 2, .size = SIZE});
    for (i = 0; i < MANY; i++)
    {
        jobs[i] = job_of(kit, BG_JOB_PRIORITY_NORMAL);
        add_files(kit, jobs[i], kit->httpd, "hang", 1);
        resume(jobs[i]);
    }
    job = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    add_files(kit, job, other, "quick", 100);
    resume(job);
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_true(httpd_most_at_once(kit->httpd, "/hang") <= 6);
    end(job);
    httpd_release(kit->httpd, "/hang");
    for (i = 0; i < MANY; i++)
        end(jobs[i]);
    free(jobs);
}

/* Its own files, and those of the others: the one that is quick is the last of them all. */
static void many_files_that_wait_cost_nothing(void **state)
{
    struct kit *kit = *state;
    BG_FILE_INFO *files = calloc(FILES, sizeof(*files));
    IBackgroundCopyJob *slow = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    IBackgroundCopyJob *quick = job_of(kit, BG_JOB_PRIORITY_NORMAL);
    wchar_t url[HTTPD_URL_MAX], path[MAX_PATH];
    BG_JOB_PROGRESS progress;
    int i;

    assert_non_null(files);
    HTTPD_SCRIPT(kit->httpd, "/hang", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    HTTPD_SCRIPT(other, "/quick", {.seed = 2, .size = SIZE});
    for (i = 0; i < FILES; i++)
    {
        files[i].RemoteName = httpd_wide_url(kit->httpd, "/hang", url);
        files[i].LocalName = kit_path(kit, L"hang", path);
    }
    assert_hr(S_OK, IBackgroundCopyJob_AddFileSet(slow, FILES, files));
    add_files(kit, quick, other, "quick", 50);
    resume(slow);
    resume(quick);
    assert_true(kit_wait_state(quick, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetProgress(slow, &progress));
    assert_int_equal(0, progress.FilesTransferred);
    assert_int_equal(6, httpd_most_at_once(kit->httpd, "/hang"));
    end(quick);
    httpd_release(kit->httpd, "/hang");
    end(slow);
    free(files);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(slots_are_limited_in_all_and_for_a_host),
        TEST(a_host_that_hangs_holds_up_no_other),
        TEST(many_jobs_that_wait_cost_nothing),
        TEST(many_files_that_wait_cost_nothing),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
