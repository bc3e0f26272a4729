#include "com/kept_events.h"

#include "base/clock.h"
#include "base/handle.h"
#include "base/mem.h"
#include "com/apartment.h"
#include "com/portable.h"

struct kept_event
{
    struct kept_event *next;
    DOSVC_EVENT event; /* its pointers are in what follows; Ranges are its own */
    struct portable job, error, file, download;
    GUID job_id;            /* of a MODIFICATION */
    const void *identifier; /* of a STATUS: the download, only compared */
};

static void kept_event_free(struct kept_event *kept)
{
    portable_drop(&kept->job);
    portable_drop(&kept->error);
    portable_drop(&kept->file);
    portable_drop(&kept->download);
    CoTaskMemFree(kept->event.Ranges);
    mem_free(kept);
}

static void free_list(struct kept_event *kept)
{
    struct kept_event *next;

    for (; kept; kept = next)
    {
        next = kept->next;
        kept_event_free(kept);
    }
}

static HRESULT copy_ranges(struct kept_event *kept, const DOSVC_EVENT *event)
{
    size_t size = event->RangeCount * sizeof(*event->Ranges);

    kept->event.Ranges = NULL;
    if (!size)
        return S_OK;
    if (!(kept->event.Ranges = CoTaskMemAlloc(size)))
        return E_OUTOFMEMORY;
    memcpy(kept->event.Ranges, event->Ranges, size);
    return S_OK;
}

static HRESULT kept_event_create(const DOSVC_EVENT *event, struct kept_event **out)
{
    struct kept_event *kept;
    HRESULT hr;

    if (!(kept = mem_zalloc(sizeof(*kept))))
        return E_OUTOFMEMORY;
    kept->event = *event;
    kept->event.Job = NULL;
    kept->event.Error = NULL;
    kept->event.File = NULL;
    kept->event.Download = NULL;
    hr = copy_ranges(kept, event);
    if (SUCCEEDED(hr))
        hr = portable_keep(&kept->job, &IID_IBackgroundCopyJob, event->Job);
    if (SUCCEEDED(hr))
        hr = portable_keep(&kept->error, &IID_IBackgroundCopyError, event->Error);
    if (SUCCEEDED(hr))
        hr = portable_keep(&kept->file, &IID_IBackgroundCopyFile, event->File);
    if (SUCCEEDED(hr))
        hr = portable_keep(&kept->download, &IID_IDODownload, event->Download);
    if (SUCCEEDED(hr) && event->Kind == DOSVC_EVENT_MODIFICATION)
        hr = IBackgroundCopyJob_GetId(event->Job, &kept->job_id);
    kept->identifier = event->Download;
    if (FAILED(hr))
        kept_event_free(kept);
    else
        *out = kept;
    return hr;
}

/* Whether the newer one makes the older one worthless. */
static bool replaces(const struct kept_event *newer, const struct kept_event *older)
{
    if (newer->event.Kind != older->event.Kind)
        return false;
    if (newer->event.Kind == DOSVC_EVENT_MODIFICATION)
        return IsEqualGUID(&newer->job_id, &older->job_id);
    return newer->event.Kind == DOSVC_EVENT_STATUS && newer->identifier == older->identifier;
}

/* Puts it in the place of the one it replaces, or last. Returns what is to be freed. */
static struct kept_event *insert_locked(struct kept_events *events, struct kept_event *kept)
{
    struct kept_event **link, *older;

    if (events->closed || !(events->kinds & kept->event.Kind))
        return kept;
    for (link = &events->first; *link && !replaces(kept, *link); link = &(*link)->next)
        ;
    older = *link;
    *link = kept;
    kept->next = older ? older->next : NULL;
    if (!kept->next)
        events->tail = &kept->next;
    if (older)
        older->next = NULL;
    SetEvent(events->there);
    return older;
}

HRESULT kept_events_init(struct kept_events *events)
{
    memset(events, 0, sizeof(*events));
    lock_init(&events->lock, LOCK_LEAF);
    events->tail = &events->first;
    if (!(events->there = handle_event(true, false)))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

void kept_events_cleanup(struct kept_events *events)
{
    free_list(events->first);
    handle_close(events->there);
}

static struct kept_event *take_all_locked(struct kept_events *events)
{
    struct kept_event *all = events->first;

    events->first = NULL;
    events->tail = &events->first;
    return all;
}

void kept_events_select(struct kept_events *events, ULONG kinds)
{
    struct kept_event *dropped = NULL;

    lock_take(&events->lock);
    events->kinds = kinds;
    if (!kinds && !events->closed)
    {
        dropped = take_all_locked(events);
        ResetEvent(events->there);
    }
    lock_drop(&events->lock);
    free_list(dropped);
}

HRESULT kept_events_push(struct kept_events *events, const DOSVC_EVENT *event)
{
    struct kept_event *kept;
    bool wanted;
    HRESULT hr;

    lock_take_shared(&events->lock);
    wanted = !events->closed && (events->kinds & event->Kind);
    lock_drop_shared(&events->lock);
    if (!wanted)
        return S_OK;
    if (FAILED(hr = kept_event_create(event, &kept)))
        return hr;
    lock_take(&events->lock);
    kept = insert_locked(events, kept);
    lock_drop(&events->lock);
    free_list(kept);
    return S_OK;
}

/* The oldest; NULL if there is none. */
static HRESULT take_first(struct kept_events *events, struct kept_event **kept)
{
    HRESULT hr = S_OK;

    lock_take(&events->lock);
    if (events->closed)
        hr = E_ABORT;
    *kept = events->first;
    if (*kept && !(events->first = (*kept)->next))
    {
        events->tail = &events->first;
        ResetEvent(events->there);
    }
    lock_drop(&events->lock);
    return hr;
}

/* What the kept one says, for this apartment; frees it. */
static HRESULT unpack(struct kept_event *kept, DOSVC_EVENT *event)
{
    HRESULT hr;

    *event = kept->event;
    kept->event.Ranges = NULL; /* the client's from now on */
    hr = portable_get(&kept->job, (void **)&event->Job);
    if (SUCCEEDED(hr))
        hr = portable_get(&kept->error, (void **)&event->Error);
    if (SUCCEEDED(hr))
        hr = portable_get(&kept->file, (void **)&event->File);
    if (SUCCEEDED(hr))
        hr = portable_get(&kept->download, (void **)&event->Download);
    if (FAILED(hr))
        kept_event_clear(event);
    kept_event_free(kept);
    return hr;
}

HRESULT kept_events_pop(struct kept_events *events, DWORD milliseconds, DOSVC_EVENT *event)
{
    UINT64 deadline = milliseconds == INFINITE ? CLOCK_NEVER : clock_now() + milliseconds;
    struct kept_event *kept;
    bool last = false;
    HRESULT hr;

    for (;;)
    {
        if (FAILED(hr = take_first(events, &kept)))
            return hr;
        if (kept)
            return unpack(kept, event);
        if (last)
            return HRESULT_FROM_WIN32(WAIT_TIMEOUT);
        last = !apartment_wait(events->there, clock_wait_until(deadline));
        if (last && clock_now() < deadline)
            last = false; /* a wait too long for one call */
    }
}

void kept_events_close(struct kept_events *events)
{
    struct kept_event *dropped;

    lock_take(&events->lock);
    events->closed = true;
    dropped = take_all_locked(events);
    SetEvent(events->there);
    lock_drop(&events->lock);
    free_list(dropped);
}

void kept_event_clear(DOSVC_EVENT *event)
{
    if (event->Job)
        IBackgroundCopyJob_Release(event->Job);
    if (event->Error)
        IBackgroundCopyError_Release(event->Error);
    if (event->File)
        IBackgroundCopyFile_Release(event->File);
    if (event->Download)
        IDODownload_Release(event->Download);
    CoTaskMemFree(event->Ranges);
    memset(event, 0, sizeof(*event));
}
