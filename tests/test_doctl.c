/* doctl.exe as its users run it: a process of its own, against the scripted server. */
#include "testkit/doctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SIZE 300000u

static const WCHAR *url_of(const struct kit *kit, const char *path)
{
    static WCHAR buffers[4][HTTPD_URL_MAX];
    static unsigned int next;

    return httpd_wide_url(kit->httpd, path, buffers[next++ % ARRAY_SIZE(buffers)]);
}

static bool has_file(const struct kit *kit, const WCHAR *name, uint32_t seed, uint64_t size)
{
    WCHAR path[MAX_PATH];

    return content_check_file(kit_path(kit, name, path), seed, size);
}

static unsigned int count_files(const struct kit *kit)
{
    WCHAR pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search = FindFirstFileW(kit_path(kit, L"*", pattern), &found);

    while (search != INVALID_HANDLE_VALUE)
    {
        count += !(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
        if (!FindNextFileW(search, &found))
            break;
    }
    FindClose(search);
    return count;
}

/* ---- get ------------------------------------------------------------------------------------ */

static void a_file_arrives(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = SIZE});
    run = run_doctl(kit, L"get %ls", url_of(kit, "/file.bin"));
    assert_code(0, run);
    assert_true(has_file(kit, L"file.bin", 1, SIZE));
    assert_says("file.bin: 293 KiB in", run->out);
    assert_string_equal("", run->err);
    assert_int_equal(1, count_files(kit));
}

static void a_file_has_the_name_it_is_given(void **state)
{
    struct kit *kit = *state;
    WCHAR path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = SIZE});
    assert_code(0, run_doctl(kit, L"get %ls other.bin", url_of(kit, "/file.bin")));
    assert_true(has_file(kit, L"other.bin", 1, SIZE));
    assert_code(0, run_doctl(kit, L"get -o third.bin %ls", url_of(kit, "/file.bin")));
    assert_true(has_file(kit, L"third.bin", 1, SIZE));
    CreateDirectoryW(kit_path(kit, L"folder", path), NULL);
    assert_code(0, run_doctl(kit, L"get -d folder %ls", url_of(kit, "/file.bin")));
    assert_true(has_file(kit, L"folder\\file.bin", 1, SIZE));
}

static void a_name_in_a_url_is_decoded_and_made_legal(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/a%20%C3%A4%3A%E6%97%A5.bin", {.seed = 1, .size = 10});
    run = run_doctl(kit, L"get %ls", url_of(kit, "/a%20%C3%A4%3A%E6%97%A5.bin?x=/y"));
    assert_code(0, run);
    assert_true(has_file(kit, L"a \u00e4_\u65e5.bin", 1, 10));
    assert_says("a \xc3\xa4_\xe6\x97\xa5.bin: 10 B", run->out);
}

static void several_files_arrive(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/one", {.seed = 1, .size = SIZE});
    HTTPD_SCRIPT(kit->httpd, "/two", {.seed = 2, .size = 0});
    HTTPD_SCRIPT(kit->httpd, "/three", {.seed = 3, .size = 1, .chunked = true});
    run = run_doctl(kit, L"get --quiet %ls %ls %ls", url_of(kit, "/one"), url_of(kit, "/two"),
                    url_of(kit, "/three"));
    assert_code(0, run);
    assert_true(has_file(kit, L"one", 1, SIZE));
    assert_true(has_file(kit, L"two", 2, 0));
    assert_true(has_file(kit, L"three", 3, 1));
    assert_string_equal("", run->out);
}

static void one_failure_leaves_the_other_files_alone(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/one", {.seed = 1, .size = SIZE});
    run = run_doctl(kit, L"get %ls %ls", url_of(kit, "/gone"), url_of(kit, "/one"));
    assert_code(1, run);
    assert_true(has_file(kit, L"one", 1, SIZE));
    assert_int_equal(1, count_files(kit));
}

static void a_missing_file_is_a_failure_that_explains_itself(void **state)
{
    struct kit *kit = *state;
    struct run *run = run_doctl(kit, L"get \"%ls\"", url_of(kit, "/gone.bin?key=secret"));

    assert_code(1, run);
    assert_says("doctl: gone.bin: The server does not have the file", run->err);
    assert_says("0x80190194 HTTP_E_STATUS_NOT_FOUND", run->err);
    assert_says("HTTP  404", run->err);
    assert_says("\\gone.bin", run->err);
    assert_says("/gone.bin", run->err);
    assert_null(strstr(run->err, "secret"));
    assert_int_equal(0, count_files(kit));
}

static void a_refused_connection_ends_with_the_time_limit(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    kit_environment(L"DOSVC_FAULTS", L"connect=*;clock=60");
    run = run_doctl(kit, L"get --timeout 60 %ls", url_of(kit, "/file.bin"));
    kit_environment(L"DOSVC_FAULTS", NULL);
    assert_code(1, run);
    assert_says("trying again", run->out);
    assert_says("0x80D02002 DO_E_DOWNLOAD_NO_PROGRESS", run->err);
    assert_says("0x80072EFD", run->err);
    assert_int_equal(0, count_files(kit));
}

static void a_header_is_sent(void **state)
{
    struct kit *kit = *state;
    char value[64];

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = 10});
    assert_code(0, run_doctl(kit, L"get -H \"X-One: 1\" --header \"X-Two: a b\" %ls",
                             url_of(kit, "/file.bin")));
    assert_true(httpd_header(httpd_request(kit->httpd, "/file.bin", 0), "X-One", value, 64));
    assert_string_equal("1", value);
    assert_true(httpd_header(httpd_request(kit->httpd, "/file.bin", 0), "X-Two", value, 64));
    assert_string_equal("a b", value);
}

static void a_file_that_is_there_is_replaced_or_kept_as_told(void **state)
{
    struct kit *kit = *state;
    WCHAR path[MAX_PATH];

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = SIZE});
    content_write_file(kit_path(kit, L"file.bin", path), 9, 100);
    assert_code(1, run_doctl(kit, L"get --no-clobber %ls", url_of(kit, "/file.bin")));
    assert_true(has_file(kit, L"file.bin", 9, 100));
    assert_code(1, run_doctl(kit, L"get -o file.bin %ls", url_of(kit, "/gone")));
    assert_true(has_file(kit, L"file.bin", 9, 100));
    assert_code(0, run_doctl(kit, L"get --background %ls", url_of(kit, "/file.bin")));
    assert_true(has_file(kit, L"file.bin", 1, SIZE));
}

static void notifications_are_shown_as_they_come(void **state)
{
    struct kit *kit = *state;
    struct run *run;

    HTTPD_SCRIPT(kit->httpd, "/file.bin", {.seed = 1, .size = SIZE});
    run = run_doctl(kit, L"get --show-events %ls", url_of(kit, "/file.bin"));
    assert_code(0, run);
    assert_says("JobTransferred   TRANSFERRED      file.bin  293 KiB of 293 KiB", run->out);
    assert_says("FileTransferred", run->out);
    assert_true(strstr(run->out, "FileTransferred") < strstr(run->out, "JobTransferred"));
    run = run_doctl(kit, L"get --show-events %ls", url_of(kit, "/gone"));
    assert_code(1, run);
    assert_says("JobError         ERROR            gone", run->out);
}

/* Ctrl+Break. Where the test has no console, the thread that the console would start in the process
 * is started by hand; the system's DLLs are at the same address in every process. */
static bool interrupt(HANDLE process)
{
    HMODULE module = GetModuleHandleW(L"kernelbase.dll");
    LPTHREAD_START_ROUTINE routine;
    HANDLE thread;

    if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, GetProcessId(process)))
        return true;
    routine = (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(module, "CtrlRoutine");
    thread = routine
                 ? CreateRemoteThread(process, NULL, 0, routine, (void *)CTRL_BREAK_EVENT, 0, NULL)
                 : NULL;
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}

static void an_interrupted_download_is_kept_for_later(void **state)
{
    struct kit *kit = *state;
    WCHAR arguments[HTTPD_URL_MAX + 8];
    static struct run run;
    bool interrupted;
    HANDLE process;

    HTTPD_SCRIPT(kit->httpd, "/file.bin",
                 {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 1000});
    swprintf(arguments, ARRAY_SIZE(arguments), L"get %ls", url_of(kit, "/file.bin"));
    process = doctl_start(kit, arguments);
    assert_true(httpd_wait_sent(kit->httpd, "/file.bin", 1000, KIT_LIMIT));
    interrupted = interrupt(process);
    if (!interrupted)
        TerminateProcess(process, 98);
    doctl_finish(kit, process, &run);
    assert_true(interrupted);
    assert_code(130, &run);
    assert_says("interrupted", run.err);
    assert_says("doctl resume", run.err);
    assert_int_equal(1, count_files(kit)); /* the part file */
    assert_says("SUSPENDED", run_doctl(kit, L"list")->out);
    httpd_release(kit->httpd, "/file.bin");
    assert_code(0, run_doctl(kit, L"resume --all"));
    assert_code(0, run_doctl(kit, L"watch --until-idle"));
    assert_code(0, run_doctl(kit, L"complete --all"));
    assert_true(has_file(kit, L"file.bin", 1, SIZE));
    assert_int_equal(1, count_files(kit));
    assert_string_equal("no jobs\n", run_doctl(kit, L"list")->out);
}

/* ---- the command line ----------------------------------------------------------------------- */

static void bad_command_lines_are_refused(void **state)
{
    static const WCHAR *const lines[] = {
        L"",
        L"fetch",
        L"get",
        L"get --fast http://127.0.0.1/x",
        L"get file.bin",
        L"get http://127.0.0.1/",
        L"get http://127.0.0.1",
        L"get http://127.0.0.1/x --timeout",
        L"get http://127.0.0.1/x --timeout soon",
        L"get http://127.0.0.1/x --timeout 0",
        L"get http://127.0.0.1/x --header nothing",
        L"get http://127.0.0.1/x one two",
        L"get -o file http://127.0.0.1/x http://127.0.0.1/y",
        L"get http://127.0.0.1/a/x http://127.0.0.1/b/X",
        L"list all",
        L"list --wide",
        L"show",
        L"suspend",
        L"resume --all 1234",
        L"priority",
        L"priority urgent --all",
        L"purge",
        L"purge --days",
        L"purge --days soon",
        L"purge --days -1",
        L"log --lines none",
        L"doctor all",
        L"explain",
        L"limit all",
        L"limit all fast",
        L"limit nothing 500K",
        L"limit 500K",
    };
    struct kit *kit = *state;
    struct run *run;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(lines); i++)
    {
        run = run_doctl(kit, L"%ls", lines[i]);
        assert_code(2, run);
        assert_says("--help`", run->err);
        assert_string_equal("", run->out);
    }
    assert_int_equal(0, count_files(kit));
}

static bool limit_is_set(DWORD *value)
{
    DWORD size = sizeof(*value);

    return !RegGetValueW(HKEY_CURRENT_USER, L"Software\\dosvc", L"DOMaxForegroundDownloadBandwidth",
                         RRF_RT_REG_DWORD, NULL, value, &size);
}

/* Of the foreground, in which no other test runs at this rate. */
static void limits_are_set_and_shown(void **state)
{
    struct kit *kit = *state;
    struct run *run = run_doctl(kit, L"limit foreground 500M");
    DWORD value = 0;

    assert_code(0, run);
    assert_says("500", run->out);
    assert_true(limit_is_set(&value));
    run = run_doctl(kit, L"limit");
    assert_says("all         none", run->out);
    assert_says("foreground  500", run->out);
    run = run_doctl(kit, L"limit --json");
    assert_code(0, run);
    assert_string_equal("[{\"scope\":\"all\",\"bytes_per_second\":null,\"by_policy\":false},"
                        "{\"scope\":\"foreground\",\"bytes_per_second\":524288000,"
                        "\"by_policy\":false},"
                        "{\"scope\":\"background\",\"bytes_per_second\":null,"
                        "\"by_policy\":false}]\n",
                        run->out);
    run = run_doctl(kit, L"limit foreground none");
    assert_code(0, run);
    assert_int_equal(500 * 1024, value);
    assert_false(limit_is_set(&value));
    run = run_doctl(kit, L"limit foreground none");
    assert_code(0, run);
    run = run_doctl(kit, L"limit 1K {12345678}");
    assert_code(1, run);
    run = run_doctl(kit, L"limit --json 1K {12345678}");
    assert_code(1, run);
    assert_string_equal("[]\n", run->out);
}

static void help_and_version_are_told(void **state)
{
    struct kit *kit = *state;
    struct run *run = run_doctl(kit, L"--help");

    assert_code(0, run);
    assert_says("Exit codes", run->out);
    run = run_doctl(kit, L"get --help");
    assert_code(0, run);
    assert_says("--timeout SECONDS", run->out);
    run = run_doctl(kit, L"--version");
    assert_code(0, run);
    assert_says("doctl ", run->out);
}

/* ---- the other commands --------------------------------------------------------------------- */

static void codes_are_explained(void **state)
{
    struct kit *kit = *state;
    struct run *run;
    char first[OUTPUT_BYTES];

    run = run_doctl(kit, L"explain 0x80D02013");
    assert_code(0, run);
    assert_says("0x80D02013 DO_E_INVALID_STATE\n", run->out);
    strcpy(first, run->out);
    run = run_doctl(kit, L"explain -2133843949");
    assert_code(0, run);
    assert_string_equal(first, run->out);
    run = run_doctl(kit, L"explain do_e_invalid_state");
    assert_code(0, run);
    assert_string_equal(first, run->out);
}

static void unknown_codes_are_called_unknown(void **state)
{
    struct kit *kit = *state;
    struct run *run = run_doctl(kit, L"explain 0x8ABC1234");

    assert_code(1, run);
    assert_says("no code that is known here", run->err);
    run = run_doctl(kit, L"explain DO_E_NONSENSE");
    assert_code(1, run);
    assert_says("no code that is known here", run->err);
}

static void an_empty_queue_has_no_jobs(void **state)
{
    struct run *run = run_doctl(*state, L"list");

    assert_code(0, run);
    assert_string_equal("no jobs\n", run->out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_arrives),
        TEST(a_file_has_the_name_it_is_given),
        TEST(a_name_in_a_url_is_decoded_and_made_legal),
        TEST(several_files_arrive),
        TEST(one_failure_leaves_the_other_files_alone),
        TEST(a_missing_file_is_a_failure_that_explains_itself),
        TEST(a_refused_connection_ends_with_the_time_limit),
        TEST(a_header_is_sent),
        TEST(a_file_that_is_there_is_replaced_or_kept_as_told),
        TEST(notifications_are_shown_as_they_come),
        TEST(an_interrupted_download_is_kept_for_later),
        TEST(bad_command_lines_are_refused),
        TEST(limits_are_set_and_shown),
        TEST(help_and_version_are_told),
        TEST(codes_are_explained),
        TEST(unknown_codes_are_called_unknown),
        TEST(an_empty_queue_has_no_jobs),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
