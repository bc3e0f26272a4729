#ifndef BASE_PLATFORM_H
#define BASE_PLATFORM_H

/* In place of src/base/platform.h: of Windows what src/core/pieces.c and src/io/json.c need, so
 * that they can be fuzzed on this machine. */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int32_t HRESULT;
typedef int32_t LONG;
typedef uint32_t DWORD;
typedef uint64_t UINT64;
typedef uint8_t BYTE;
typedef uint16_t WCHAR;
typedef struct
{
    uint8_t bytes[16];
} GUID;

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define ERROR_INVALID_DATA 13
#define HRESULT_FROM_WIN32(code) ((HRESULT)(0x80070000u | (code)))
#define SUCCEEDED(hr) ((hr) >= 0)
#define FAILED(hr) ((hr) < 0)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
