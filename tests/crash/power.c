#include "crash/power.h"

#include "crash/undo.h"
#include "io/partfile.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static CRITICAL_SECTION disk; /* one event at a time, so that the cut falls between two */
static unsigned int events;
static unsigned int cut_at;
static bool watching;

static void close_all(void);

/* Before each event; ends the process when its time has come. Nobody else gets to the disk then. */
static void begin_event(void)
{
    EnterCriticalSection(&disk);
    if (watching && ++events == cut_at)
    {
        close_all();
        undo_all();
        TerminateProcess(GetCurrentProcess(), POWER_CUT_CODE);
        Sleep(INFINITE);
    }
}

static void end_event(void)
{
    LeaveCriticalSection(&disk);
}

unsigned int power_events(void)
{
    unsigned int count;

    EnterCriticalSection(&disk);
    count = events;
    LeaveCriticalSection(&disk);
    return count;
}

/* ---- part files ---- */

HRESULT __real_partfile_create(const WCHAR *path, struct partfile **file);
HRESULT __real_partfile_open(const WCHAR *path, struct partfile **file);
void __real_partfile_close(struct partfile *file);
HRESULT __real_partfile_write(struct partfile *file, UINT64 offset, const void *data, size_t size);
HRESULT __real_partfile_flush(struct partfile *file);
HRESULT __real_partfile_truncate(struct partfile *file, UINT64 size);
HRESULT __real_partfile_rename(const WCHAR *from, const WCHAR *to);
HRESULT __real_partfile_delete(const WCHAR *path);

HRESULT __wrap_partfile_create(const WCHAR *path, struct partfile **file);
HRESULT __wrap_partfile_open(const WCHAR *path, struct partfile **file);
void __wrap_partfile_close(struct partfile *file);
HRESULT __wrap_partfile_write(struct partfile *file, UINT64 offset, const void *data, size_t size);
HRESULT __wrap_partfile_flush(struct partfile *file);
HRESULT __wrap_partfile_truncate(struct partfile *file, UINT64 size);
HRESULT __wrap_partfile_rename(const WCHAR *from, const WCHAR *to);
HRESULT __wrap_partfile_delete(const WCHAR *path);

/* Which file an open partfile is. */
struct open_file
{
    struct open_file *next;
    struct partfile *file;
    WCHAR path[MAX_PATH];
};

static struct open_file *open_files; /* protected by disk */

static void remember(struct partfile *file, const WCHAR *path)
{
    struct open_file *entry = calloc(1, sizeof(*entry));

    if (!entry)
        abort();
    entry->file = file;
    wcsncpy(entry->path, path, MAX_PATH - 1);
    entry->next = open_files;
    open_files = entry;
}

static const WCHAR *path_of(struct partfile *file)
{
    struct open_file *entry;

    for (entry = open_files; entry; entry = entry->next)
        if (entry->file == file)
            return entry->path;
    abort();
}

/* So that they can be written to. */
static void close_all(void)
{
    struct open_file *entry;

    for (entry = open_files; entry; entry = entry->next)
        __real_partfile_close(entry->file);
}

HRESULT __wrap_partfile_create(const WCHAR *path, struct partfile **file)
{
    HRESULT hr;

    begin_event();
    hr = __real_partfile_create(path, file);
    if (SUCCEEDED(hr))
    {
        remember(*file, path);
        undo_note_creation(path);
    }
    end_event();
    return hr;
}

HRESULT __wrap_partfile_open(const WCHAR *path, struct partfile **file)
{
    HRESULT hr;

    EnterCriticalSection(&disk);
    hr = __real_partfile_open(path, file);
    if (SUCCEEDED(hr))
        remember(*file, path);
    LeaveCriticalSection(&disk);
    return hr;
}

void __wrap_partfile_close(struct partfile *file)
{
    struct open_file **link, *entry;

    EnterCriticalSection(&disk);
    for (link = &open_files; (entry = *link); link = &entry->next)
        if (entry->file == file)
        {
            *link = entry->next;
            free(entry);
            break;
        }
    __real_partfile_close(file);
    LeaveCriticalSection(&disk);
}

HRESULT __wrap_partfile_write(struct partfile *file, UINT64 offset, const void *data, size_t size)
{
    HRESULT hr;

    begin_event();
    undo_note_write(path_of(file), offset, size);
    hr = __real_partfile_write(file, offset, data, size);
    end_event();
    return hr;
}

HRESULT __wrap_partfile_flush(struct partfile *file)
{
    HRESULT hr;

    begin_event();
    hr = __real_partfile_flush(file);
    if (SUCCEEDED(hr))
        undo_forget(path_of(file));
    end_event();
    return hr;
}

HRESULT __wrap_partfile_truncate(struct partfile *file, UINT64 size)
{
    HRESULT hr;

    begin_event();
    undo_note_truncation(path_of(file), size);
    hr = __real_partfile_truncate(file, size);
    end_event();
    return hr;
}

HRESULT __wrap_partfile_rename(const WCHAR *from, const WCHAR *to)
{
    HRESULT hr;

    begin_event();
    hr = __real_partfile_rename(from, to);
    if (SUCCEEDED(hr))
        undo_rename(from, to);
    end_event();
    return hr;
}

HRESULT __wrap_partfile_delete(const WCHAR *path)
{
    HRESULT hr;

    begin_event();
    hr = __real_partfile_delete(path);
    if (SUCCEEDED(hr))
        undo_forget(path);
    end_event();
    return hr;
}

/* ---- the database ---- */

struct shim_file
{
    sqlite3_file base;
    WCHAR path[MAX_PATH]; /* empty: not watched */
    sqlite3_file *real;   /* behind this structure */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

static int shim_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, size, offset);
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    const struct shim_file *shim = (struct shim_file *)file;
    int code;

    begin_event();
    if (shim->path[0])
        undo_note_write(shim->path, (UINT64)offset, (size_t)size);
    code = shim->real->pMethods->xWrite(shim->real, data, size, offset);
    end_event();
    return code;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    const struct shim_file *shim = (struct shim_file *)file;
    int code;

    begin_event();
    if (shim->path[0])
        undo_note_truncation(shim->path, (UINT64)size);
    code = shim->real->pMethods->xTruncate(shim->real, size);
    end_event();
    return code;
}

static int shim_sync(sqlite3_file *file, int flags)
{
    const struct shim_file *shim = (struct shim_file *)file;
    int code;

    begin_event();
    code = shim->real->pMethods->xSync(shim->real, flags);
    if (code == SQLITE_OK && shim->path[0])
        undo_forget(shim->path);
    end_event();
    return code;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int kind)
{
    return real_of(file)->pMethods->xLock(real_of(file), kind);
}

static int shim_unlock(sqlite3_file *file, int kind)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), kind);
}

static int shim_check_lock(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int shim_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int shim_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

/* What the disk promises of writes that were not flushed: nothing. */
static int shim_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int remove_it)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove_it);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2, /* no memory-mapped pages: they would go round the layer */
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct shim_file *shim = (struct shim_file *)file;
    int code;

    (void)vfs;
    memset(shim, 0, sizeof(*shim));
    shim->real = (sqlite3_file *)(shim + 1);
    EnterCriticalSection(&disk);
    if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
        MultiByteToWideChar(CP_UTF8, 0, name, -1, shim->path, MAX_PATH);
    if (shim->path[0] && GetFileAttributesW(shim->path) == INVALID_FILE_ATTRIBUTES)
        undo_note_creation(shim->path);
    code = real_vfs->xOpen(real_vfs, name, shim->real, flags, out);
    if (code == SQLITE_OK)
        shim->base.pMethods = &shim_methods;
    LeaveCriticalSection(&disk);
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    WCHAR path[MAX_PATH];
    int code;

    (void)vfs;
    begin_event();
    code = real_vfs->xDelete(real_vfs, name, sync);
    if (code == SQLITE_OK && MultiByteToWideChar(CP_UTF8, 0, name, -1, path, MAX_PATH))
        undo_forget(path);
    end_event();
    return code;
}

int power_watch(unsigned int cut)
{
    static sqlite3_vfs shim;

    InitializeCriticalSection(&disk);
    cut_at = cut;
    watching = true;
    if (sqlite3_initialize() != SQLITE_OK || !(real_vfs = sqlite3_vfs_find(NULL)))
        return 0;
    shim = *real_vfs;
    shim.zName = "power";
    shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim.xOpen = shim_open;
    shim.xDelete = shim_delete;
    return sqlite3_vfs_register(&shim, 1) == SQLITE_OK;
}
