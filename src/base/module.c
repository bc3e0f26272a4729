#include "base/module.h"

static volatile LONG objects;
static volatile LONG server_locks;

void module_object_born(void)
{
    InterlockedIncrement(&objects);
}

void module_object_died(void)
{
    LONG left = InterlockedDecrement(&objects);

    assert(left >= 0);
    (void)left;
}

LONG module_objects_live(void)
{
    return objects;
}

void module_lock_server(void)
{
    InterlockedIncrement(&server_locks);
}

void module_unlock_server(void)
{
    LONG locks = server_locks, seen;

    /* Clients do unlock once too often, and a count below zero would hide a later lock. */
    while (locks > 0)
    {
        seen = InterlockedCompareExchange(&server_locks, locks - 1, locks);
        if (seen == locks)
            return;
        locks = seen;
    }
}

LONG module_server_locks(void)
{
    return server_locks;
}

HMODULE module_handle(void)
{
    HMODULE module = NULL;

    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const WCHAR *)&objects, &module);
    return module;
}
