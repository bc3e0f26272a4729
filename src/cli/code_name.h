/* What a code is called in the headers, in both directions. */
#ifndef CLI_CODE_NAME_H
#define CLI_CODE_NAME_H

#include <windows.h>

#include <stdbool.h>

/* "DO_E_INVALID_STATE"; NULL if it is not known here. */
const WCHAR *code_name(HRESULT code);

/* Letter case does not matter. */
bool code_from_name(const WCHAR *name, HRESULT *code);

/* The HTTP status that the code stands for, or 0. */
unsigned int code_http_status(HRESULT code);

#endif
