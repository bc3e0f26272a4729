/*
 * JSON as doctl prints it with --json: objects and arrays, written from the outside in, one
 * document at a time. Memory that runs out makes the document empty, and json_print says so.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <windows.h>

#include <stdbool.h>

struct json
{
    WCHAR *text;
    size_t used, capacity;
    bool comma;  /* before the next value */
    bool broken; /* memory ran out */
};

/* key: NULL in an array and outside of everything. */
void json_open(struct json *json, const WCHAR *key, WCHAR bracket);      /* '{' or '[' */
void json_close(struct json *json, WCHAR bracket);                       /* '}' or ']' */
void json_text(struct json *json, const WCHAR *key, const WCHAR *value); /* NULL: null */
void json_number(struct json *json, const WCHAR *key, UINT64 value);
void json_bool(struct json *json, const WCHAR *key, bool value);
void json_null(struct json *json, const WCHAR *key);
/* "2026-01-31T12:00:00Z"; null for zero. */
void json_time(struct json *json, const WCHAR *key, const FILETIME *time);
/* "0x80D02002" */
void json_code(struct json *json, const WCHAR *key, HRESULT code);

/* The document as one line on stdout; frees it. False: it is not whole. */
bool json_print(struct json *json);

#endif
