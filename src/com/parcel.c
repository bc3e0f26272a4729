#include "com/parcel.h"

#include "base/log.h"
#include "com/stubs.h"

static const IID *const face_iids[] = {
    [PARCEL_CALLBACK] = &IID_IBackgroundCopyCallback,
    [PARCEL_CALLBACK2] = &IID_IBackgroundCopyCallback2,
    [PARCEL_CALLBACK3] = &IID_IBackgroundCopyCallback3,
};
static_assert(ARRAY_SIZE(face_iids) == PARCEL_FACES, "every face has its id");

HRESULT parcel_faces(IUnknown *object, IUnknown *faces[PARCEL_FACES])
{
    HRESULT hr, first = S_OK;
    size_t i;

    for (i = 0; i < PARCEL_FACES; i++)
    {
        faces[i] = NULL;
        if (FAILED(first))
            continue;
        hr = IUnknown_QueryInterface(object, face_iids[i], (void **)&faces[i]);
        if (FAILED(hr))
            faces[i] = NULL;
        if (FAILED(hr) && i == PARCEL_CALLBACK)
            first = hr;
    }
    return first;
}

void parcel_release_faces(IUnknown *faces[PARCEL_FACES])
{
    size_t i;

    for (i = PARCEL_FACES; i-- > 0;)
    {
        if (faces[i])
            IUnknown_Release(faces[i]);
        faces[i] = NULL;
    }
}

static HRESULT pack_face(IUnknown *face, const IID *iid, IStream **stream)
{
    HRESULT hr;

    hr = CoMarshalInterThreadInterfaceInStream(iid, face, stream);
    if (FAILED(hr))
        *stream = NULL;
    return hr;
}

HRESULT parcel_pack(struct parcel *parcel, IUnknown *const faces[PARCEL_FACES])
{
    DWORD cookie = stubs_enter();
    HRESULT hr = S_OK;
    size_t i;

    memset(parcel, 0, sizeof(*parcel));
    for (i = 0; SUCCEEDED(hr) && i < PARCEL_FACES; i++)
        if (faces[i])
            hr = pack_face(faces[i], face_iids[i], &parcel->streams[i]);
    stubs_leave(cookie);
    if (FAILED(hr))
    {
        WARN("the callback cannot be marshalled, 0x%08lx", hr);
        parcel_drop(parcel);
    }
    return hr;
}

HRESULT parcel_unpack(struct parcel *parcel, IUnknown *faces[PARCEL_FACES])
{
    DWORD cookie = stubs_enter();
    HRESULT hr = S_OK, last;
    size_t i;

    for (i = 0; i < PARCEL_FACES; i++)
    {
        faces[i] = NULL;
        if (!parcel->streams[i])
            continue;
        last = CoGetInterfaceAndReleaseStream(parcel->streams[i], face_iids[i], (void **)&faces[i]);
        parcel->streams[i] = NULL;
        if (FAILED(last))
            faces[i] = NULL;
        if (FAILED(last) && SUCCEEDED(hr))
            hr = last;
    }
    stubs_leave(cookie);
    if (FAILED(hr))
    {
        WARN("the callback cannot be unmarshalled, 0x%08lx", hr);
        parcel_release_faces(faces);
    }
    return hr;
}

void parcel_drop(struct parcel *parcel)
{
    size_t i;

    for (i = 0; i < PARCEL_FACES; i++)
    {
        if (!parcel->streams[i])
            continue;
        CoReleaseMarshalData(parcel->streams[i]);
        IStream_Release(parcel->streams[i]);
        parcel->streams[i] = NULL;
    }
}
