/*
 * The one configuration of the Windows headers and of the C library.
 *
 * Every file above model includes this (most get it through another base header) before any system
 * header; nobody includes <windows.h>, <winsock2.h> or <objbase.h> on their own, or the switches
 * below would be set in some files only.
 */
#ifndef BASE_PLATFORM_H
#define BASE_PLATFORM_H

/* C99 formats (%zu, %llu) in msvcrt's printf family; must precede every C header. */
#ifndef __USE_MINGW_ANSI_STDIO
#define __USE_MINGW_ANSI_STDIO 1
#endif

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef COBJMACROS
#define COBJMACROS
#endif
#ifndef CONST_VTABLE
#define CONST_VTABLE
#endif

/* winsock2.h first: windows.h would bring in the old winsock.h */
#include <winsock2.h>

#include <windows.h>

#include <objbase.h>
#include <oleauto.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Evaluates the smaller one twice. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The number of elements of an array (not of a pointer). */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The structure of the given type whose member `pointer` points at. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#ifndef E_NOT_VALID_STATE
#define E_NOT_VALID_STATE HRESULT_FROM_WIN32(ERROR_INVALID_STATE)
#endif
#ifndef E_NOT_SET
#define E_NOT_SET HRESULT_FROM_WIN32(ERROR_NOT_FOUND)
#endif

#endif
