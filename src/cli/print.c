#include "print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define LONGEST (1u << 20) /* characters */

static bool is_verbose;

static void write_utf8(HANDLE stream, const WCHAR *text, int length)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, length, NULL, 0, NULL, NULL);
    char *utf8 = size > 0 ? malloc((size_t)size) : NULL;
    DWORD written;

    if (utf8 && WideCharToMultiByte(CP_UTF8, 0, text, length, utf8, size, NULL, NULL) == size)
        WriteFile(stream, utf8, (DWORD)size, &written, NULL);
    free(utf8);
}

static void write_text(DWORD which, const WCHAR *text, int length)
{
    HANDLE stream = GetStdHandle(which);
    DWORD mode, written;

    if (GetConsoleMode(stream, &mode))
        WriteConsoleW(stream, text, (DWORD)length, &written, NULL);
    else
        write_utf8(stream, text, length);
}

/* One write for the whole text, so that lines of several processes do not mix. */
static void write_format(DWORD which, const WCHAR *before, const WCHAR *format, va_list list,
                         const WCHAR *after)
{
    size_t used = wcslen(before), capacity = used + wcslen(after) + 256, room = 0;
    WCHAR *text = NULL, *larger;
    int length = -1;
    va_list copy;

    /* Too little room is a negative result or the length that is needed, as the runtime likes. */
    while ((length < 0 || (size_t)length >= room) && capacity < LONGEST)
    {
        capacity *= 2;
        larger = realloc(text, capacity * sizeof(*text));
        if (!larger)
            break;
        text = larger;
        room = capacity - used - wcslen(after);
        va_copy(copy, list);
        length = vswprintf(text + used, room, format, copy);
        va_end(copy);
    }
    if (text && length >= 0 && (size_t)length < room)
    {
        memcpy(text, before, used * sizeof(*text));
        wcscpy(text + used + length, after);
        write_text(which, text, (int)wcslen(text));
    }
    free(text);
}

void print(const WCHAR *format, ...)
{
    va_list list;

    va_start(list, format);
    write_format(STD_OUTPUT_HANDLE, L"", format, list, L"");
    va_end(list);
}

void print_text(const WCHAR *text)
{
    write_text(STD_OUTPUT_HANDLE, text, (int)wcslen(text));
}

void print_problem(const WCHAR *format, ...)
{
    va_list list;

    va_start(list, format);
    write_format(STD_ERROR_HANDLE, L"doctl: ", format, list, L"\n");
    va_end(list);
}

void print_error(const WCHAR *format, ...)
{
    va_list list;

    va_start(list, format);
    write_format(STD_ERROR_HANDLE, L"", format, list, L"");
    va_end(list);
}

void print_detail(const WCHAR *format, ...)
{
    va_list list;

    if (!is_verbose)
        return;
    va_start(list, format);
    write_format(STD_ERROR_HANDLE, L"", format, list, L"\n");
    va_end(list);
}

void print_be_verbose(bool verbose)
{
    is_verbose = verbose;
}

unsigned int print_columns(void)
{
    HANDLE stream = GetStdHandle(STD_OUTPUT_HANDLE);
    CONSOLE_SCREEN_BUFFER_INFO info;
    DWORD mode;

    if (!GetConsoleMode(stream, &mode) || !GetConsoleScreenBufferInfo(stream, &info))
        return 0;
    return (unsigned int)(info.srWindow.Right - info.srWindow.Left + 1);
}
