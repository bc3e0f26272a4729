#include "unit.h"

#include "base/str.h"

#include <string.h>

static const GUID guid = {
    0x01234567, 0x89ab, 0xcdef, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};

static void text_survives_both_conversions(void **state)
{
    static const struct
    {
        const WCHAR *wide;
        const char *utf8;
    } rows[] = {
        {L"", ""},
        {L"plain", "plain"},
        {L"\u00e4\u20ac", "\xc3\xa4\xe2\x82\xac"},
        {L"\xd83d\xde00", "\xf0\x9f\x98\x80"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        char *utf8 = str_utf8_from_wide(rows[i].wide);
        WCHAR *wide = str_wide_from_utf8(rows[i].utf8);

        assert_string_equal(rows[i].utf8, utf8);
        assert_int_equal(0, wcscmp(rows[i].wide, wide));
        mem_free(utf8);
        mem_free(wide);
    }
}

static void what_is_not_unicode_is_refused(void **state)
{
    static const WCHAR *const wide[] = {L"\xd83d", L"a\xd83d z", L"\xde00\xd83d"};
    static const char *const utf8[] = {"\xc3",         "a\xffz",           "\xc0\xaf",
                                       "\xed\xa0\xbd", "\xf4\x90\x80\x80", "\x80"};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(wide); i++)
    {
        SetLastError(0);
        assert_null(str_utf8_from_wide(wide[i]));
        assert_int_equal(ERROR_NO_UNICODE_TRANSLATION, GetLastError());
    }
    for (i = 0; i < ARRAY_SIZE(utf8); i++)
    {
        SetLastError(0);
        assert_null(str_wide_from_utf8(utf8[i]));
        assert_int_equal(ERROR_NO_UNICODE_TRANSLATION, GetLastError());
    }
}

static void no_memory_is_told_from_bad_text(void **state)
{
    WCHAR kept[] = L"kept", *copy = kept;

    (void)state;
    fault_configure("alloc=*");
    assert_null(str_utf8_from_wide(L"x"));
    assert_int_equal(E_OUTOFMEMORY, HRESULT_FROM_WIN32(GetLastError()));
    SetLastError(0);
    assert_null(str_wide_from_utf8("x"));
    assert_int_equal(E_OUTOFMEMORY, HRESULT_FROM_WIN32(GetLastError()));
    assert_int_equal(E_OUTOFMEMORY, str_cotask_dup(L"x", &copy));
    assert_null(copy);
    copy = kept;
    assert_int_equal(E_OUTOFMEMORY, str_dup(L"x", &copy));
    assert_ptr_equal(kept, copy);
    assert_int_equal(S_OK, str_dup(NULL, &copy));
    assert_null(copy);
}

static void a_clients_copy_is_task_memory(void **state)
{
    LONG before = mem_live_blocks();
    WCHAR *copy;

    (void)state;
    assert_int_equal(S_OK, str_cotask_dup(L"text", &copy));
    assert_int_equal(0, wcscmp(L"text", copy));
    assert_int_equal(before, mem_live_blocks());
    CoTaskMemFree(copy);
}

static void only_the_case_of_a_to_z_is_ignored(void **state)
{
    (void)state;
    assert_true(str_equal_nocase("Content-Length", "cONTENT-lENGTH"));
    assert_true(str_equal_nocase("", ""));
    assert_false(str_equal_nocase("a", "ab"));
    assert_false(str_equal_nocase("@", "`"));
    assert_false(str_equal_nocase("[", "{"));
    assert_false(str_equal_nocase("\xc4", "\xe4"));
    assert_true(str_compare_nocase("A", "b") < 0);
    assert_true(str_compare_nocase("B", "a") > 0);
    assert_true(str_compare_nocase("a", "\xff") < 0);
    assert_true(str_equal_nocase_wide(L"HTTPS", L"https"));
    assert_false(str_equal_nocase_wide(L"\u00c4", L"\u00e4"));
    assert_false(str_equal_nocase_wide(L"http", L"https"));
    assert_false(str_equal_nocase_wide(L"https", L"http"));
}

static void a_prefix_is_found_at_the_beginning_only(void **state)
{
    (void)state;
    assert_true(str_starts_nocase("HTTP://x", "http://"));
    assert_true(str_starts_nocase("x", ""));
    assert_true(str_starts_nocase("x", "X"));
    assert_false(str_starts_nocase("xhttp", "http"));
    assert_false(str_starts_nocase("htt", "http"));
}

static void a_guid_is_written_as_windows_does(void **state)
{
    char text[STR_GUID_SIZE];
    WCHAR wide[STR_GUID_SIZE];

    (void)state;
    str_from_guid(&guid, text);
    assert_string_equal("{01234567-89AB-CDEF-0123-456789ABCDEF}", text);
    str_wide_from_guid(&guid, wide);
    assert_int_equal(0, wcscmp(L"{01234567-89AB-CDEF-0123-456789ABCDEF}", wide));
}

static void a_guid_is_read_with_or_without_braces(void **state)
{
    GUID read = {0};

    (void)state;
    assert_true(str_wide_to_guid(L"{01234567-89AB-CDEF-0123-456789ABCDEF}", &read));
    assert_memory_equal(&guid, &read, sizeof(guid));
    memset(&read, 0, sizeof(read));
    assert_true(str_wide_to_guid(L"01234567-89ab-cdef-0123-456789abcdef", &read));
    assert_memory_equal(&guid, &read, sizeof(guid));
}

static void what_is_no_guid_is_refused_and_changes_nothing(void **state)
{
    static const WCHAR *const texts[] = {
        L"",
        L"{",
        L"{}",
        L"01234567-89ab-cdef-0123-456789abcde",
        L"01234567-89ab-cdef-0123-456789abcdef0",
        L"{01234567-89ab-cdef-0123-456789abcdef",
        L"{01234567-89ab-cdef-0123-456789abcdef}0",
        L"{01234567-89ab-cdef-0123-456789abcdef}0123456789",
        L"01234567-89ab-cdef-0123-456789abcdef}",
        L"0123456789ab-cdef-0123-456789abcdef",
        L"01234567-89ab-cdef-0123-456789abcdeg",
        L"01234567 89ab-cdef-0123-456789abcdef",
        L" 01234567-89ab-cdef-0123-456789abcdef",
    };
    GUID read = guid;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_wide_to_guid(texts[i], &read))
            fail_msg("accepted: %ls", texts[i]);
    assert_memory_equal(&guid, &read, sizeof(guid));
}

static void pieces_make_a_text(void **state)
{
    struct str_buf buf;
    char *text = NULL;
    int i;

    (void)state;
    str_buf_init(&buf, 4000);
    str_buf_append(&buf, "bytes=");
    str_buf_appendf(&buf, "%llu-%llu", 5000000000ull, 5000000001ull);
    str_buf_append_n(&buf, ",xyz", 1);
    assert_int_equal(S_OK, str_buf_detach(&buf, &text));
    assert_string_equal("bytes=5000000000-5000000001,", text);
    mem_free(text);

    for (i = 0; i < 400; i++)
        str_buf_append(&buf, "0123456789");
    assert_int_equal(S_OK, str_buf_detach(&buf, &text));
    assert_int_equal(4000, strlen(text));
    mem_free(text);
}

static void no_pieces_make_an_empty_text(void **state)
{
    struct str_buf buf;
    char *text = NULL;

    (void)state;
    str_buf_init(&buf, 0);
    assert_int_equal(S_OK, str_buf_detach(&buf, &text));
    assert_string_equal("", text);
    mem_free(text);
    str_buf_cleanup(&buf);
    str_buf_cleanup(&buf);
}

static void past_the_limit_nothing_is_given(void **state)
{
    char *text = (char *)"untouched";
    struct str_buf buf;

    (void)state;
    str_buf_init(&buf, 5);
    str_buf_append(&buf, "123");
    str_buf_appendf(&buf, "%d", 456);
    str_buf_append(&buf, "4");
    assert_int_equal(HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), str_buf_detach(&buf, &text));
    assert_string_equal("untouched", text);
    str_buf_append(&buf, "12345");
    assert_int_equal(S_OK, str_buf_detach(&buf, &text));
    assert_string_equal("12345", text);
    mem_free(text);
}

static void the_first_failure_sticks(void **state)
{
    struct str_buf buf;
    char *text = NULL;

    (void)state;
    str_buf_init(&buf, 1000);
    fault_configure("alloc=1");
    str_buf_append(&buf, "lost");
    str_buf_append(&buf, "kept?");
    assert_int_equal(E_OUTOFMEMORY, str_buf_detach(&buf, &text));
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(text_survives_both_conversions),
        unit_case(what_is_not_unicode_is_refused),
        unit_case(no_memory_is_told_from_bad_text),
        unit_case(a_clients_copy_is_task_memory),
        unit_case(only_the_case_of_a_to_z_is_ignored),
        unit_case(a_prefix_is_found_at_the_beginning_only),
        unit_case(a_guid_is_written_as_windows_does),
        unit_case(a_guid_is_read_with_or_without_braces),
        unit_case(what_is_no_guid_is_refused_and_changes_nothing),
        unit_case(pieces_make_a_text),
        unit_case(no_pieces_make_an_empty_text),
        unit_case(past_the_limit_nothing_is_given),
        unit_case(the_first_failure_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
