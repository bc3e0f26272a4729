#include "explain.h"

#include "code_name.h"
#include "com.h"
#include "exit_code.h"
#include "print.h"
#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>
#include <wctype.h>

static const WCHAR usage[] =
    L"usage: doctl explain CODE...\n"
    L"\n"
    L"CODE is an HRESULT in hexadecimal (0x80D02013) or decimal (-2133843949), or its name\n"
    L"(DO_E_INVALID_STATE).\n";

/* "0x80D02013", "80D02013", "2161123347", "-2133843949", "DO_E_INVALID_STATE" */
static bool parse_code(const WCHAR *text, HRESULT *code)
{
    const bool has_prefix = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const bool is_bare_hex = wcslen(text) == 8 && wcsspn(text, L"0123456789abcdefABCDEF") == 8;
    long long value;
    WCHAR *end;

    if (code_from_name(text, code))
        return true;
    if (!iswdigit(*text) && *text != '-' && !is_bare_hex)
        return false;
    value = wcstoll(text, &end, has_prefix || is_bare_hex ? 16 : 10);
    if (end == text || *end || value < -0x80000000ll || value > 0xffffffffll)
        return false;
    *code = (HRESULT)(unsigned long)value;
    return true;
}

/* A service that does not know a code may answer with nothing but the code itself. */
static bool is_only_the_code(const WCHAR *sentence, HRESULT code)
{
    WCHAR digits[16];

    swprintf(digits, sizeof(digits) / sizeof(digits[0]), L"%08lX", (unsigned long)code);
    return wcsstr(sentence, digits) && wcslen(sentence) < 24;
}

static bool explain(IBackgroundCopyManager *manager, const WCHAR *text)
{
    const WCHAR *name;
    WCHAR *sentence = NULL;
    HRESULT code;
    bool is_known;

    if (!parse_code(text, &code))
    {
        print_problem(L"\"%ls\" is no code that is known here", text);
        return false;
    }
    name = code_name(code);
    if (FAILED(IBackgroundCopyManager_GetErrorDescription(manager, code, ENGLISH, &sentence)))
        sentence = NULL;
    is_known = sentence && !is_only_the_code(sentence, code);
    if (is_known)
        print(L"0x%08lX%ls%ls\n%ls\n", (unsigned long)code, name ? L" " : L"", name ? name : L"",
              sentence);
    else
        print_problem(L"0x%08lX is no code that is known here", (unsigned long)code);
    CoTaskMemFree(sentence);
    return is_known;
}

static int explain_all(int argc, WCHAR **argv)
{
    IBackgroundCopyManager *manager;
    int i, code = EXIT_DONE;
    HRESULT hr;

    hr = com_create_or_say(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    if (FAILED(hr))
        return EXIT_NO_SERVICE;
    for (i = 0; i < argc; i++)
        if (!explain(manager, argv[i]))
            code = EXIT_FAILED;
    IBackgroundCopyManager_Release(manager);
    return code;
}

int explain_run(int argc, WCHAR **argv)
{
    int code;

    if (argc == 1 && (!wcscmp(argv[0], L"-h") || !wcscmp(argv[0], L"--help")))
    {
        print(L"%ls", usage);
        return EXIT_DONE;
    }
    if (!argc)
    {
        print_problem(L"explain what? Name a code");
        return EXIT_USAGE;
    }
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = explain_all(argc, argv);
    com_close();
    return code;
}
