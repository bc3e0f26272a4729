/* Bytes a second, as people write them: "500K", "2M", "none". */
#ifndef CLI_RATE_H
#define CLI_RATE_H

#include <windows.h>

#include <stdbool.h>

/* 0 is "none". False: it is no rate. */
bool rate_parse(const WCHAR *text, UINT64 *rate);

#endif
