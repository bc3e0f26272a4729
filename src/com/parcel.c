#include "com/parcel.h"

#include "base/log.h"
#include "com/stubs.h"

static const IID *const face_iids[][PARCEL_FACES] = {
    [PARCEL_OF_JOB] = {&IID_IBackgroundCopyCallback, &IID_IBackgroundCopyCallback2,
                       &IID_IBackgroundCopyCallback3},
    [PARCEL_OF_DOWNLOAD] = {&IID_IDODownloadStatusCallback},
    [PARCEL_OF_STREAM] = {&IID_IStream},
    [PARCEL_OF_PIPE] = {&IID_ISequentialStream},
    [PARCEL_OF_JUDGE] = {&IID_IBackgroundCopyServerCertificateValidationCallback},
};
static_assert(ARRAY_SIZE(face_iids) == PARCEL_KINDS, "every kind has its faces");

HRESULT parcel_faces(enum parcel_kind kind, IUnknown *object, IUnknown *faces[PARCEL_FACES])
{
    HRESULT hr, first = S_OK;
    size_t i;

    for (i = 0; i < PARCEL_FACES; i++)
    {
        faces[i] = NULL;
        if (FAILED(first) || !face_iids[kind][i])
            continue;
        hr = IUnknown_QueryInterface(object, face_iids[kind][i], (void **)&faces[i]);
        if (FAILED(hr))
            faces[i] = NULL;
        if (FAILED(hr) && i == PARCEL_FIRST)
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

HRESULT parcel_pack(struct parcel *parcel, enum parcel_kind kind,
                    IUnknown *const faces[PARCEL_FACES])
{
    DWORD cookie = stubs_enter();
    HRESULT hr = S_OK;
    size_t i;

    memset(parcel, 0, sizeof(*parcel));
    parcel->kind = kind;
    for (i = 0; SUCCEEDED(hr) && i < PARCEL_FACES; i++)
        if (faces[i])
            hr = pack_face(faces[i], face_iids[kind][i], &parcel->streams[i]);
    stubs_leave(cookie);
    if (FAILED(hr))
    {
        WARN("a client's object cannot be marshalled, 0x%08lx", hr);
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
        last = CoGetInterfaceAndReleaseStream(parcel->streams[i], face_iids[parcel->kind][i],
                                              (void **)&faces[i]);
        parcel->streams[i] = NULL;
        if (FAILED(last))
            faces[i] = NULL;
        if (FAILED(last) && SUCCEEDED(hr))
            hr = last;
    }
    stubs_leave(cookie);
    if (FAILED(hr))
    {
        WARN("a client's object cannot be unmarshalled, 0x%08lx", hr);
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
