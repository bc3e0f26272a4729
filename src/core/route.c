#include "core/route.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/job.h"
#include "core/lock.h"
#include "core/runner.h"
#include "io/proxy.h"
#include "model/url.h"

#define REMEMBERED_MS 60000

struct route /* what the system says about one origin */
{
    struct route *next;
    struct runner_op op;
    enum proxy_usage usage;
    char *url; /* any of that origin */
    char *proxy;
    bool asking;
    UINT64 good_until; /* clock_now(); 0: failed */
    struct route_call *waiting;
};

struct routes
{
    struct runner *runner;
    struct disk *thread; /* NULL until there is something to ask */
    struct route *first;
};

static void route_free(struct route *route)
{
    mem_free(route->url);
    mem_free(route->proxy);
    mem_free(route);
}

HRESULT routes_open(struct runner *runner, struct routes **out)
{
    struct routes *routes = mem_zalloc(sizeof(*routes));

    if (!routes)
        return E_OUTOFMEMORY;
    routes->runner = runner;
    *out = routes;
    return S_OK;
}

void routes_close(struct routes *routes)
{
    struct route *route, *next;

    if (routes->thread)
        disk_stop(routes->thread);
    for (route = routes->first; route; route = next)
    {
        next = route->next;
        route_free(route);
    }
    mem_free(routes);
}

/* ---- asking the system ---- */

static void ask_system(struct disk_op *op)
{
    struct route *route = op->context;

    op->result = proxy_for_url(route->usage, NULL, NULL, route->url, &route->proxy);
}

static void system_answered(struct runner_op *op)
{
    struct route *route = CONTAINER_OF(op, struct route, op);
    HRESULT hr = op->disk.result;
    struct route_call *call;

    route->good_until = SUCCEEDED(hr) ? clock_now() + REMEMBERED_MS : 0;
    while ((call = route->waiting))
    {
        route->waiting = call->next;
        call->route = NULL;
        call->found(call, hr, route->proxy);
    }
    route->asking = false; /* last: until here nobody frees it */
}

static HRESULT ask(struct routes *routes, struct route *route)
{
    HRESULT hr;

    if (!routes->thread && FAILED(hr = disk_start(&routes->thread)))
        return hr;
    route->asking = true;
    route->op.disk = (struct disk_op){.verb = DISK_CALL, .call = ask_system, .context = route};
    route->op.finish = system_answered;
    runner_submit(routes->runner, routes->thread, &route->op);
    return S_OK;
}

static void forget_old(struct routes *routes)
{
    struct route **link = &routes->first;

    while (*link)
    {
        struct route *route = *link;

        if (route->asking || clock_now() < route->good_until)
            link = &route->next;
        else
        {
            *link = route->next;
            route_free(route);
        }
    }
}

static HRESULT add(struct routes *routes, enum proxy_usage usage, const char *url,
                   struct route **out)
{
    struct route *route = mem_zalloc(sizeof(*route));
    HRESULT hr = E_OUTOFMEMORY;

    if (!route)
        return hr;
    route->usage = usage;
    route->url = mem_strdup(url);
    if (!route->url || FAILED(hr = ask(routes, route)))
    {
        route_free(route);
        return hr;
    }
    route->next = routes->first;
    routes->first = route;
    *out = route;
    return S_OK;
}

static void find_system(struct routes *routes, enum proxy_usage usage, const char *url,
                        struct route_call *call)
{
    struct route *route;
    HRESULT hr;

    forget_old(routes);
    for (route = routes->first; route; route = route->next)
        if (route->usage == usage && url_same_origin(route->url, url))
            break;
    if (!route && FAILED(hr = add(routes, usage, url, &route)))
    {
        call->found(call, hr, NULL);
        return;
    }
    if (!route->asking)
    {
        call->found(call, S_OK, route->proxy);
        return;
    }
    call->route = route;
    call->next = route->waiting;
    route->waiting = call;
}

/* ---- for transfers ---- */

void routes_find(struct routes *routes, struct job *job, const char *url, struct route_call *call)
{
    WCHAR *list = NULL, *bypass = NULL;
    enum proxy_usage usage;
    char *proxy = NULL;
    HRESULT hr;

    lock_take_shared(&engine_lock);
    usage = (enum proxy_usage)job->numbers[JOB_PROXY_USAGE];
    hr = str_dup(job->texts[JOB_PROXY_LIST], &list);
    if (SUCCEEDED(hr))
        hr = str_dup(job->texts[JOB_PROXY_BYPASS], &bypass);
    lock_drop_shared(&engine_lock);
    if (SUCCEEDED(hr) && proxy_must_ask(usage, url))
        find_system(routes, usage, url, call);
    else
    {
        if (SUCCEEDED(hr))
            hr = proxy_for_url(usage, list, bypass, url, &proxy);
        call->found(call, hr, proxy);
        mem_free(proxy);
    }
    mem_free(list);
    mem_free(bypass);
}

void route_cancel(struct route_call *call)
{
    struct route_call **link;

    if (!call->route)
        return;
    for (link = &call->route->waiting; *link != call; link = &(*link)->next)
        ;
    *link = call->next;
    call->route = NULL;
}
