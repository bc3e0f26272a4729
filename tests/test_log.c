#include "unit.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define CHILD L"--child"

static WCHAR path[MAX_PATH]; /* of this process's log, in the temp folder */

static int begin(void **state)
{
    WCHAR folder[MAX_PATH];

    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"log", 0, path);
    return unit_setup(state);
}

static int end(void **state)
{
    log_configure(LOG_OFF, NULL);
    DeleteFileW(path);
    return unit_teardown(state);
}

/* What the log holds, up to a limit; while it is still open, as an onlooker would read it. */
static const char *written(void)
{
    static char text[1 << 18];
    DWORD size = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);

    assert_ptr_not_equal(INVALID_HANDLE_VALUE, file);
    assert_true(ReadFile(file, text, sizeof(text) - 1, &size, NULL));
    CloseHandle(file);
    text[size] = 0;
    return text;
}

static void the_level_decides_what_is_written(void **state)
{
    int level;

    (void)state;
    for (level = LOG_OFF; level <= LOG_TRACE; level++)
    {
        DeleteFileW(path);
        assert_true(log_configure(level, path));
        ERR("an error");
        WARN("a warning");
        INFO("an info");
        TRACE("a trace");
        if (level == LOG_OFF)
            continue;
        assert_int_equal(level >= LOG_ERR, !!strstr(written(), "an error\n"));
        assert_int_equal(level >= LOG_WARN, !!strstr(written(), "a warning\n"));
        assert_int_equal(level >= LOG_INFO, !!strstr(written(), "an info\n"));
        assert_int_equal(level >= LOG_TRACE, !!strstr(written(), "a trace\n"));
        assert_int_equal(level >= LOG_INFO, log_enabled(LOG_INFO));
        log_configure(LOG_OFF, NULL);
    }
}

static int evaluated;

static int evaluate(void)
{
    return ++evaluated;
}

static void what_is_off_is_not_evaluated(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    WARN("%d", evaluate());
    assert_int_equal(0, evaluated);
    ERR("%d", evaluate());
    assert_int_equal(1, evaluated);
}

static void a_line_tells_when_who_and_where(void **state)
{
    unsigned int year, month, day, hour, minute, second, ms;
    unsigned long process, thread;
    char rest[100];

    (void)state;
    assert_true(log_configure(LOG_WARN, path));
    WARN("disk %s, %zu bytes, %llu", "full", (size_t)7, 5000000000ull);
    assert_int_equal(10,
                     sscanf(written(), "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ %lx:%lx %99[^\n]", &year,
                            &month, &day, &hour, &minute, &second, &ms, &process, &thread, rest));
    assert_true(year >= 2025 && month <= 12 && day <= 31 && hour < 24 && second <= 60);
    assert_int_equal(GetCurrentProcessId(), process);
    assert_int_equal(GetCurrentThreadId(), thread);
    assert_string_equal("WARN  a_line_tells_when_who_and_where: disk full, 7 bytes, 5000000000",
                        rest);
}

static void logging_keeps_the_last_error(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    SetLastError(4711);
    ERR("x");
    assert_int_equal(4711, GetLastError());
    assert_true(log_enabled(LOG_ERR));
    assert_int_equal(4711, GetLastError());
}

static void a_message_is_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    ERR("a\r\nb\tc\x1b[0m\x7f");
    assert_non_null(strstr(written(), ": a??b?c?[0m?\n"));
}

static void a_message_too_long_is_cut(void **state)
{
    char *message = mem_alloc(5001);
    const char *text;

    (void)state;
    memset(message, 'x', 5000);
    message[5000] = 0;
    assert_true(log_configure(LOG_ERR, path));
    ERR("%s", message);
    text = written();
    assert_in_range(strlen(text), 1900, 2000);
    assert_non_null(strstr(text, "xxx...\n"));
    mem_free(message);
}

static void a_log_is_appended_and_may_be_read_moved_and_reopened(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    ERR("one");
    log_close();
    ERR("two");
    assert_true(log_configure(LOG_ERR, path));
    ERR("three");
    assert_non_null(strstr(written(), "one\n"));
    assert_non_null(strstr(written(), "two\n"));
    assert_non_null(strstr(written(), "three\n"));
}

static void a_file_that_cannot_be_opened_turns_the_log_off(void **state)
{
    (void)state;
    assert_false(log_configure(LOG_ERR, L"Z:\\no\\such\\folder\\log.txt"));
    assert_false(log_enabled(LOG_ERR));
    ERR("nowhere");
}

static void write_lines(void *context)
{
    int i;

    (void)context;
    for (i = 0; i < 200; i++)
        ERR("begin %s end", "0123456789012345678901234567890123456789");
}

static void threads_write_whole_lines(void **state)
{
    const char *text, *line;
    HANDLE threads[4];
    size_t i, lines = 0;

    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(S_OK, thread_start("writes", write_lines, NULL, &threads[i]));
    assert_int_equal(WAIT_OBJECT_0, WaitForMultipleObjects(4, threads, TRUE, UNIT_LIMIT));
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        handle_close(threads[i]);
    text = written();
    for (line = text; *line; line = strchr(line, '\n') + 1, lines++)
    {
        size_t length = strcspn(line, "\n");

        assert_int_equal('\n', line[length]);
        assert_memory_equal("9 end", line + length - 5, 5);
        assert_memory_equal(text + 24, line + 24, 1); /* each begins with its date */
        assert_int_equal('Z', line[23]);
    }
    assert_int_equal(800, lines);
}

static void a_url_loses_credentials_and_query(void **state)
{
    static const struct
    {
        const char *url, *shown;
    } rows[] = {
        {"http://host/path", "http://host/path"},
        {"https://host:8443/a/b.bin", "https://host:8443/a/b.bin"},
        {"https://host/a?sig=secret", "https://host/a?..."},
        {"https://host?secret", "https://host?..."},
        {"https://host/a#secret", "https://host/a"},
        {"https://host/a?secret#secret", "https://host/a?..."},
        {"https://user:secret@host/a", "https://host/a"},
        {"https://user:sec@ret@host/a", "https://host/a"},
        {"https://secret@host:80/a?secret", "https://host:80/a?..."},
        {"https://host/@scope/name", "https://host/@scope/name"},
        {"https://[::1]/a", "https://[::1]/a"},
        {"https://[::1]:80/a", "https://[::1]:80/a"},
        {"https://user:sec/ret@host/a", "https://(hidden)"},
        {"https://user:/secret@host/a", "https://(hidden)"},
        {"user:secret@host/a", "host/a"},
        {"", ""},
        {NULL, "(null)"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(rows[i].shown, LOG_URL(rows[i].url));
}

static void arguments_are_cut_to_fit(void **state)
{
    WCHAR wide[1001];
    char url[1001];
    size_t i;

    (void)state;
    for (i = 0; i < 1000; i++)
    {
        wide[i] = L'\u20ac';
        url[i] = 'x';
    }
    wide[i] = 0;
    url[i] = 0;
    assert_in_range(strlen(LOG_URL(url)), 100, sizeof(struct log_text) - 1);
    assert_in_range(strlen(LOG_WIDE(wide)), 100, sizeof(struct log_text) - 1);
    assert_string_equal("...", LOG_WIDE(wide) + strlen(LOG_WIDE(wide)) - 3);
    assert_string_equal("\xe2\x82\xac", LOG_WIDE(L"\u20ac"));
    assert_string_equal("", LOG_WIDE(L""));
    assert_string_equal("(null)", LOG_WIDE(NULL));
}

static void a_guid_is_shown_as_windows_does(void **state)
{
    static const GUID guid = {0x1234567, 0x89ab, 0xcdef, {1, 2, 3, 4, 5, 6, 7, 8}};

    (void)state;
    assert_string_equal("{01234567-89AB-CDEF-0102-030405060708}", LOG_GUID(&guid));
    assert_string_equal("(null)", LOG_GUID(NULL));
}

/* --- the environment, in a process of its own ---------------------------------------------- */

static int child(void)
{
    WARN("from the child");
    TRACE("not from the child");
    return 0;
}

static void run_child(const WCHAR *level)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR exe[MAX_PATH], command[MAX_PATH + 32];
    PROCESS_INFORMATION process;

    GetModuleFileNameW(NULL, exe, MAX_PATH);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls", exe, CHILD);
    SetEnvironmentVariableW(L"DOSVC_LOG", level);
    SetEnvironmentVariableW(L"DOSVC_LOG_FILE", path);
    assert_true(CreateProcessW(exe, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    SetEnvironmentVariableW(L"DOSVC_LOG", NULL);
    SetEnvironmentVariableW(L"DOSVC_LOG_FILE", NULL);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(process.hProcess, UNIT_LIMIT));
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void the_environment_turns_it_on(void **state)
{
    (void)state;
    run_child(NULL);
    run_child(L"nonsense");
    assert_string_equal("", written());
    run_child(L"Info");
    assert_non_null(strstr(written(), "child: from the child\n"));
    assert_null(strstr(written(), "not from"));
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        log_test(the_level_decides_what_is_written),
        log_test(what_is_off_is_not_evaluated),
        log_test(a_line_tells_when_who_and_where),
        log_test(logging_keeps_the_last_error),
        log_test(a_message_is_one_line_whatever_is_in_it),
        log_test(a_message_too_long_is_cut),
        log_test(a_log_is_appended_and_may_be_read_moved_and_reopened),
        log_test(a_file_that_cannot_be_opened_turns_the_log_off),
        log_test(threads_write_whole_lines),
        log_test(a_url_loses_credentials_and_query),
        log_test(arguments_are_cut_to_fit),
        log_test(a_guid_is_shown_as_windows_does),
        log_test(the_environment_turns_it_on),
    };

    if (argc == 2 && !strcmp(argv[1], "--child"))
        return child();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
