#include "base/log_file.h"

#include <stdio.h>

#define RETRY_STEP (256u << 10)

#define TURN_LIMIT 1000 /* ms: a line is not held up longer by another process */

static HANDLE open_path(const WCHAR *path)
{
    HANDLE handle = CreateFileW(path, FILE_APPEND_DATA | FILE_READ_DATA | SYNCHRONIZE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    return handle == INVALID_HANDLE_VALUE ? NULL : handle;
}

bool log_file_open(struct log_file *file, const WCHAR *path)
{
    log_file_close(file);
    file->retry = 0;
    file->path[0] = 0;
    if (wcslen(path) + 3 > ARRAY_SIZE(file->path)) /* with ".1" */
        return false;
    file->handle = open_path(path);
    if (!file->handle)
        return false;
    wcscpy(file->path, path);
    return true;
}

void log_file_close(struct log_file *file)
{
    if (file->handle)
        CloseHandle(file->handle);
    file->handle = NULL;
}

static UINT64 size_of(HANDLE handle)
{
    LARGE_INTEGER size;

    return GetFileSizeEx(handle, &size) ? (UINT64)size.QuadPart : 0;
}

static bool are_one_file(HANDLE a, HANDLE b)
{
    BY_HANDLE_FILE_INFORMATION of_a, of_b;

    return GetFileInformationByHandle(a, &of_a) && GetFileInformationByHandle(b, &of_b) &&
           of_a.dwVolumeSerialNumber == of_b.dwVolumeSerialNumber &&
           of_a.nFileIndexHigh == of_b.nFileIndexHigh && of_a.nFileIndexLow == of_b.nFileIndexLow;
}

static bool rename_to_older(const WCHAR *path)
{
    WCHAR older[MAX_PATH * 4];

    swprintf(older, ARRAY_SIZE(older), L"%ls.1", path);
    return MoveFileExW(path, older, MOVEFILE_REPLACE_EXISTING);
}

/* A byte that no line reaches; the process that holds its lock writes. Asked for again and again,
 * because Wine does not wake who waits for it. */
static bool take_turn(HANDLE handle)
{
    ULONGLONG deadline = GetTickCount64() + TURN_LIMIT;
    OVERLAPPED at = {.OffsetHigh = 0x40000000};

    while (!LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at))
    {
        if (GetTickCount64() >= deadline)
            return false;
        SwitchToThread();
    }
    return true;
}

static void pass_turn(HANDLE handle)
{
    OVERLAPPED at = {.OffsetHigh = 0x40000000};

    UnlockFileEx(handle, 0, 1, 0, &at);
}

/* A full file with its turn taken. If the path leads to this very file, nobody has renamed it yet,
 * and nobody else does before the turn is passed on. */
static HANDLE successor(const WCHAR *path, HANDLE full)
{
    HANDLE now = open_path(path);

    if (now && are_one_file(full, now))
    {
        CloseHandle(now);
        now = rename_to_older(path) ? open_path(path) : NULL;
    }
    return now;
}

static bool is_full(struct log_file *file, size_t length)
{
    UINT64 size = file->limit ? size_of(file->handle) : 0;

    return size && size + length > file->limit && size >= file->retry;
}

/* The turn is taken, and passed on to the new file if the old one is full. */
static bool turn_over(struct log_file *file)
{
    HANDLE now = successor(file->path, file->handle);

    file->retry = now ? 0 : size_of(file->handle) + RETRY_STEP;
    if (!now)
        return true;
    pass_turn(file->handle);
    CloseHandle(file->handle);
    file->handle = now;
    return take_turn(now);
}

void log_file_write(struct log_file *file, const char *line, size_t length)
{
    DWORD written;
    bool turn;

    if (!file->handle)
        file->handle = open_path(file->path);
    if (!file->handle)
        return;
    turn = take_turn(file->handle);
    while (turn && is_full(file, length))
        turn = turn_over(file);
    WriteFile(file->handle, line, (DWORD)length, &written, NULL);
    if (turn)
        pass_turn(file->handle);
}
