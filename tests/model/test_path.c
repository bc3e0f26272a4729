#include "model/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool acceptable(const char *path)
{
    uint16_t wide[512];
    size_t i;

    for (i = 0; path[i]; i++)
        wide[i] = (unsigned char)path[i];
    wide[i] = 0;
    return path_is_acceptable(wide);
}

static void absolute_paths_are_accepted(void **state)
{
    static const char *const good[] = {
        "C:\\a.txt",
        "z:\\folder with space\\b",
        "C:/a/b.txt",
        "C:\\a\\\\b",
        "C:\\a\\..\\b",
        "C:\\.hidden",
        "\\\\server\\share\\a",
        "\\\\?\\C:\\a",
        "\\\\?\\UNC\\server\\share\\a",
        "\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\\a",
        "C:\\console\\com10\\nully",
        "C:\\a;b=c,[d]{e}!",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++)
        assert_true(acceptable(good[i]));
}

static void other_paths_are_not(void **state)
{
    static const char *const bad[] = {
        "",
        "a",
        "a\\b",
        "\\a",
        "C:",
        "C:a",
        "C:\\",
        "C:\\a\\",
        "1:\\a",
        "\\\\server\\share",
        "\\\\server\\share\\",
        "\\\\server",
        "\\\\\\share\\a",
        "\\\\.\\C:\\a",
        "\\\\.\\pipe\\a",
        "\\\\?\\a",
        "\\\\?\\C:/a",
        "\\\\?\\C:\\a\\..\\b",
        "\\\\?\\C:\\\\a",
        "//?/C:/a",
        "\\\\?\\GLOBALROOT\\a",
        "http://h/a",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        assert_false(acceptable(bad[i]));
}

static void names_that_windows_would_change_are_refused(void **state)
{
    static const char *const bad[] = {
        "C:\\NUL",      "C:\\nul.txt", "C:\\a\\CON\\b", "C:\\com1",  "C:\\LPT9.log",
        "C:\\aux .txt", "C:\\CONIN$",  "C:\\COM\xb9",   "C:\\a:b",   "C:\\a::$DATA",
        "C:\\a:b\\c",   "C:\\a.",      "C:\\a ",        "C:\\a \\b", "C:\\a.\\b",
        "C:\\a<b",      "C:\\a|b",     "C:\\a?",        "C:\\*",     "C:\\a\"b",
        "C:\\a\tb",     "C:\\...",     "C:\\..",        "C:\\.",     "\\\\?\\C:\\NUL",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(bad); i++)
        assert_false(acceptable(bad[i]));
}

static void the_limits_are_those_of_windows(void **state)
{
    static uint16_t path[PATH_LENGTH_MAX + 2];
    size_t i;

    (void)state;
    for (i = 0; i <= PATH_LENGTH_MAX; i++)
        path[i] = i % 200 ? 'a' : '\\';
    path[0] = path[1] = path[3] = path[6] = '\\';
    path[2] = '?';
    path[4] = 'C';
    path[5] = ':';
    path[PATH_LENGTH_MAX] = 0;
    assert_true(path_is_acceptable(path));
    path[PATH_LENGTH_MAX] = 'a';
    assert_false(path_is_acceptable(path));
    for (i = 7; i < 7 + PATH_NAME_MAX; i++)
        path[i] = 'a';
    path[i] = 0;
    assert_true(path_is_acceptable(path));
    path[i] = 'a';
    path[i + 1] = 0;
    assert_false(path_is_acceptable(path));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(absolute_paths_are_accepted),
        cmocka_unit_test(other_paths_are_not),
        cmocka_unit_test(names_that_windows_would_change_are_refused),
        cmocka_unit_test(the_limits_are_those_of_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
