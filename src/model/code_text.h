#ifndef MODEL_CODE_TEXT_H
#define MODEL_CODE_TEXT_H

#include <stdint.h>

/* What an HRESULT is called and what it means, for people. */

struct code_text
{
    uint32_t code;
    const char *name;     /* "DO_E_INVALID_STATE" */
    const char *sentence; /* English: what happened, and what helps */
};

/* NULL if the code is not known here. Every 0x80190000 + HTTP status from 300 to 599 is; a status
 * without a row of its own gets that of its class, whose code is the class's first (4xx: 400). */
const struct code_text *code_text_find(uint32_t code);

/* Only its sentence, or NULL. */
const char *code_text(uint32_t code);

#endif
