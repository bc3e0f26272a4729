#include "io/digest.h"

#include "base/mem.h"

#include <bcrypt.h>
#include <string.h>

#define AT_ONCE (1u << 30) /* bytes; BCrypt counts in 32 bits */

struct digest
{
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
};

/* BCrypt speaks NTSTATUS. */
static HRESULT hr_from_nt(NTSTATUS status)
{
    return status < 0 ? HRESULT_FROM_NT(status) : S_OK;
}

static HRESULT begin(struct digest *digest)
{
    return hr_from_nt(BCryptCreateHash(digest->algorithm, &digest->hash, NULL, 0, NULL, 0, 0));
}

HRESULT digest_open(struct digest **digest)
{
    struct digest *made;
    HRESULT hr;

    made = mem_zalloc(sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    hr =
        hr_from_nt(BCryptOpenAlgorithmProvider(&made->algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0));
    if (SUCCEEDED(hr))
        hr = begin(made);
    if (FAILED(hr))
    {
        digest_close(made);
        return hr;
    }
    *digest = made;
    return S_OK;
}

void digest_close(struct digest *digest)
{
    if (!digest)
        return;
    if (digest->hash)
        BCryptDestroyHash(digest->hash);
    if (digest->algorithm)
        BCryptCloseAlgorithmProvider(digest->algorithm, 0);
    mem_free(digest);
}

HRESULT digest_update(struct digest *digest, const void *data, size_t size)
{
    const UCHAR *next = data;
    HRESULT hr = S_OK;
    ULONG part;

    while (size && SUCCEEDED(hr))
    {
        part = size < AT_ONCE ? (ULONG)size : AT_ONCE;
        hr = hr_from_nt(BCryptHashData(digest->hash, (UCHAR *)next, part, 0));
        next += part;
        size -= part;
    }
    return hr;
}

HRESULT digest_finish(struct digest *digest, BYTE value[DIGEST_SIZE])
{
    HRESULT hr;

    hr = hr_from_nt(BCryptFinishHash(digest->hash, value, DIGEST_SIZE, 0));
    BCryptDestroyHash(digest->hash);
    digest->hash = NULL;
    return SUCCEEDED(hr) ? begin(digest) : hr;
}

/* ---- text ---- */
