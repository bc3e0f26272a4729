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

HRESULT request_init(struct request *request, const char *custom)
{
    bool agent = false;
    char *line, *next;

    request->count = 0;
    request->custom = NULL;
    if (custom && !(request->custom = mem_strdup(custom)))
        return E_OUTOFMEMORY;
    add(request, "Accept: */*");
    add(request, "Accept-Encoding: identity");
    for (line = request->custom; line && *line; line = next)
    {
        size_t length = strcspn(line, "\r\n");

        next = line + length;
        next += strspn(next, "\r\n");
        line[length] = 0;
        agent = agent || names(line, "User-Agent");
        add(request, line);
    }
    if (!agent)
        add(request, AGENT);
    return S_OK;
}

void request_cleanup(struct request *request)
{
    mem_free(request->custom);
    request->custom = NULL;
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
