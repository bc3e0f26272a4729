#include "com/reference.h"

#include "base/log.h"

#define MAGIC 0x43565344u /* "DSVC" */
#define VERSION 1u

const CLSID CLSID_DosvcUnmarshaler = {
    0x8d0f6c21, 0x0a5b, 0x4c8e, {0xb1, 0x3d, 0x52, 0xe7, 0x94, 0x1f, 0x6a, 0x0c}};

struct packet /* as it lies in the stream */
{
    UINT32 magic;
    UINT32 version;
    UINT32 kind;
    UINT32 face;
    GUID id;
    UINT32 file;
    UINT32 reserved;
};

_Static_assert(sizeof(struct packet) == 40, "every byte of it is told");
_Static_assert(sizeof(struct reference_error) == 12 + JOB_DETAIL_CHARS, "it follows as it is");

static volatile LONG written;

LONG reference_count(void)
{
    return written;
}

ULONG reference_bytes(const struct reference *reference)
{
    return (ULONG)sizeof(struct packet) +
           (reference->kind == REFERENCE_ERROR ? (ULONG)sizeof(reference->error) : 0);
}

static HRESULT write_all(IStream *stream, const void *data, ULONG size)
{
    ULONG done = 0;
    HRESULT hr = IStream_Write(stream, data, size, &done);

    return SUCCEEDED(hr) && done != size ? STG_E_MEDIUMFULL : hr;
}

HRESULT reference_write(const struct reference *reference, IStream *stream)
{
    const struct packet packet = {
        MAGIC, VERSION, reference->kind, reference->face, reference->id, reference->file, 0};
    HRESULT hr = write_all(stream, &packet, sizeof(packet));

    if (SUCCEEDED(hr) && reference->kind == REFERENCE_ERROR)
        hr = write_all(stream, &reference->error, sizeof(reference->error));
    if (SUCCEEDED(hr))
        InterlockedIncrement(&written);
    return hr;
}

static HRESULT nonsense(ULONG bytes)
{
    WARN("these %lu bytes name no object", bytes);
    return E_UNEXPECTED;
}

static HRESULT read_error(IStream *stream, struct reference_error *error)
{
    ULONG done = 0;
    HRESULT hr = IStream_Read(stream, error, sizeof(*error), &done);

    if (FAILED(hr))
        return hr;
    return done == sizeof(*error) && memchr(error->detail, 0, sizeof(error->detail))
               ? S_OK
               : nonsense(done);
}

HRESULT reference_read(IStream *stream, struct reference *reference)
{
    struct packet packet;
    ULONG done = 0;
    HRESULT hr = IStream_Read(stream, &packet, sizeof(packet), &done);

    if (FAILED(hr))
        return hr;
    if (done != sizeof(packet) || packet.magic != MAGIC || packet.version != VERSION ||
        packet.kind < REFERENCE_FACTORY || packet.kind > REFERENCE_ERROR ||
        packet.face > JOB_FACE_DOWNLOAD)
        return nonsense(done);
    *reference = (struct reference){.kind = (enum reference_kind)packet.kind,
                                    .face = packet.face,
                                    .id = packet.id,
                                    .file = packet.file};
    return packet.kind == REFERENCE_ERROR ? read_error(stream, &reference->error) : S_OK;
}
