#include "testkit/sick_vfs.h"

#include <string.h>

struct sick_file
{
    sqlite3_file base;
    sqlite3_file *real; /* in the same block */
};

static struct
{
    enum sick_call call;
    unsigned int nth; /* 0: healthy */
    int result;
    DWORD error;
    bool read_only;
} sickness;

static volatile LONG calls[SICK_CALL_COUNT];
static sqlite3_vfs *system_vfs;

/* SQLITE_OK: it is passed on. */
static int judge(enum sick_call call)
{
    unsigned int passed = (unsigned int)InterlockedIncrement(&calls[call]);

    if (!sickness.nth || sickness.call != call || passed < sickness.nth)
        return SQLITE_OK;
    SetLastError(sickness.error);
    return sickness.result;
}

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct sick_file *)file)->real;
}

/* ---- files ---- */

static int sick_close(sqlite3_file *file)
{
    return real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
}

static int sick_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    int result = judge(SICK_READ);

    return result ? result : real(file)->pMethods->xRead(real(file), data, size, offset);
}

static int sick_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    int result = judge(SICK_WRITE);

    return result ? result : real(file)->pMethods->xWrite(real(file), data, size, offset);
}

static int sick_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int sick_sync(sqlite3_file *file, int flags)
{
    int result = judge(SICK_SYNC);

    return result ? result : real(file)->pMethods->xSync(real(file), flags);
}

static int sick_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int sick_lock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int sick_unlock(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int sick_check_lock(sqlite3_file *file, int *held)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), held);
}

static int sick_control(sqlite3_file *file, int what, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}

static int sick_sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int sick_characteristics(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int sick_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}

static int sick_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    const int take = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
    int result = (flags & take) == take ? judge(SICK_LOCK) : SQLITE_OK;

    return result ? result : real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void sick_shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int sick_shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = sick_close,
    .xRead = sick_read,
    .xWrite = sick_write,
    .xTruncate = sick_truncate,
    .xSync = sick_sync,
    .xFileSize = sick_size,
    .xLock = sick_lock,
    .xUnlock = sick_unlock,
    .xCheckReservedLock = sick_check_lock,
    .xFileControl = sick_control,
    .xSectorSize = sick_sector_size,
    .xDeviceCharacteristics = sick_characteristics,
    .xShmMap = sick_shm_map,
    .xShmLock = sick_shm_lock,
    .xShmBarrier = sick_shm_barrier,
    .xShmUnmap = sick_shm_unmap,
};

/* ---- the file system ---- */

static int sick_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct sick_file *sick = (struct sick_file *)file;
    int result = judge(SICK_OPEN);

    (void)vfs;
    memset(file, 0, sizeof(*sick) + (size_t)system_vfs->szOsFile);
    if (result)
        return result;
    if (sickness.read_only)
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    sick->real = (sqlite3_file *)(sick + 1);
    result = system_vfs->xOpen(system_vfs, name, sick->real, flags, out);
    if (result == SQLITE_OK)
        sick->base.pMethods = &methods;
    return result;
}

void sick_vfs_register(void)
{
    static sqlite3_vfs vfs;

    sick_vfs_heal();
    if (system_vfs)
        return;
    sqlite3_initialize();
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs; /* what is not about open files is called with it as it is */
    vfs.zName = SICK_VFS;
    vfs.szOsFile += (int)sizeof(struct sick_file);
    vfs.xOpen = sick_open;
    sqlite3_vfs_register(&vfs, 0);
}

void sick_vfs_fail(enum sick_call call, unsigned int nth, int result, DWORD error)
{
    sick_vfs_heal();
    sickness.call = call;
    sickness.result = result;
    sickness.error = error;
    sickness.nth = nth;
}

void sick_vfs_make_read_only(void)
{
    sickness.read_only = true;
}

void sick_vfs_heal(void)
{
    size_t i;

    memset(&sickness, 0, sizeof(sickness));
    for (i = 0; i < SICK_CALL_COUNT; i++)
        InterlockedExchange(&calls[i], 0);
}

unsigned int sick_vfs_calls(enum sick_call call)
{
    return (unsigned int)InterlockedCompareExchange(&calls[call], 0, 0);
}
