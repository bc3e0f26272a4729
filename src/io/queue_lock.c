#include "io/queue_lock.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"

#include <wchar.h>

#define NAME L"\\queue.lock"

struct queue_lock
{
    HANDLE file;
};

static OVERLAPPED at(UINT64 offset)
{
    return (OVERLAPPED){.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
}

static HANDLE open_file(const WCHAR *path)
{
    if (fault_hit(FAULT_OPEN))
    {
        SetLastError(fault_error(FAULT_OPEN));
        return INVALID_HANDLE_VALUE;
    }
    return handle_adopt(CreateFileW(path, GENERIC_READ | GENERIC_WRITE,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL));
}

HRESULT queue_lock_open(const WCHAR *folder, struct queue_lock **lock)
{
    size_t size = wcslen(folder) + ARRAY_SIZE(NAME);
    WCHAR *path = mem_array_alloc(size, sizeof(*path));
    struct queue_lock *made = mem_zalloc(sizeof(*made));
    HRESULT hr = S_OK;

    if (!path || !made)
    {
        hr = E_OUTOFMEMORY;
        goto done;
    }
    swprintf(path, size, L"%ls" NAME, folder);
    made->file = open_file(path);
    if (made->file == INVALID_HANDLE_VALUE)
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        ERR("cannot open %s, 0x%08lx", LOG_WIDE(path), hr);
        goto done;
    }
    *lock = made;
    made = NULL;
done:
    mem_free(path);
    mem_free(made);
    return hr;
}

void queue_lock_close(struct queue_lock *lock)
{
    if (!lock)
        return;
    handle_close(lock->file);
    mem_free(lock);
}

HRESULT queue_lock_try(struct queue_lock *lock, UINT64 offset, bool shared)
{
    DWORD flags = LOCKFILE_FAIL_IMMEDIATELY | (shared ? 0 : LOCKFILE_EXCLUSIVE_LOCK);
    OVERLAPPED where = at(offset);
    DWORD error;

    if (LockFileEx(lock->file, flags, 0, 1, 0, &where))
        return S_OK;
    error = GetLastError();
    if (error == ERROR_LOCK_VIOLATION || error == ERROR_IO_PENDING)
        return S_FALSE;
    WARN("byte %llu of the queue's lock: %lu", (unsigned long long)offset, error);
    return HRESULT_FROM_WIN32(error);
}

void queue_lock_drop(struct queue_lock *lock, UINT64 offset)
{
    OVERLAPPED where = at(offset);

    if (!UnlockFileEx(lock->file, 0, 1, 0, &where))
        ERR("byte %llu of the queue's lock was not held", (unsigned long long)offset);
}

bool queue_lock_is_held(struct queue_lock *lock, UINT64 offset)
{
    if (queue_lock_try(lock, offset, true) != S_OK)
        return true;
    queue_lock_drop(lock, offset);
    return false;
}
