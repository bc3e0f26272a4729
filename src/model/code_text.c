#include "model/code_text_rows.h"

#define HTTP(status) (0x80190000u | (status))

/* Statuses that have no row of their own. */
static const struct code_text http_classes[] = {
    {HTTP(300), "HTTP_E_STATUS_3XX",
     "The server answered with a redirection that cannot be followed."},
    {HTTP(400), "HTTP_E_STATUS_4XX",
     "The server refused the request; the HTTP status says why. Another try would end the same."},
    {HTTP(500), "HTTP_E_STATUS_5XX",
     "The server failed to answer the request; the HTTP status says how. It is tried again."},
};

static const struct code_text *find_in(const struct code_rows *rows, uint32_t code)
{
    size_t i;

    for (i = 0; i < rows->count; i++)
        if (rows->rows[i].code == code)
            return &rows->rows[i];
    return NULL;
}

const struct code_text *code_text_find(uint32_t code)
{
    const struct code_text *found = find_in(&code_rows_do, code);

    if (!found)
        found = find_in(&code_rows_bits, code);
    if (!found)
        found = find_in(&code_rows_http, code);
    if (!found)
        found = find_in(&code_rows_net, code);
    if (!found)
        found = find_in(&code_rows_windows, code);
    if (!found && code >= HTTP(300u) && code < HTTP(600u))
        found = &http_classes[(code & 0xffff) / 100 - 3];
    return found;
}

const char *code_text(uint32_t code)
{
    const struct code_text *found = code_text_find(code);

    return found ? found->sentence : NULL;
}
