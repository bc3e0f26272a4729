#include "base/handle.h"

#include "base/fault.h"

static volatile LONG live;

static bool is_handle(HANDLE handle)
{
    return handle && handle != INVALID_HANDLE_VALUE;
}

HANDLE handle_event(bool manual_reset, bool signalled)
{
    if (fault_hit(FAULT_HANDLE))
    {
        SetLastError(fault_error(FAULT_HANDLE));
        return NULL;
    }
    return handle_adopt(CreateEventW(NULL, manual_reset, signalled, NULL));
}

HANDLE handle_adopt(HANDLE handle)
{
    if (is_handle(handle))
        InterlockedIncrement(&live);
    return handle;
}

void handle_close(HANDLE handle)
{
    DWORD error;

    if (!is_handle(handle))
        return;
    error = GetLastError();
    CloseHandle(handle);
    InterlockedDecrement(&live);
    SetLastError(error);
}

LONG handle_live(void)
{
    return live;
}
