/* Every code that a client may meet has a sentence, as clients ask for it. */
#include "testkit/kit.h"

#include <stdlib.h>
#include <string.h>

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)
#define NET(code) HRESULT_FROM_WIN32(12000 + (code))

static void assert_sentence(struct kit *kit, HRESULT code, const char *name)
{
    wchar_t *text = NULL;

    assert_hr(S_OK, IBackgroundCopyManager_GetErrorDescription(kit->manager, code, ENGLISH, &text));
    if (wcslen(text) < 10 || !wcsncmp(text, L"Error 0x", 8))
        fail_msg("%s, 0x%08lx: %ls", name, (unsigned long)code, text);
    CoTaskMemFree(text);
}

static void every_code_of_the_header_has_a_sentence(void **state)
{
    FILE *header = fopen(CODES_HEADER, "r");
    char line[256], name[128];
    unsigned int count = 0;
    const char *value;

    assert_non_null(header);
    while (fgets(line, sizeof(line), header))
    {
        value = strstr(line, "((HRESULT)0x");
        if (!value || sscanf(line, "#define %127[A-Z_0-9a-z]", name) != 1)
            continue;
        if (strchr(line, '(') != value)
            continue; /* a macro with an argument */
        assert_sentence(*state, (HRESULT)strtoul(value + strlen("((HRESULT)"), NULL, 16), name);
        count++;
    }
    fclose(header);
    assert_true(count > 150);
}

static void every_http_status_has_a_sentence(void **state)
{
    int status;

    for (status = 300; status < 600; status++)
        assert_sentence(*state, (HRESULT)(0x80190000u | (unsigned int)status), "status");
}

/* Gopher's codes and the gaps apart. */
static void every_code_of_winhttp_and_wininet_has_a_sentence(void **state)
{
    static const struct
    {
        int first, last;
    } parts[] = {{1, 34}, {36, 50}, {52, 57}, {100, 103}, {110, 112}, {150, 184}};
    size_t i;
    int code;

    for (i = 0; i < ARRAY_SIZE(parts); i++)
        for (code = parts[i].first; code <= parts[i].last; code++)
            assert_sentence(*state, NET(code), "WinHTTP or WinINet");
}

static void common_codes_of_windows_have_a_sentence(void **state)
{
    static const DWORD codes[] = {
        ERROR_FILE_NOT_FOUND,
        ERROR_PATH_NOT_FOUND,
        ERROR_ACCESS_DENIED,
        ERROR_NOT_ENOUGH_MEMORY,
        ERROR_SHARING_VIOLATION,
        ERROR_DISK_FULL,
        ERROR_HANDLE_DISK_FULL,
        ERROR_INVALID_NAME,
        ERROR_FILENAME_EXCED_RANGE,
        ERROR_WRITE_PROTECT,
        ERROR_NOT_SUPPORTED,
        ERROR_TIMEOUT,
        ERROR_CANCELLED,
        ERROR_ALREADY_EXISTS,
        ERROR_RESOURCE_LANG_NOT_FOUND,
        WSAETIMEDOUT,
        WSAECONNREFUSED,
        WSAECONNRESET,
        WSAENETUNREACH,
        WSAHOST_NOT_FOUND,
    };
    static const HRESULT results[] = {
        E_FAIL,       E_NOTIMPL,     E_NOINTERFACE,        E_POINTER,
        E_ABORT,      S_OK,          E_UNEXPECTED,         E_ACCESSDENIED,
        E_INVALIDARG, E_OUTOFMEMORY, CLASS_E_NOAGGREGATION};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(codes); i++)
        assert_sentence(*state, HRESULT_FROM_WIN32(codes[i]), "Win32");
    for (i = 0; i < ARRAY_SIZE(results); i++)
        assert_sentence(*state, results[i], "HRESULT");
}

static void the_language_is_english_or_none(void **state)
{
    struct kit *kit = *state;
    wchar_t *text = L"";

    assert_hr(E_INVALIDARG,
              IBackgroundCopyManager_GetErrorDescription(kit->manager, E_FAIL, 0, &text));
    assert_null(text);
    assert_hr(E_INVALIDARG,
              IBackgroundCopyManager_GetErrorDescription(kit->manager, E_FAIL, ENGLISH, NULL));
    assert_hr((HRESULT)0x80070717,
              IBackgroundCopyManager_GetErrorDescription(
                  kit->manager, E_FAIL, MAKELANGID(LANG_KOREAN, SUBLANG_KOREAN), &text));
    assert_null(text);
}

#define kit_case(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        kit_case(every_code_of_the_header_has_a_sentence),
        kit_case(every_http_status_has_a_sentence),
        kit_case(every_code_of_winhttp_and_wininet_has_a_sentence),
        kit_case(common_codes_of_windows_have_a_sentence),
        kit_case(the_language_is_english_or_none),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
