#include "report.h"

#include "code_name.h"
#include "file_name.h"
#include "print.h"

#include <stdlib.h>
#include <wchar.h>

static void say(const WCHAR *sentence, HRESULT code, const WCHAR *url, const WCHAR *path)
{
    const WCHAR *name = code_name(code), *file = file_last_part(path);
    unsigned int status = code_http_status(code);
    WCHAR *shown = url_to_show(url);

    print_problem(L"%ls: %ls", *file ? file : path, sentence);
    print_error(L"  code  0x%08lX%ls%ls\n", (unsigned long)code, name ? L" " : L"",
                name ? name : L"");
    if (status)
        print_error(L"  HTTP  %u\n", status);
    /* Our own errors name both; those of another service may not. */
    if (!wcsstr(sentence, path))
        print_error(L"  file  %ls\n", path);
    if (shown && !wcsstr(sentence, shown))
        print_error(L"  URL   %ls\n", shown);
    free(shown);
}

void report_error(IBackgroundCopyError *error, const WCHAR *url, const WCHAR *path)
{
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = E_UNEXPECTED;
    WCHAR *sentence = NULL;

    IBackgroundCopyError_GetError(error, &context, &code);
    if (FAILED(IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &sentence)))
        sentence = NULL;
    say(sentence ? sentence : L"The download failed.", code, url, path);
    CoTaskMemFree(sentence);
}

void report_code(IBackgroundCopyManager *manager, HRESULT code, const WCHAR *doing,
                 const WCHAR *url, const WCHAR *path)
{
    WCHAR *sentence = NULL, *text;
    size_t capacity;

    if (FAILED(IBackgroundCopyManager_GetErrorDescription(manager, code, ENGLISH, &sentence)))
        sentence = NULL;
    capacity = wcslen(doing) + (sentence ? wcslen(sentence) : 0) + 3;
    text = calloc(capacity, sizeof(*text));
    if (text)
    {
        wcscpy(text, doing);
        if (sentence)
        {
            wcscat(text, L". ");
            wcscat(text, sentence);
        }
    }
    say(text ? text : doing, code, url, path);
    free(text);
    CoTaskMemFree(sentence);
}
