#include "base/str.h"

#include "base/fault.h"
#include "base/mem.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- conversions ---------------------------------------------------------------------------- */

char *str_utf8_from_wide(const WCHAR *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, NULL, 0, NULL, NULL);
    char *utf8;

    if (!size)
    {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return NULL;
    }
    if ((utf8 = mem_alloc((size_t)size)))
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, size, NULL, NULL);
    return utf8;
}

WCHAR *str_wide_from_utf8(const char *utf8)
{
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, NULL, 0);
    WCHAR *wide;

    if (!count)
    {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return NULL;
    }
    if ((wide = mem_array_alloc((size_t)count, sizeof(*wide))))
        MultiByteToWideChar(CP_UTF8, 0, utf8, -1, wide, count);
    return wide;
}

HRESULT str_dup(const WCHAR *text, WCHAR **out)
{
    WCHAR *copy = mem_wcsdup(text);

    if (text && !copy)
        return E_OUTOFMEMORY;
    *out = copy;
    return S_OK;
}

HRESULT str_cotask_dup(const WCHAR *text, WCHAR **out)
{
    size_t size = (wcslen(text) + 1) * sizeof(*text);

    *out = fault_hit(FAULT_ALLOC) ? NULL : CoTaskMemAlloc(size);
    if (!*out)
        return E_OUTOFMEMORY;
    memcpy(*out, text, size);
    return S_OK;
}

/* --- comparison ----------------------------------------------------------------------------- */

static unsigned int lower(unsigned int c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

int str_compare_nocase(const char *a, const char *b)
{
    unsigned int x, y;

    do
    {
        x = lower((unsigned char)*a++);
        y = lower((unsigned char)*b++);
    } while (x && x == y);
    return (x > y) - (x < y);
}

bool str_equal_nocase(const char *a, const char *b)
{
    return !str_compare_nocase(a, b);
}

bool str_starts_nocase(const char *text, const char *prefix)
{
    while (*prefix && lower((unsigned char)*text) == lower((unsigned char)*prefix))
    {
        text++;
        prefix++;
    }
    return !*prefix;
}

bool str_equal_nocase_wide(const WCHAR *a, const WCHAR *b)
{
    while (*a && lower(*a) == lower(*b))
    {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

/* --- GUIDs ---------------------------------------------------------------------------------- */

void str_from_guid(const GUID *guid, char text[STR_GUID_SIZE])
{
    snprintf(text, STR_GUID_SIZE, "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2],
             guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
}

void str_wide_from_guid(const GUID *guid, WCHAR text[STR_GUID_SIZE])
{
    char narrow[STR_GUID_SIZE];
    size_t i;

    str_from_guid(guid, narrow);
    for (i = 0; i < STR_GUID_SIZE; i++)
        text[i] = (WCHAR)narrow[i];
}

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (WCHAR)lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_wide_to_guid(const WCHAR *text, GUID *guid)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    bool braces = *text == '{';
    unsigned char bytes[16] = {0};
    const char *expected;
    size_t nibble = 0, i;

    text += braces;
    for (expected = pattern; *expected; expected++, text++)
    {
        if (*expected == '-' ? *text != '-' : hex_digit(*text) < 0)
            return false;
        if (*expected == '-')
            continue;
        bytes[nibble / 2] = (unsigned char)(bytes[nibble / 2] << 4 | hex_digit(*text));
        nibble++;
    }
    if (braces && *text++ != '}')
        return false;
    if (*text)
        return false;

    guid->Data1 =
        (ULONG)bytes[0] << 24 | (ULONG)bytes[1] << 16 | (ULONG)bytes[2] << 8 | (ULONG)bytes[3];
    guid->Data2 = (USHORT)(bytes[4] << 8 | bytes[5]);
    guid->Data3 = (USHORT)(bytes[6] << 8 | bytes[7]);
    for (i = 0; i < 8; i++)
        guid->Data4[i] = bytes[8 + i];
    return true;
}

/* --- building ------------------------------------------------------------------------------- */

void str_buf_init(struct str_buf *buf, size_t limit)
{
    memset(buf, 0, sizeof(*buf));
    buf->limit = limit;
}

void str_buf_cleanup(struct str_buf *buf)
{
    size_t limit = buf->limit;

    mem_free(buf->text);
    str_buf_init(buf, limit);
}

/* Room for `more` bytes and the end; false if there was or now is a failure. */
static bool reserve(struct str_buf *buf, size_t more)
{
    char *text;

    if (FAILED(buf->error))
        return false;
    if (more > buf->limit - buf->length)
    {
        buf->error = HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
        return false;
    }
    if (!(text = mem_array_grow(buf->text, &buf->capacity, buf->length + more + 1, 1)))
    {
        buf->error = E_OUTOFMEMORY;
        return false;
    }
    buf->text = text;
    return true;
}

void str_buf_append_n(struct str_buf *buf, const char *text, size_t length)
{
    if (!reserve(buf, length))
        return;
    memcpy(buf->text + buf->length, text, length);
    buf->length += length;
    buf->text[buf->length] = 0;
}

void str_buf_append(struct str_buf *buf, const char *text)
{
    str_buf_append_n(buf, text, strlen(text));
}

void str_buf_appendf(struct str_buf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
    {
        if (SUCCEEDED(buf->error))
            buf->error = E_INVALIDARG;
        return;
    }
    if (!reserve(buf, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(buf->text + buf->length, (size_t)length + 1, format, args);
    va_end(args);
    buf->length += (size_t)length;
}

HRESULT str_buf_detach(struct str_buf *buf, char **text)
{
    HRESULT hr;

    reserve(buf, 0);
    hr = buf->error;
    if (SUCCEEDED(hr))
    {
        buf->text[buf->length] = 0;
        *text = buf->text;
        buf->text = NULL;
    }
    str_buf_cleanup(buf);
    return hr;
}
