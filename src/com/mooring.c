#include "com/mooring.h"

#include "base/lock.h"
#include "base/log.h"
#include "com/stubs.h"
#include "dosvc.h"

static const IID *const moored[] = {
    &IID_IUnknown, /* com/anchor */
    &IID_IBackgroundCopyCallback,
    &IID_IBackgroundCopyCallback2,
    &IID_IBackgroundCopyCallback3,
    &IID_IDODownloadStatusCallback,
    &IID_IBackgroundCopyServerCertificateValidationCallback,
    &IID_IStream,
    &IID_ISequentialStream,
};

/* ---- the object: it has stubs, and nobody ever gets a proxy of it to call ---- */

static HRESULT STDMETHODCALLTYPE mooring_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    size_t i;

    *out = NULL;
    for (i = 0; !*out && i < ARRAY_SIZE(moored); i++)
        if (IsEqualIID(iid, moored[i]))
            *out = iface;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE mooring_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2; /* it is static */
}

static ULONG STDMETHODCALLTYPE mooring_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static const IUnknownVtbl mooring_vtbl = {mooring_QueryInterface, mooring_AddRef, mooring_Release};
static IUnknown object = {&mooring_vtbl};

static struct lock lock = LOCK_INIT(LOCK_LEAF); /* protects the next two */
static CONDITION_VARIABLE settled = CONDITION_VARIABLE_INIT;
static unsigned int users;
static bool changing; /* one thread moors or unmoors, without the lock */

static IStream *packets[ARRAY_SIZE(moored)]; /* or NULL; who changes them has set `changing` */

/* ---- the stubs ---- */

static HRESULT moor_one(const IID *iid, IStream **packet)
{
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, packet);

    if (FAILED(hr))
    {
        *packet = NULL;
        return hr;
    }
    hr = CoMarshalInterface(*packet, iid, &object, MSHCTX_INPROC, NULL, MSHLFLAGS_TABLESTRONG);
    if (FAILED(hr))
    {
        IStream_Release(*packet);
        *packet = NULL;
    }
    return hr;
}

static void moor(void)
{
    DWORD cookie = stubs_enter();
    HRESULT hr;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(moored); i++)
        if (FAILED(hr = moor_one(moored[i], &packets[i])))
            WARN("no stub is kept for %s, 0x%08lx", LOG_GUID(moored[i]), hr);
    stubs_leave(cookie);
}

static void unmoor(void)
{
    static const LARGE_INTEGER start;
    size_t i;

    CoDisconnectObject(&object, 0); /* this is what does not wait */
    for (i = 0; i < ARRAY_SIZE(moored); i++)
    {
        if (!packets[i])
            continue;
        IStream_Seek(packets[i], start, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(packets[i]);
        IStream_Release(packets[i]);
        packets[i] = NULL;
    }
}

/* ---- who needs them ---- */

static void change_locked(void (*change)(void))
{
    changing = true;
    lock_drop(&lock);
    change();
    lock_take(&lock);
    changing = false;
    WakeAllConditionVariable(&settled);
}

static void wait_settled_locked(void)
{
    while (changing)
        lock_wait(&lock, &settled, INFINITE);
}

void mooring_take(void)
{
    lock_take(&lock);
    wait_settled_locked();
    if (!users++)
        change_locked(moor);
    lock_drop(&lock);
}

void mooring_drop(void)
{
    lock_take(&lock);
    wait_settled_locked();
    if (!--users)
        change_locked(unmoor);
    lock_drop(&lock);
}
