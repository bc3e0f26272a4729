#include "file_name.h"

#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

bool is_url(const WCHAR *text)
{
    const WCHAR *p = text;

    while (iswalnum(*p) || *p == '+' || *p == '-' || *p == '.')
        p++;
    return p > text && !wcsncmp(p, L"://", 3);
}

WCHAR *url_to_show(const WCHAR *url)
{
    size_t length = wcscspn(url, L"?#");
    WCHAR *shown = calloc(length + 1, sizeof(*shown)), *host, *end, *at, *p;

    if (!shown)
        return NULL;
    memcpy(shown, url, length * sizeof(*shown));
    host = wcsstr(shown, L"://");
    if (!host)
        return shown;
    host += 3;
    end = host + wcscspn(host, L"/\\");
    for (at = NULL, p = host; p < end; p++)
        if (*p == '@')
            at = p;
    if (at)
        memmove(host, at + 1, (wcslen(at + 1) + 1) * sizeof(*host));
    return shown;
}

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* In place. "%41" becomes "A"; what is no such triple stays. */
static void percent_decode(char *text)
{
    char *out = text;
    int high, low;

    while (*text)
    {
        high = *text == '%' ? hex_digit((unsigned char)text[1]) : -1;
        low = high >= 0 ? hex_digit((unsigned char)text[2]) : -1;
        *out++ = low >= 0 ? (char)(high * 16 + low) : *text;
        text += low >= 0 ? 3 : 1;
    }
    *out = 0;
}

/* Both directions allocate; length is in units of the input. */
static char *narrow(const WCHAR *text, size_t length)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL);
    char *utf8 = calloc((size_t)size + 1, 1);

    if (utf8 && size)
        WideCharToMultiByte(CP_UTF8, 0, text, (int)length, utf8, size, NULL, NULL);
    return utf8;
}

static WCHAR *widen(const char *utf8)
{
    int size = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0);
    WCHAR *text = calloc((size_t)size + 1, sizeof(*text));

    if (text)
        MultiByteToWideChar(CP_UTF8, 0, utf8, -1, text, size);
    return text;
}

static void make_legal(WCHAR *name)
{
    size_t length;
    WCHAR *p;

    for (p = name; *p; p++)
        if (*p < 32 || wcschr(L"<>:\"/\\|?*", *p))
            *p = '_';
    /* Windows drops these at the end, so the file would have another name than we say. */
    length = wcslen(name);
    while (length && (name[length - 1] == '.' || name[length - 1] == ' '))
        name[--length] = 0;
}

WCHAR *file_name_from_url(const WCHAR *url)
{
    const WCHAR *end = url + wcscspn(url, L"?#"), *path = wcsstr(url, L"://"), *start = end;
    WCHAR *name;
    char *utf8;

    path = path ? path + 3 : url;
    while (path < end && *path != '/')
        path++;
    while (start > path && start[-1] != '/')
        start--;
    utf8 = narrow(start, (size_t)(end - start));
    if (!utf8)
        return NULL;
    percent_decode(utf8);
    name = widen(utf8);
    free(utf8);
    if (name)
        make_legal(name);
    return name;
}

static WCHAR *full_path(const WCHAR *path)
{
    DWORD length = GetFullPathNameW(path, 0, NULL, NULL);
    WCHAR *full = calloc((size_t)length + 1, sizeof(*full));

    if (full && GetFullPathNameW(path, length, full, NULL) < length)
        return full;
    free(full);
    return NULL;
}

static bool stands_alone(const WCHAR *path)
{
    return *path == '\\' || *path == '/' || (*path && path[1] == ':');
}

WCHAR *file_path(const WCHAR *folder, const WCHAR *file)
{
    size_t length = folder ? wcslen(folder) : 0;
    WCHAR *joined, *full;

    if (!length || stands_alone(file))
        return full_path(file);
    joined = calloc(length + 1 + wcslen(file) + 1, sizeof(*joined));
    if (!joined)
        return NULL;
    wcscpy(joined, folder);
    if (!wcschr(L"\\/:", folder[length - 1]))
        wcscat(joined, L"\\");
    wcscat(joined, file);
    full = full_path(joined);
    free(joined);
    return full;
}

const WCHAR *file_last_part(const WCHAR *path)
{
    const WCHAR *last = path;

    for (; *path; path++)
        if (*path == '\\' || *path == '/')
            last = path + 1;
    return last;
}
