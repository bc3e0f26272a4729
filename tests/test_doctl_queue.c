/* doctl on a queue whose jobs are another process's: this one's. */
#include "testkit/doctl.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define SIZE 300000u

static void id_of(IBackgroundCopyJob *job, WCHAR *text)
{
    GUID id;

    assert_hr(S_OK, IBackgroundCopyJob_GetId(job, &id));
    StringFromGUID2(&id, text, 40);
}

/* What doctl printed must hold this, with the job's id in the place of %s. */
static void assert_says_of(const char *format, IBackgroundCopyJob *job, const char *text)
{
    char expected[256], narrow[40];
    WCHAR id[40];

    id_of(job, id);
    WideCharToMultiByte(CP_UTF8, 0, id, -1, narrow, sizeof(narrow), NULL, NULL);
    snprintf(expected, sizeof(expected), format, narrow);
    assert_says(expected, text);
}

/* A job that stands still in the middle of its file. */
static IBackgroundCopyJob *held_job(struct kit *kit)
{
    IBackgroundCopyJob *job;

    HTTPD_SCRIPT(kit->httpd, "/held.bin",
                 {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 1000});
    job = kit_job_of(kit, "/held.bin", L"held.bin");
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRING, KIT_LIMIT));
    return job;
}

static void jobs_of_all_classes_are_listed(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"one \"quoted\" \u65e5");
    IBackgroundCopyJob *bits = kit_job_of_class(&CLSID_DosvcBitsManager, L"of BITS");
    IDODownload *download = kit_download(kit);
    struct run *run;

    run = run_doctl(kit, L"list");
    assert_code(0, run);
    assert_says_of("%s  DO        SUSPENDED        0 B of 0 B  one \"quoted\" \xe6\x97\xa5\n", job,
                   run->out);
    assert_says_of("%s  BITS      SUSPENDED", bits, run->out);
    assert_says("download  CREATED", run->out);
    run = run_doctl(kit, L"list --json");
    assert_code(0, run);
    assert_says_of("{\"id\":\"%s\",\"kind\":\"DO\",\"name\":\"one \\\"quoted\\\" \xe6\x97\xa5\","
                   "\"state\":\"SUSPENDED\"",
                   job, run->out);
    assert_int_equal('[', run->out[0]);
    assert_non_null(strstr(run->out, "}]\n"));
    kit_cancel(job);
    kit_cancel(bits);
    assert_hr(S_OK, IDODownload_Abort(download));
    IDODownload_Release(download);
}

static void a_job_is_shown_with_its_file_and_error(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of(kit, "/gone.bin?key=secret", L"gone.bin");
    struct run *run;
    WCHAR id[40];

    HTTPD_SCRIPT(kit->httpd, "/gone.bin", {.status = 404});
    id_of(job, id);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ERROR, KIT_LIMIT));
    run = run_doctl(kit, L"show %ls", id);
    assert_code(0, run);
    assert_says("state        ERROR\n", run->out);
    assert_says("error        0x80190194 HTTP_E_STATUS_NOT_FOUND\n", run->out);
    assert_says("The server does not have the file", run->out);
    assert_says("\\gone.bin\n", run->out);
    assert_null(strstr(run->out, "secret"));
    run = run_doctl(kit, L"show --json %.9ls", id); /* the brace and eight digits are enough */
    assert_code(0, run);
    assert_says("\"error\":{\"code\":\"0x80190194\",\"sentence\":\"", run->out);
    assert_says("\"files\":[{\"path\":", run->out);
    kit_cancel(job);
}

static void what_a_job_cost_is_shown(void **state)
{
    static const char counters[] = "\"bytes_received\":300000,\"bytes_from_cache\":0,"
                                   "\"connections\":1,\"milliseconds\":";
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of(kit, "/a.bin", L"a.bin");
    const char *of_job;
    struct run *run;
    WCHAR id[40];

    HTTPD_SCRIPT(kit->httpd, "/a.bin", {.seed = 1, .size = SIZE});
    id_of(job, id);
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    run = run_doctl(kit, L"show %ls", id);
    assert_code(0, run);
    assert_says("\n  transfer     293 KiB in ", run->out);
    assert_says("\n    transfer   293 KiB in ", run->out);
    assert_says(" s over 1 connection\n", run->out);
    run = run_doctl(kit, L"show --json %ls", id);
    assert_code(0, run);
    of_job = strstr(run->out, counters);
    assert_non_null(of_job);
    assert_non_null(strstr(strstr(of_job, "\"files\":["), counters));
    kit_cancel(job);
}

static void orders_reach_the_process_that_runs_the_job(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = held_job(kit);
    BG_JOB_PRIORITY priority;
    unsigned int i;
    WCHAR id[40];

    id_of(job, id);
    assert_code(0, run_doctl(kit, L"suspend %ls", id));
    assert_true(kit_wait_state(job, BG_JOB_STATE_SUSPENDED, KIT_LIMIT));
    assert_code(0, run_doctl(kit, L"priority low %ls", id));
    for (i = 0; i < 200; i++)
    {
        assert_hr(S_OK, IBackgroundCopyJob_GetPriority(job, &priority));
        if (priority == BG_JOB_PRIORITY_LOW)
            break;
        kit_pass(10);
    }
    assert_int_equal(BG_JOB_PRIORITY_LOW, priority);
    httpd_release(kit->httpd, "/held.bin");
    assert_code(0, run_doctl(kit, L"resume --all"));
    assert_true(kit_wait_state(job, BG_JOB_STATE_TRANSFERRED, KIT_LIMIT));
    assert_code(0, run_doctl(kit, L"complete %ls", id));
    assert_true(kit_wait_state(job, BG_JOB_STATE_ACKNOWLEDGED, KIT_LIMIT));
    IBackgroundCopyJob_Release(job);
}

static void a_job_that_does_not_obey_is_a_failure(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job(kit, L"empty");
    struct run *run;
    WCHAR id[40];

    id_of(job, id);
    run = run_doctl(kit, L"resume %ls", id);
    assert_code(1, run);
    assert_says("0x80D02004 DO_E_JOB_EMPTY", run->err);
    run = run_doctl(kit, L"resume --json %ls", id);
    assert_code(1, run);
    assert_says("\"obeyed\":false,\"code\":\"0x80D02004\"", run->out);
    run = run_doctl(kit, L"cancel {00000000-1111");
    assert_code(1, run);
    assert_says("there is no job", run->err);
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    kit_cancel(job);
}

static void watch_ends_when_nothing_runs(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *job = kit_job_of(kit, "/file.bin", L"file.bin");
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = SIZE});
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    run = run_doctl(kit, L"watch --until-idle");
    assert_code(0, run);
    assert_says("TRANSFERRED", run->out);
    assert_says("100%", run->out);
    run = run_doctl(kit, L"watch --until-idle --json");
    assert_says_of("{\"id\":\"%s\",", job, run->out);
    kit_cancel(job);
}

static void purge_cancels_what_stands_still(void **state)
{
    struct kit *kit = *state;
    IBackgroundCopyJob *running = held_job(kit), *idle = kit_job(kit, L"idle");
    struct run *run;

    run = run_doctl(kit, L"purge --days 1");
    assert_code(0, run);
    assert_says("nothing to purge", run->out);
    run = run_doctl(kit, L"purge --days 0 --dry-run");
    assert_code(0, run);
    assert_says_of("would cancel %s", idle, run->out);
    run = run_doctl(kit, L"purge --days 0");
    assert_code(0, run);
    assert_says_of("cancelled %s", idle, run->out);
    assert_true(kit_wait_state(idle, BG_JOB_STATE_CANCELLED, KIT_LIMIT));
    assert_state(BG_JOB_STATE_TRANSFERRING, running);
    IBackgroundCopyJob_Release(idle);
    kit_cancel(running);
}

static void the_log_is_shown_from_its_end(void **state)
{
    struct kit *kit = *state;
    WCHAR path[MAX_PATH];
    struct run *run;
    FILE *file;

    run = run_doctl(kit, L"log");
    assert_code(1, run);
    assert_says("DOSVC_LOG_FILE", run->err);
    kit_environment(L"DOSVC_LOG_FILE", kit_path(kit, L"log.txt", path));
    run = run_doctl(kit, L"log");
    assert_code(1, run);
    file = _wfopen(path, L"wb");
    assert_non_null(file);
    fputs("one\ntwo\r\nthree \"3\"\n", file);
    fclose(file);
    run = run_doctl(kit, L"log");
    assert_string_equal("one\ntwo\nthree \"3\"\n", run->out);
    run = run_doctl(kit, L"log -n 2");
    kit_environment(L"DOSVC_LOG_FILE", path);
    assert_string_equal("two\nthree \"3\"\n", run->out);
    run = run_doctl(kit, L"log -n 1 --json");
    kit_environment(L"DOSVC_LOG_FILE", NULL);
    assert_code(0, run);
    assert_string_equal("\"three \\\"3\\\"\"\n", run->out);
}

static void the_doctor_says_what_is_wrong(void **state)
{
    struct kit *kit = *state;
    WCHAR home[MAX_PATH], file[MAX_PATH];
    struct run *run = run_doctl(kit, L"doctor");

    assert_says("folder        good", run->out);
    assert_says("database      good", run->out);
    assert_says("TLS           good", run->out);
    assert_code(0, run);
    assert_int_not_equal(0, GetEnvironmentVariableW(L"DOSVC_HOME", home, MAX_PATH));
    assert_true(content_write_file(kit_path(kit, L"file", file), 1, 10));
    kit_environment(L"DOSVC_HOME", file);
    run = run_doctl(kit, L"doctor --json");
    kit_environment(L"DOSVC_HOME", home);
    assert_code(1, run);
    assert_says("{\"check\":\"folder\",\"verdict\":\"wrong\",\"finding\":\"", run->out);
    assert_says("{\"check\":\"database\",\"verdict\":\"wrong\",\"finding\":\"", run->out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(jobs_of_all_classes_are_listed),
        TEST(a_job_is_shown_with_its_file_and_error),
        TEST(what_a_job_cost_is_shown),
        TEST(orders_reach_the_process_that_runs_the_job),
        TEST(a_job_that_does_not_obey_is_a_failure),
        TEST(watch_ends_when_nothing_runs),
        TEST(purge_cancels_what_stands_still),
        TEST(the_log_is_shown_from_its_end),
        TEST(the_doctor_says_what_is_wrong),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
