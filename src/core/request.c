#include "core/request.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define AGENT "User-Agent: Microsoft-Delivery-Optimization/10.0 (dosvc/0.1)"

static void add(struct request *request, const char *line)
{
    if (request->count < REQUEST_LINES_MAX)
        request->lines[request->count++] = line;
}

static bool names(const char *line, const char *name)
{
    size_t length = strlen(name);

    return !_strnicmp(line, name, length) && line[length] == ':';
}

/* Adds the block's lines; true if one of them is the user agent. */
static bool add_block(struct request *request, char *block)
{
    bool agent = false;
    char *line, *next;

    for (line = block; line && *line; line = next)
    {
        size_t length = strcspn(line, "\r\n");

        next = line + length;
        next += strspn(next, "\r\n");
        line[length] = 0;
        agent = agent || names(line, "User-Agent");
        add(request, line);
    }
    return agent;
}

HRESULT request_init(struct request *request, const char *custom, const char *more)
{
    bool agent;

    request->count = 0;
    request->blocks[0] = mem_strdup(custom);
    request->blocks[1] = mem_strdup(more);
    if ((custom && !request->blocks[0]) || (more && !request->blocks[1]))
    {
        request_cleanup(request);
        return E_OUTOFMEMORY;
    }
    add(request, "Accept: */*");
    add(request, "Accept-Encoding: identity");
    agent = add_block(request, request->blocks[0]);
    agent = add_block(request, request->blocks[1]) || agent;
    if (!agent)
        add(request, AGENT);
    return S_OK;
}

void request_cleanup(struct request *request)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(request->blocks); i++)
    {
        mem_free(request->blocks[i]);
        request->blocks[i] = NULL;
    }
}

void request_add_range(struct request *request, UINT64 first, UINT64 last)
{
    if (last == UINT64_MAX)
        snprintf(request->range, sizeof(request->range), "Range: bytes=%llu-", first);
    else
        snprintf(request->range, sizeof(request->range), "Range: bytes=%llu-%llu", first, last);
    add(request, request->range);
}

void request_add_if_range(struct request *request, const char *validator)
{
    snprintf(request->if_range, sizeof(request->if_range), "If-Range: %s", validator);
    add(request, request->if_range);
}

void request_add_fresh(struct request *request)
{
    add(request, "Cache-Control: no-cache");
}
