#include "json.h"

#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static void put(struct json *json, const WCHAR *text, size_t length)
{
    if (json->used + length + 2 > json->capacity)
    {
        size_t capacity = (json->used + length + 2) * 2;
        WCHAR *larger = json->broken ? NULL : realloc(json->text, capacity * sizeof(*larger));

        if (!larger)
        {
            json->broken = true;
            return;
        }
        json->text = larger;
        json->capacity = capacity;
    }
    memcpy(json->text + json->used, text, length * sizeof(*text));
    json->used += length;
    json->text[json->used] = 0;
}

static void put_string(struct json *json, const WCHAR *value)
{
    WCHAR escaped[8];

    put(json, L"\"", 1);
    for (; *value; value++)
    {
        if (*value == '"' || *value == '\\')
        {
            escaped[0] = '\\';
            escaped[1] = *value;
            put(json, escaped, 2);
        }
        else if (*value < 0x20)
        {
            swprintf(escaped, sizeof(escaped) / sizeof(escaped[0]), L"\\u%04x", *value);
            put(json, escaped, 6);
        }
        else
            put(json, value, 1);
    }
    put(json, L"\"", 1);
}

/* What stands before a value. */
static void begin(struct json *json, const WCHAR *key)
{
    if (json->comma)
        put(json, L",", 1);
    json->comma = true;
    if (!key)
        return;
    put_string(json, key);
    put(json, L":", 1);
}

static void put_word(struct json *json, const WCHAR *key, const WCHAR *word)
{
    begin(json, key);
    put(json, word, wcslen(word));
}

void json_open(struct json *json, const WCHAR *key, WCHAR bracket)
{
    begin(json, key);
    put(json, &bracket, 1);
    json->comma = false;
}

void json_close(struct json *json, WCHAR bracket)
{
    put(json, &bracket, 1);
    json->comma = true;
}

void json_text(struct json *json, const WCHAR *key, const WCHAR *value)
{
    if (!value)
    {
        json_null(json, key);
        return;
    }
    begin(json, key);
    put_string(json, value);
}

void json_number(struct json *json, const WCHAR *key, UINT64 value)
{
    WCHAR digits[24];

    swprintf(digits, sizeof(digits) / sizeof(digits[0]), L"%I64u", value);
    put_word(json, key, digits);
}

void json_bool(struct json *json, const WCHAR *key, bool value)
{
    put_word(json, key, value ? L"true" : L"false");
}

void json_null(struct json *json, const WCHAR *key)
{
    put_word(json, key, L"null");
}

void json_time(struct json *json, const WCHAR *key, const FILETIME *time)
{
    SYSTEMTIME utc;
    WCHAR text[32];

    if ((!time->dwLowDateTime && !time->dwHighDateTime) || !FileTimeToSystemTime(time, &utc))
    {
        json_null(json, key);
        return;
    }
    swprintf(text, sizeof(text) / sizeof(text[0]), L"%04u-%02u-%02uT%02u:%02u:%02uZ", utc.wYear,
             utc.wMonth, utc.wDay, utc.wHour, utc.wMinute, utc.wSecond);
    json_text(json, key, text);
}

void json_code(struct json *json, const WCHAR *key, HRESULT code)
{
    WCHAR text[16];

    swprintf(text, sizeof(text) / sizeof(text[0]), L"0x%08lX", (unsigned long)code);
    json_text(json, key, text);
}

bool json_print(struct json *json)
{
    bool whole = !json->broken && json->text;

    if (whole)
    {
        put(json, L"\n", 1);
        print_text(json->text);
    }
    else
        print_problem(L"out of memory");
    free(json->text);
    *json = (struct json){0};
    return whole;
}
