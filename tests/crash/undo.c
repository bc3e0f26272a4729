#include "crash/undo.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct change
{
    struct change *before; /* the one that was made earlier */
    UINT64 size;           /* of the file before it */
    UINT64 offset;         /* of what it overwrote */
    size_t length;
    BYTE bytes[];
};

struct changed_file
{
    struct changed_file *next;
    WCHAR path[MAX_PATH];
    bool created;
    struct change *last;
};

static struct changed_file *files;

static struct changed_file *find(const WCHAR *path, bool make)
{
    struct changed_file *file;

    for (file = files; file; file = file->next)
        if (!_wcsicmp(file->path, path))
            return file;
    if (!make)
        return NULL;
    if (!(file = calloc(1, sizeof(*file))))
        abort();
    wcsncpy(file->path, path, MAX_PATH - 1);
    file->next = files;
    files = file;
    return file;
}

static HANDLE open_path(const WCHAR *path, DWORD access)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, 0, NULL);
}

/* Keeps [offset, offset + length) as far as the file has it. */
static void keep(const WCHAR *path, UINT64 offset, UINT64 length)
{
    struct changed_file *file = find(path, true);
    HANDLE handle = open_path(path, GENERIC_READ);
    OVERLAPPED where = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    LARGE_INTEGER size = {0};
    struct change *change;
    DWORD got = 0;

    if (handle != INVALID_HANDLE_VALUE)
        GetFileSizeEx(handle, &size);
    if (offset >= (UINT64)size.QuadPart)
        length = 0;
    else if (length > (UINT64)size.QuadPart - offset)
        length = (UINT64)size.QuadPart - offset;
    if (!(change = malloc(sizeof(*change) + (size_t)length)))
        abort();
    *change =
        (struct change){.before = file->last, .size = (UINT64)size.QuadPart, .offset = offset};
    if (length && ReadFile(handle, change->bytes, (DWORD)length, &got, &where))
        change->length = got;
    if (change->length != length)
        abort();
    file->last = change;
    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
}

void undo_note_creation(const WCHAR *path)
{
    find(path, true)->created = true;
}

void undo_note_write(const WCHAR *path, UINT64 offset, size_t size)
{
    keep(path, offset, size);
}

void undo_note_truncation(const WCHAR *path, UINT64 size)
{
    keep(path, size, UINT64_MAX / 2);
}

static void forget_changes(struct changed_file *file)
{
    struct change *change;

    while ((change = file->last))
    {
        file->last = change->before;
        free(change);
    }
    file->created = false;
}

void undo_forget(const WCHAR *path)
{
    struct changed_file *file = find(path, false);

    if (file)
        forget_changes(file);
}

void undo_rename(const WCHAR *from, const WCHAR *to)
{
    struct changed_file *file = find(from, false);

    undo_forget(to);
    if (!file)
        return;
    wcsncpy(file->path, to, MAX_PATH - 1);
}

static void take_back(HANDLE handle, const struct change *change)
{
    OVERLAPPED where = {.Offset = (DWORD)change->offset,
                        .OffsetHigh = (DWORD)(change->offset >> 32)};
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = (LONGLONG)change->size};
    DWORD written;

    if (change->length &&
        !WriteFile(handle, change->bytes, (DWORD)change->length, &written, &where))
        abort();
    if (!SetFileInformationByHandle(handle, FileEndOfFileInfo, &end, sizeof(end)))
        abort();
}

static void undo_file(struct changed_file *file)
{
    const struct change *change;
    HANDLE handle;

    if (file->created && DeleteFileW(file->path))
        return;
    if (!file->last)
        return;
    handle = open_path(file->path, GENERIC_READ | GENERIC_WRITE);
    if (handle == INVALID_HANDLE_VALUE)
        abort(); /* the test's own handles must let others write */
    for (change = file->last; change; change = change->before)
        take_back(handle, change);
    CloseHandle(handle);
}

void undo_all(void)
{
    struct changed_file *file;

    for (file = files; file; file = file->next)
        undo_file(file);
}
