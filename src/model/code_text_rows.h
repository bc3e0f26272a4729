#ifndef MODEL_CODE_TEXT_ROWS_H
#define MODEL_CODE_TEXT_ROWS_H

#include "model/code_text.h"

#include <stddef.h>

/* The rows of code_text, one array per family; for code_text.c only. */

struct code_rows
{
    const struct code_text *rows;
    size_t count;
};

#define CODE_ROWS(name, array)                                                                     \
    const struct code_rows name = {array, sizeof(array) / sizeof((array)[0])}

extern const struct code_rows code_rows_do;      /* 0x80D0.... */
extern const struct code_rows code_rows_bits;    /* 0x8020...., 0x0020.... */
extern const struct code_rows code_rows_http;    /* 0x8019.... */
extern const struct code_rows code_rows_net;     /* 0x80072E.., 0x80072F..: WinHTTP, WinINet */
extern const struct code_rows code_rows_windows; /* the rest */

#endif
