#include "com/stream_target.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/delivery.h"
#include "com/notify_target.h"

/* What one call carries, of a buffer that may be large. */
#define WRITE_MAX ((size_t)1 << 20)

struct stream_target
{
    struct stream_sink sink;
    LONG references;
    struct notify_target *target;

    /* Only with a home: */
    struct lane *lane;
    HANDLE answered; /* auto-reset: the lane has run */
    LONG waiting;    /* 1: a write is to be done; who takes it away answers */
    const void *data;
    size_t size;
    HRESULT hr;
};

static struct stream_target *from_sink(struct stream_sink *sink)
{
    return CONTAINER_OF(sink, struct stream_target, sink);
}

/* ---- writing ---- */

static HRESULT write_all(struct stream_target *stream, const BYTE *data, size_t size)
{
    HRESULT hr = S_OK;
    size_t part;

    for (; SUCCEEDED(hr) && size; data += part, size -= part)
    {
        part = MIN(size, WRITE_MAX);
        hr = notify_target_write(stream->target, data, (ULONG)part);
    }
    if (FAILED(hr))
        WARN("the client's stream failed, 0x%08lx", hr);
    return FAILED(hr) ? hr : S_OK;
}

/* Also runs, in the pool, when the home is gone: then nobody else would answer. */
static UINT64 stream_run(void *context, struct home *where)
{
    struct stream_target *stream = context;
    HRESULT hr;

    if (where == notify_target_home(stream->target))
    {
        if (!InterlockedCompareExchange(&stream->waiting, 1, 1))
            return CLOCK_NEVER;
        hr = write_all(stream, stream->data, stream->size);
    }
    else
        hr = CO_E_OBJNOTCONNECTED;
    if (InterlockedExchange(&stream->waiting, 0))
    {
        stream->hr = hr;
        SetEvent(stream->answered);
    }
    return CLOCK_NEVER;
}

static HRESULT stream_write(struct stream_sink *sink, const void *data, size_t size)
{
    struct stream_target *stream = from_sink(sink);

    if (!stream->lane)
        return write_all(stream, data, size);
    if (notify_target_is_gone(stream->target))
        return CO_E_OBJNOTCONNECTED;
    stream->data = data;
    stream->size = size;
    InterlockedExchange(&stream->waiting, 1);
    lane_wake(stream->lane);
    WaitForSingleObject(stream->answered, INFINITE); /* the client's pace, or its apartment's end */
    return stream->hr;
}

/* ---- life ---- */

static void let_go(struct stream_target *stream)
{
    if (stream->target)
        notify_target_release(stream->target);
    handle_close(stream->answered);
    mem_free(stream);
}

static void let_go_main(void *context)
{
    HRESULT entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);

    let_go(context);
    if (SUCCEEDED(entered))
        CoUninitialize();
}

/* The lane's last call; without a lane, the end. */
static void stream_ended(void *context)
{
    struct stream_target *stream = context;

    /* An STA that ends the download must not release what belongs to the MTA. */
    if (!stream->target || !notify_target_is_foreign(stream->target) ||
        FAILED(thread_start("stream release", let_go_main, stream, NULL)))
        let_go(stream);
}

static const struct lane_class stream_lane = {stream_run, stream_ended};

static void stream_addref(struct stream_sink *sink)
{
    InterlockedIncrement(&from_sink(sink)->references);
}

static void stream_release(struct stream_sink *sink)
{
    struct stream_target *stream = from_sink(sink);

    if (InterlockedDecrement(&stream->references))
        return;
    if (stream->lane)
        lane_free(stream->lane);
    else
        stream_ended(stream);
}

static HRESULT open_lane(struct stream_target *stream)
{
    HRESULT hr;

    if (!(stream->answered = handle_event(false, false)))
        return HRESULT_FROM_WIN32(GetLastError());
    if (FAILED(hr = lane_create(&stream_lane, stream, &stream->lane)))
        return hr;
    if (SUCCEEDED(hr = lane_open(stream->lane)))
        lane_move(stream->lane, notify_target_home(stream->target));
    return hr;
}

HRESULT stream_target_create(IUnknown *object, struct stream_sink **sink)
{
    struct stream_target *stream = mem_zalloc(sizeof(*stream));
    HRESULT hr;

    if (!stream)
        return E_OUTOFMEMORY;
    stream->sink.write = stream_write;
    stream->sink.addref = stream_addref;
    stream->sink.release = stream_release;
    stream->references = 1;
    /* A client's class need not answer for the base of the interface it implements. */
    hr = notify_target_create_of(PARCEL_OF_STREAM, object, &stream->target);
    if (hr == E_NOINTERFACE)
        hr = notify_target_create_of(PARCEL_OF_PIPE, object, &stream->target);
    if (SUCCEEDED(hr) && notify_target_home(stream->target))
        hr = open_lane(stream);
    if (FAILED(hr))
        stream_release(&stream->sink);
    else
        *sink = &stream->sink;
    return hr;
}

HRESULT stream_target_get(struct stream_sink *sink, IUnknown **object)
{
    return notify_target_query(from_sink(sink)->target, &IID_IUnknown, (void **)object);
}
