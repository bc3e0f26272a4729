#include "core/piece_check.h"

#include "base/mem.h"
#include "io/partfile.h"

#include <string.h>

#define STEP_SIZE (1u << 20) /* bytes */

UINT64 piece_check_start(const struct piece_check *check)
{
    return check->piece ? check->piece * check->pieces->size : 0;
}

UINT64 piece_check_length(const struct piece_check *check)
{
    return MIN(check->pieces->size, check->total - piece_check_start(check));
}

static HRESULT open_all(struct piece_check *check)
{
    HRESULT hr = S_OK;

    if (!check->buffer && !(check->buffer = mem_alloc(STEP_SIZE)))
        return E_OUTOFMEMORY;
    if (!check->digest)
        hr = digest_open(&check->digest);
    if (SUCCEEDED(hr) && !check->file)
        hr = partfile_open(check->path, &check->file);
    return hr;
}

static HRESULT read_some(struct piece_check *check, size_t size)
{
    size_t got = 0;
    HRESULT hr;

    if (!size)
        return S_OK;
    hr = partfile_read(check->file, check->offset, check->buffer, size, &got);
    if (SUCCEEDED(hr) && got < size)
        hr = HRESULT_FROM_WIN32(ERROR_HANDLE_EOF);
    if (SUCCEEDED(hr))
        hr = digest_update(check->digest, check->buffer, size);
    if (SUCCEEDED(hr))
        check->offset += size;
    return hr;
}

HRESULT piece_check_step(struct piece_check *check)
{
    UINT64 end = piece_check_start(check) + piece_check_length(check);
    BYTE value[DIGEST_SIZE];
    HRESULT hr;

    if (FAILED(hr = open_all(check)) ||
        FAILED(hr = read_some(check, (size_t)MIN(STEP_SIZE, end - check->offset))))
        return hr;
    if (check->offset < end || FAILED(hr = digest_finish(check->digest, value)))
        return hr;
    check->bad = memcmp(value, check->pieces->digests[check->piece], DIGEST_SIZE) != 0;
    check->piece += !check->bad;
    return S_OK;
}

HRESULT piece_check_mend(struct piece_check *check, const void *data, size_t size)
{
    HRESULT hr = partfile_write(check->file, piece_check_start(check), data, size);

    if (SUCCEEDED(hr))
        hr = partfile_flush(check->file);
    check->bad = false;
    check->offset = piece_check_start(check);
    return hr;
}

void piece_check_close(struct piece_check *check)
{
    partfile_close(check->file);
    digest_close(check->digest);
    mem_free(check->buffer);
    check->file = NULL;
    check->digest = NULL;
    check->buffer = NULL;
}
