#include "io/queue_lock.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

#include <wchar.h>

#define NAME L"\\queue.lock"

/* Windows, and Wine, let a handle share a byte that it holds exclusively, and the next unlocking
 * then ends the exclusive hold: so what is held, or just being tried, is known here as well. */
struct queue_lock
{
    HANDLE file;
    struct lock lock; /* protects what follows */
    UINT64 *bytes;
    size_t count;
    size_t capacity;
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
    lock_init(&made->lock, LOCK_LEAF);
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
    mem_free(lock->bytes);
    mem_free(lock);
}

static bool knows_locked(const struct queue_lock *lock, UINT64 offset)
{
    size_t i;

    for (i = 0; i < lock->count; i++)
        if (lock->bytes[i] == offset)
            return true;
    return false;
}

/* S_FALSE: it is noted already. */
static HRESULT note(struct queue_lock *lock, UINT64 offset)
{
    HRESULT hr = S_FALSE;
    UINT64 *grown;

    lock_take(&lock->lock);
    if (!knows_locked(lock, offset))
    {
        grown = mem_array_grow(lock->bytes, &lock->capacity, lock->count + 1, sizeof(*grown));
        if (grown)
        {
            lock->bytes = grown;
            lock->bytes[lock->count++] = offset;
        }
        hr = grown ? S_OK : E_OUTOFMEMORY;
    }
    lock_drop(&lock->lock);
    return hr;
}

static void forget(struct queue_lock *lock, UINT64 offset)
{
    size_t i;

    lock_take(&lock->lock);
    for (i = 0; i < lock->count && lock->bytes[i] != offset; i++)
        ;
    if (i < lock->count)
        lock->bytes[i] = lock->bytes[--lock->count];
    lock_drop(&lock->lock);
}

HRESULT queue_lock_try(struct queue_lock *lock, UINT64 offset, bool shared)
{
    DWORD flags = LOCKFILE_FAIL_IMMEDIATELY | (shared ? 0 : LOCKFILE_EXCLUSIVE_LOCK);
    OVERLAPPED where = at(offset);
    DWORD error;
    HRESULT hr;

    if ((hr = note(lock, offset)) != S_OK || LockFileEx(lock->file, flags, 0, 1, 0, &where))
        return hr;
    error = GetLastError();
    forget(lock, offset);
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
    forget(lock, offset);
}

bool queue_lock_is_held(struct queue_lock *lock, UINT64 offset)
{
    if (queue_lock_try(lock, offset, true) != S_OK)
        return true;
    queue_lock_drop(lock, offset);
    return false;
}
