#include "com/anchor.h"

#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"

struct anchor
{
    IUnknown IUnknown_iface;
    LONG references; /* COM's: whoever made it, later the STA's stub */
    LONG owners;     /* of the memory: who called anchor_create, and COM while it has references */
    HANDLE gone;     /* manual-reset */
    IStream *parcel; /* until anchor_hold */
    IUnknown *held;  /* its proxy, after that */
};

static struct anchor *anchor_from_IUnknown(IUnknown *iface)
{
    return CONTAINER_OF(iface, struct anchor, IUnknown_iface);
}

static void anchor_disown(struct anchor *anchor)
{
    if (InterlockedDecrement(&anchor->owners))
        return;
    handle_close(anchor->gone);
    mem_free(anchor);
}

static HRESULT STDMETHODCALLTYPE anchor_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown))
        return E_NOINTERFACE;
    IUnknown_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE anchor_AddRef(IUnknown *iface)
{
    return InterlockedIncrement(&anchor_from_IUnknown(iface)->references);
}

static ULONG STDMETHODCALLTYPE anchor_Release(IUnknown *iface)
{
    struct anchor *anchor = anchor_from_IUnknown(iface);
    ULONG references = InterlockedDecrement(&anchor->references);

    if (references)
        return references;
    SetEvent(anchor->gone);
    anchor_disown(anchor);
    return 0;
}

static const IUnknownVtbl anchor_vtbl = {anchor_QueryInterface, anchor_AddRef, anchor_Release};

HRESULT anchor_create(struct anchor **anchor)
{
    struct anchor *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    created->IUnknown_iface.lpVtbl = &anchor_vtbl;
    created->references = 1;
    created->owners = 2;
    if (!(created->gone = handle_event(true, false)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        mem_free(created);
        return hr;
    }
    hr = CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, &created->IUnknown_iface,
                                               &created->parcel);
    if (FAILED(hr))
    {
        WARN("cannot anchor in the apartment, 0x%08lx", hr);
        created->parcel = NULL;
    }
    IUnknown_Release(&created->IUnknown_iface); /* the stub holds it from now on */
    if (FAILED(hr))
        anchor_disown(created);
    else
        *anchor = created;
    return hr;
}

HANDLE anchor_gone(const struct anchor *anchor)
{
    return anchor->gone;
}

HRESULT anchor_hold(struct anchor *anchor)
{
    IStream *parcel = anchor->parcel;
    HRESULT hr;

    anchor->parcel = NULL;
    hr = CoGetInterfaceAndReleaseStream(parcel, &IID_IUnknown, (void **)&anchor->held);
    if (FAILED(hr))
        anchor->held = NULL;
    return hr;
}

void anchor_free(struct anchor *anchor)
{
    if (!anchor)
        return;
    if (anchor->parcel)
    {
        CoReleaseMarshalData(anchor->parcel);
        IStream_Release(anchor->parcel);
    }
    if (anchor->held)
        IUnknown_Release(anchor->held);
    anchor_disown(anchor);
}
