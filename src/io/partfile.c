#include "io/partfile.h"

#include "base/fault.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/writable.h"

#include <stdio.h>
#include <wchar.h>
#include <winioctl.h>

/* Shorter paths need no prefix, whatever is done to them. */
#define PLAIN_PATH_MAX (MAX_PATH - 12)

struct partfile
{
    HANDLE handle;
};

/* Never a success: a call may fail and not say why. */
static HRESULT last_error(void)
{
    HRESULT hr = HRESULT_FROM_WIN32(GetLastError());

    return FAILED(hr) ? hr : E_FAIL;
}

/* As HRESULT_FROM_WIN32(GetLastError()) of a call that was not made. */
static HRESULT injected(enum fault_point point)
{
    return HRESULT_FROM_WIN32(fault_error(point));
}

/* ---- paths ---- */

/* Long paths get the prefix that lifts the limit; short ones go as they are, since the prefix also
 * turns the rules of names off. The result is the caller's, ended with mem_free. */
static HRESULT full_path(const WCHAR *path, WCHAR **full)
{
    static const WCHAR prefix[] = L"\\\\?\\";
    static const WCHAR unc_prefix[] = L"\\\\?\\UNC";
    const WCHAR *use = prefix;
    size_t skip = 0;
    WCHAR *made;
    DWORD room;
    DWORD size;

    if (wcslen(path) < PLAIN_PATH_MAX || !wcsncmp(path, prefix, 4))
    {
        *full = mem_wcsdup(path);
        return *full ? S_OK : E_OUTOFMEMORY;
    }
    room = GetFullPathNameW(path, 0, NULL, NULL);
    if (!room)
        return last_error();
    made = mem_array_alloc(room + ARRAY_SIZE(unc_prefix), sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    /* written where it stays if the longer prefix comes before it, moved if the shorter one does */
    size = GetFullPathNameW(path, room, made + ARRAY_SIZE(unc_prefix) - 1, NULL);
    if (!size || size >= room)
    {
        mem_free(made);
        return size ? E_UNEXPECTED : last_error();
    }
    if (made[ARRAY_SIZE(unc_prefix) - 1] == '\\')
    {
        use = unc_prefix;
        skip = 1; /* of the two backslashes */
    }
    memmove(made + wcslen(use), made + ARRAY_SIZE(unc_prefix) - 1 + skip,
            (size - skip + 1) * sizeof(*made));
    memcpy(made, use, wcslen(use) * sizeof(*made));
    *full = made;
    return S_OK;
}

/* ---- opening ---- */

static HRESULT open_full(const WCHAR *full, DWORD access, DWORD share, DWORD how, DWORD flags,
                         HANDLE *handle)
{
    HANDLE opened;

    if (fault_hit(FAULT_OPEN))
        return injected(FAULT_OPEN);
    opened = handle_adopt(CreateFileW(full, access, share, NULL, how, flags, NULL));
    if (opened == INVALID_HANDLE_VALUE)
        return last_error();
    *handle = opened;
    return S_OK;
}

static HRESULT open_partfile(const WCHAR *path, DWORD how, struct partfile **file)
{
    struct partfile *made;
    WCHAR *full;
    HRESULT hr;

    hr = full_path(path, &full);
    if (FAILED(hr))
        return hr;
    made = mem_zalloc(sizeof(*made));
    if (!made)
        hr = E_OUTOFMEMORY;
    else
        hr = open_full(full, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, how,
                       FILE_ATTRIBUTE_NORMAL, &made->handle);
    mem_free(full);
    if (FAILED(hr))
    {
        WARN("%s: %#lx", LOG_WIDE(path), (unsigned long)hr);
        mem_free(made);
        return hr;
    }
    *file = made;
    return S_OK;
}

HRESULT partfile_create(const WCHAR *path, struct partfile **file)
{
    HRESULT hr;

    fault_point("before-create");
    hr = open_partfile(path, CREATE_NEW, file);
    fault_point("after-create");
    return hr;
}

HRESULT partfile_open(const WCHAR *path, struct partfile **file)
{
    return open_partfile(path, OPEN_EXISTING, file);
}

void partfile_close(struct partfile *file)
{
    if (!file)
        return;
    handle_close(file->handle);
    mem_free(file);
}

/* ---- contents ---- */

/* Bytes that one ReadFile or WriteFile, which count in 32 bits, is asked for. */
static DWORD at_once(size_t size)
{
    return size < 1u << 30 ? (DWORD)size : 1u << 30;
}

/* Not by OVERLAPPED: Wine then tells its server of every write. */
static HRESULT seek(struct partfile *file, UINT64 offset)
{
    LARGE_INTEGER where = {.QuadPart = (LONGLONG)offset};

    return SetFilePointerEx(file->handle, where, NULL, FILE_BEGIN) ? S_OK : last_error();
}

HRESULT partfile_write(struct partfile *file, UINT64 offset, const void *data, size_t size)
{
    const char *next = data;
    DWORD written;
    HRESULT hr;

    fault_point("before-write");
    if (size && fault_hit(FAULT_WRITE))
        return injected(FAULT_WRITE);
    if (FAILED(hr = seek(file, offset)))
        return hr;
    while (size)
    {
        if (!WriteFile(file->handle, next, at_once(size), &written, NULL))
            return last_error();
        if (!written)
            return HRESULT_FROM_WIN32(ERROR_WRITE_FAULT);
        next += written;
        size -= written;
    }
    fault_point("after-write");
    return S_OK;
}

HRESULT partfile_read(struct partfile *file, UINT64 offset, void *data, size_t size, size_t *got)
{
    char *next = data;
    size_t left = size;
    DWORD received;
    HRESULT hr;

    if (size && fault_hit(FAULT_READ))
        return injected(FAULT_READ);
    if (FAILED(hr = seek(file, offset)))
        return hr;
    while (left)
    {
        if (!ReadFile(file->handle, next, at_once(left), &received, NULL))
            return last_error();
        if (!received)
            break;
        next += received;
        left -= received;
    }
    *got = size - left;
    return S_OK;
}

HRESULT partfile_flush(struct partfile *file)
{
    fault_point("before-flush");
    if (fault_hit(FAULT_FLUSH))
        return injected(FAULT_FLUSH);
    if (!FlushFileBuffers(file->handle))
        return last_error();
    fault_point("after-flush");
    return S_OK;
}

HRESULT partfile_truncate(struct partfile *file, UINT64 size)
{
    FILE_END_OF_FILE_INFO end;

    end.EndOfFile.QuadPart = (LONGLONG)size;
    if (fault_hit(FAULT_WRITE))
        return injected(FAULT_WRITE);
    if (!SetFileInformationByHandle(file->handle, FileEndOfFileInfo, &end, sizeof(end)))
        return last_error();
    return S_OK;
}

HRESULT partfile_size(struct partfile *file, UINT64 *size)
{
    LARGE_INTEGER value;

    if (!GetFileSizeEx(file->handle, &value))
        return last_error();
    *size = (UINT64)value.QuadPart;
    return S_OK;
}

HRESULT partfile_make_sparse(struct partfile *file)
{
    DWORD size;

    if (fault_hit(FAULT_SPARSE))
        return injected(FAULT_SPARSE);
    if (!DeviceIoControl(file->handle, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &size, NULL))
        return last_error();
    return S_OK;
}

HRESULT partfile_end_sparse(struct partfile *file)
{
    FILE_SET_SPARSE_BUFFER off = {.SetSparse = FALSE};
    FILE_BASIC_INFO info;
    DWORD size;

    if (!GetFileInformationByHandleEx(file->handle, FileBasicInfo, &info, sizeof(info)))
        return last_error();
    if (!(info.FileAttributes & FILE_ATTRIBUTE_SPARSE_FILE))
        return S_FALSE;
    if (!DeviceIoControl(file->handle, FSCTL_SET_SPARSE, &off, sizeof(off), NULL, 0, &size, NULL))
        return last_error();
    return S_OK;
}

/* ---- names ---- */

/* Alone with the file there is only who can open it so. */
static bool is_open_elsewhere(const WCHAR *full)
{
    HANDLE handle = CreateFileW(full, DELETE, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (handle == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_SHARING_VIOLATION;
    CloseHandle(handle);
    return false;
}

/* Windows says "access denied" of a target that somebody has open, too. */
static HRESULT move(const WCHAR *from, const WCHAR *to)
{
    const DWORD flags = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
    HRESULT hr = MoveFileExW(from, to, flags) ? S_OK : last_error();

    if (hr != E_ACCESSDENIED)
        return hr;
    if (is_open_elsewhere(to))
        return HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION);
    return MoveFileExW(from, to, flags) ? S_OK : last_error(); /* closed just now, perhaps */
}

HRESULT partfile_rename(const WCHAR *from, const WCHAR *to)
{
    WCHAR *full_from = NULL;
    WCHAR *full_to = NULL;
    HRESULT hr;

    hr = full_path(from, &full_from);
    if (SUCCEEDED(hr))
        hr = full_path(to, &full_to);
    if (FAILED(hr))
        goto done;
    fault_point("before-rename");
    if (fault_hit(FAULT_RENAME))
        hr = injected(FAULT_RENAME);
    else
        hr = move(full_from, full_to);
    fault_point("after-rename");
    if (FAILED(hr))
        WARN("to %s: %#lx", LOG_WIDE(to), (unsigned long)hr);
done:
    mem_free(full_from);
    mem_free(full_to);
    return hr;
}

static bool means_missing(HRESULT hr)
{
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ||
           hr == HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
}

HRESULT partfile_delete(const WCHAR *path)
{
    WCHAR *full;
    HRESULT hr;

    hr = full_path(path, &full);
    if (FAILED(hr))
        return hr;
    fault_point("before-delete");
    if (fault_hit(FAULT_DELETE))
        hr = injected(FAULT_DELETE);
    else if (!DeleteFileW(full))
        hr = last_error();
    fault_point("after-delete");
    mem_free(full);
    if (means_missing(hr))
        return S_FALSE;
    if (FAILED(hr))
        WARN("%s: %#lx", LOG_WIDE(path), (unsigned long)hr);
    return hr;
}

/* ---- the target ---- */

#define PROBE_NAME 32 /* characters */

HRESULT partfile_size_at(const WCHAR *path, UINT64 *size)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    WCHAR *full;
    HRESULT hr;

    if (FAILED(hr = full_path(path, &full)))
        return hr;
    if (fault_hit(FAULT_OPEN))
        hr = injected(FAULT_OPEN);
    else if (!GetFileAttributesExW(full, GetFileExInfoStandard, &data))
        hr = last_error();
    else if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        hr = HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    else
        *size = (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    mem_free(full);
    return hr;
}

/* The only sure way to know is to try, with a file that goes when it is closed. */
static HRESULT probe_folder(const WCHAR *folder, size_t length)
{
    static volatile LONG probes;
    HANDLE handle;
    WCHAR *name;
    HRESULT hr;

    if (writable_is_known(folder, length))
        return S_OK;
    name = mem_array_alloc(length + PROBE_NAME, sizeof(*name));
    if (!name)
        return E_OUTOFMEMORY;
    memcpy(name, folder, length * sizeof(*name));
    swprintf(name + length, PROBE_NAME, L"~dosvc%lx-%lx.tmp", GetCurrentProcessId(),
             (unsigned long)InterlockedIncrement(&probes));
    hr = open_full(name, GENERIC_WRITE | DELETE, 0, CREATE_NEW,
                   FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, &handle);
    mem_free(name);
    if (SUCCEEDED(hr))
        handle_close(handle);
    if (SUCCEEDED(hr))
        writable_remember(folder, length);
    return means_missing(hr) ? HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) : hr;
}

static HRESULT probe_file(const WCHAR *full)
{
    HANDLE handle;
    HRESULT hr;

    hr = open_full(full, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                   OPEN_EXISTING, 0, &handle);
    if (SUCCEEDED(hr))
        handle_close(handle);
    /* in use now says nothing about the day the download is ready */
    return hr == HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION) ? S_OK : hr;
}

HRESULT partfile_probe_target(const WCHAR *path)
{
    const WCHAR *slash;
    DWORD attributes;
    WCHAR *full;
    HRESULT hr;

    hr = full_path(path, &full);
    if (FAILED(hr))
        return hr;
    attributes = GetFileAttributesW(full);
    slash = wcsrchr(full, '\\');
    if (!slash || !slash[1])
        hr = HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    else if (attributes == INVALID_FILE_ATTRIBUTES && GetLastError() == ERROR_PATH_NOT_FOUND)
        hr = HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND);
    else if (attributes == INVALID_FILE_ATTRIBUTES)
        hr = probe_folder(full, (size_t)(slash - full) + 1);
    else if (attributes & FILE_ATTRIBUTE_DIRECTORY)
        hr = E_ACCESSDENIED;
    else
        hr = probe_file(full);
    mem_free(full);
    return hr;
}

bool partfile_is_in_use(HRESULT hr)
{
    return hr == HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION) ||
           hr == HRESULT_FROM_WIN32(ERROR_LOCK_VIOLATION) ||
           hr == HRESULT_FROM_WIN32(ERROR_USER_MAPPED_FILE);
}
