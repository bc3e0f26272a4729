#include "com/reference.h"

#include "base/log.h"
#include "core/engine.h"

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

_Static_assert(sizeof(struct packet) == REFERENCE_BYTES, "every byte of it is told");

static volatile LONG written;

LONG reference_count(void)
{
    return written;
}

HRESULT reference_write(const struct reference *reference, IStream *stream)
{
    const struct packet packet = {
        MAGIC, VERSION, reference->kind, reference->face, reference->id, reference->file, 0};
    ULONG done = 0;
    HRESULT hr = IStream_Write(stream, &packet, sizeof(packet), &done);

    if (SUCCEEDED(hr) && done != sizeof(packet))
        hr = STG_E_MEDIUMFULL;
    if (SUCCEEDED(hr))
        InterlockedIncrement(&written);
    return hr;
}

HRESULT reference_read(IStream *stream, struct reference *reference)
{
    struct packet packet;
    ULONG done = 0;
    HRESULT hr = IStream_Read(stream, &packet, sizeof(packet), &done);

    if (FAILED(hr))
        return hr;
    if (done != sizeof(packet) || packet.magic != MAGIC || packet.version != VERSION ||
        packet.kind < REFERENCE_FACTORY || packet.kind > REFERENCE_FILE ||
        packet.face > JOB_FACE_DOWNLOAD)
    {
        WARN("these %lu bytes name no object", done);
        return E_UNEXPECTED;
    }
    *reference =
        (struct reference){(enum reference_kind)packet.kind, packet.face, packet.id, packet.file};
    return S_OK;
}
