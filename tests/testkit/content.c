#include "base/platform.h"

#include "testkit/content.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 65536

static uint64_t word(uint32_t seed, uint64_t index) /* splitmix64, counted instead of stepped */
{
    uint64_t z = ((uint64_t)seed << 32 | seed) + (index + 1) * 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void content_fill(uint32_t seed, uint64_t offset, void *buffer, size_t length)
{
    unsigned char *out = buffer;

    while (length)
    {
        size_t skip = (size_t)(offset % 8);
        size_t n = 8 - skip < length ? 8 - skip : length;
        uint64_t value = word(seed, offset / 8) >> (8 * skip);

        if (n == 8)
            memcpy(out, &value, 8);
        else
        {
            for (size_t i = 0; i < n; i++)
                out[i] = (unsigned char)(value >> (8 * i));
        }
        out += n;
        offset += n;
        length -= n;
    }
}

static HANDLE open_to_read(const wchar_t *path)
{
    return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
}

uint64_t content_file_size(const wchar_t *path)
{
    HANDLE file = open_to_read(path);
    LARGE_INTEGER size;

    if (file == INVALID_HANDLE_VALUE)
        return UINT64_MAX;
    if (!GetFileSizeEx(file, &size))
        size.QuadPart = -1;
    CloseHandle(file);
    return (uint64_t)size.QuadPart;
}

/* The first place where the file's part differs; UINT64_MAX when it does not. */
static uint64_t first_difference(HANDLE file, uint64_t position, uint32_t seed, uint64_t offset,
                                 uint64_t length)
{
    static unsigned char expected[BLOCK], found[BLOCK];
    LARGE_INTEGER start = {.QuadPart = (LONGLONG)position};
    uint64_t done = 0;

    if (!SetFilePointerEx(file, start, NULL, FILE_BEGIN))
        return position;
    while (done < length)
    {
        DWORD want = length - done < BLOCK ? (DWORD)(length - done) : BLOCK;
        DWORD got = 0;

        if (!ReadFile(file, found, want, &got, NULL) || got != want)
            return position + done;
        content_fill(seed, offset + done, expected, want);
        if (memcmp(expected, found, want) != 0)
        {
            DWORD at = 0;

            while (expected[at] == found[at])
                at++;
            return position + done + at;
        }
        done += want;
    }
    return UINT64_MAX;
}

bool content_check_part(const wchar_t *path, uint64_t file_offset, uint32_t seed, uint64_t offset,
                        uint64_t length)
{
    HANDLE file = open_to_read(path);
    uint64_t at;

    if (file == INVALID_HANDLE_VALUE)
    {
        fprintf(stderr, "%ls: cannot be opened, error %lu\n", path, GetLastError());
        return false;
    }
    at = first_difference(file, file_offset, seed, offset, length);
    CloseHandle(file);
    if (at != UINT64_MAX)
        fprintf(stderr, "%ls: differs from content %u at byte %llu\n", path, seed,
                (unsigned long long)at);
    return at == UINT64_MAX;
}

bool content_check_file(const wchar_t *path, uint32_t seed, uint64_t size)
{
    uint64_t found = content_file_size(path);

    if (found != size)
    {
        fprintf(stderr, "%ls: has %lld bytes, expected %llu\n", path, (long long)found,
                (unsigned long long)size);
        return false;
    }
    return content_check_part(path, 0, seed, 0, size);
}

bool content_write_file(const wchar_t *path, uint32_t seed, uint64_t size)
{
    static unsigned char block[BLOCK];
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    bool good = file != INVALID_HANDLE_VALUE;

    for (uint64_t done = 0; good && done < size;)
    {
        DWORD want = size - done < BLOCK ? (DWORD)(size - done) : BLOCK;
        DWORD wrote;

        content_fill(seed, done, block, want);
        good = WriteFile(file, block, want, &wrote, NULL) && wrote == want;
        done += want;
    }
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return good;
}
