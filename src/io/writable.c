#include "io/writable.h"

#include "base/lock.h"

#include <string.h>

#define GOOD_FOR_MS 50 /* real time */

static struct lock last_lock = LOCK_INIT(LOCK_LEAF);
static struct
{
    WCHAR folder[MAX_PATH];
    size_t length;
    ULONGLONG tried_at; /* GetTickCount64() */
} last;

void writable_remember(const WCHAR *folder, size_t length)
{
    if (length > ARRAY_SIZE(last.folder))
        return;
    lock_take(&last_lock);
    memcpy(last.folder, folder, length * sizeof(*folder));
    last.length = length;
    last.tried_at = GetTickCount64();
    lock_drop(&last_lock);
}

bool writable_is_known(const WCHAR *folder, size_t length)
{
    bool is;

    lock_take_shared(&last_lock);
    is = last.length == length && GetTickCount64() - last.tried_at < GOOD_FOR_MS &&
         !memcmp(last.folder, folder, length * sizeof(*folder));
    lock_drop_shared(&last_lock);
    return is;
}
