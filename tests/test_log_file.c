#include "unit.h"

#include "base/log.h"
#include "base/log_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHILD L"--child"
#define CHILDREN 4
#define CHILD_LINES 400

static WCHAR path[MAX_PATH], older[MAX_PATH + 2]; /* in the temp folder */

static int begin(void **state)
{
    WCHAR folder[MAX_PATH];

    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"log", 0, path);
    swprintf(older, ARRAY_SIZE(older), L"%ls.1", path);
    return unit_setup(state);
}

static int end(void **state)
{
    log_configure(LOG_OFF, NULL);
    log_limit(LOG_FILE_LIMIT);
    DeleteFileW(path);
    DeleteFileW(older);
    RemoveDirectoryW(older);
    return unit_teardown(state);
}

/* Appends what the file holds to text; nothing where there is no such file. */
static void gather(const WCHAR *name, char *text, size_t size)
{
    size_t length = strlen(text);
    DWORD got = 0;
    HANDLE file =
        CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return;
    assert_true(ReadFile(file, text + length, (DWORD)(size - length - 1), &got, NULL));
    CloseHandle(file);
    text[length + got] = 0;
}

static const char *text_of(const WCHAR *name)
{
    static char text[1 << 18];

    text[0] = 0;
    gather(name, text, sizeof(text));
    return text;
}

static void write_numbered(int first, int count)
{
    int i;

    for (i = first; i < first + count; i++)
        ERR("line %04d.", i);
}

static void a_full_file_becomes_the_older_one(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(0, 1);
    log_limit(strlen(text_of(path)) * 5 / 2);
    write_numbered(1, 1);
    assert_string_equal("", text_of(older));
    write_numbered(2, 1);
    assert_non_null(strstr(text_of(older), "line 0000."));
    assert_non_null(strstr(text_of(older), "line 0001."));
    assert_null(strstr(text_of(path), "line 0001."));
    assert_non_null(strstr(text_of(path), "line 0002."));
}

static void there_are_never_more_than_two(void **state)
{
    (void)state;
    log_limit(1000);
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(0, 200);
    assert_in_range(strlen(text_of(path)), 1, 1000);
    assert_in_range(strlen(text_of(older)), 900, 1000);
    assert_non_null(strstr(text_of(path), "line 0199."));
    wcscat(older, L".1");
    assert_int_equal(INVALID_FILE_ATTRIBUTES, GetFileAttributesW(older));
    older[wcslen(older) - 2] = 0;
}

static void a_file_that_was_full_before_is_renamed_first(void **state)
{
    (void)state;
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(0, 20);
    log_configure(LOG_OFF, NULL);
    log_limit(100);
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(20, 1);
    assert_non_null(strstr(text_of(older), "line 0019."));
    assert_null(strstr(text_of(path), "line 0019."));
    assert_non_null(strstr(text_of(path), "line 0020."));
}

static void no_limit_is_none(void **state)
{
    (void)state;
    log_limit(0);
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(0, 200);
    assert_non_null(strstr(text_of(path), "line 0000."));
    assert_int_equal(INVALID_FILE_ATTRIBUTES, GetFileAttributesW(older));
}

static void a_file_that_cannot_be_renamed_grows_on(void **state)
{
    (void)state;
    log_limit(1000);
    assert_true(CreateDirectoryW(older, NULL));
    assert_true(log_configure(LOG_ERR, path));
    write_numbered(0, 100);
    assert_non_null(strstr(text_of(path), "line 0000."));
    assert_non_null(strstr(text_of(path), "line 0099."));
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    WCHAR name[MAX_PATH * 4];

    (void)state;
    wmemset(name, L'x', ARRAY_SIZE(name));
    name[0] = path[0];
    name[1] = L':';
    name[2] = L'\\';
    name[ARRAY_SIZE(name) - 1] = 0;
    assert_false(log_configure(LOG_ERR, name));
}

/* --- several processes --------------------------------------------------------------------- */

static int child(const WCHAR *number)
{
    write_numbered((int)wcstol(number, NULL, 10) * CHILD_LINES, CHILD_LINES);
    return 0;
}

static HANDLE start_child(int number)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR exe[MAX_PATH], command[MAX_PATH + 32];
    PROCESS_INFORMATION process;

    GetModuleFileNameW(NULL, exe, MAX_PATH);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls %d", exe, CHILD, number);
    SetEnvironmentVariableW(L"DOSVC_LOG", L"err");
    SetEnvironmentVariableW(L"DOSVC_LOG_FILE", path);
    SetEnvironmentVariableW(L"DOSVC_LOG_LIMIT", L"80000");
    assert_true(CreateProcessW(exe, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    SetEnvironmentVariableW(L"DOSVC_LOG", NULL);
    SetEnvironmentVariableW(L"DOSVC_LOG_FILE", NULL);
    SetEnvironmentVariableW(L"DOSVC_LOG_LIMIT", NULL);
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Together they write more than one limit and less than two, so that no line may be missing. */
static void processes_share_a_file_and_lose_no_line(void **state)
{
    static char text[1 << 18];
    HANDLE children[CHILDREN];
    char wanted[20];
    int i;

    (void)state;
    for (i = 0; i < CHILDREN; i++)
        children[i] = start_child(i);
    for (i = 0; i < CHILDREN; i++)
    {
        assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(children[i], UNIT_LIMIT));
        CloseHandle(children[i]);
    }
    assert_in_range(strlen(text_of(older)), 79000, 80000);
    text[0] = 0;
    gather(older, text, sizeof(text));
    gather(path, text, sizeof(text));
    for (i = 0; i < CHILDREN * CHILD_LINES; i++)
    {
        snprintf(wanted, sizeof(wanted), "line %04d.\n", i);
        assert_non_null(strstr(text, wanted));
    }
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        file_test(a_full_file_becomes_the_older_one),
        file_test(there_are_never_more_than_two),
        file_test(a_file_that_was_full_before_is_renamed_first),
        file_test(no_limit_is_none),
        file_test(a_file_that_cannot_be_renamed_grows_on),
        file_test(a_path_that_is_too_long_is_refused),
        file_test(processes_share_a_file_and_lose_no_line),
    };

    if (argc == 3 && !strcmp(argv[1], "--child"))
    {
        WCHAR number[8];

        swprintf(number, ARRAY_SIZE(number), L"%hs", argv[2]);
        return child(number);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
