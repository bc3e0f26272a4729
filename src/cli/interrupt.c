#include "interrupt.h"

#include <stdatomic.h>

#define CLOSE_WAIT 4000 /* ms; Windows ends the process 5 s after it closed the console */

static IDosvcCallback *watched; /* counted; may be NULL */
static HANDLE interrupted;
static HANDLE done;
static atomic_bool came;

/* Runs on a thread of its own. A closed console ends the process as soon as this returns. */
static BOOL WINAPI on_control(DWORD what)
{
    if (what == CTRL_LOGOFF_EVENT)
        return FALSE;
    atomic_store(&came, true);
    SetEvent(interrupted);
    if (watched)
        IDosvcCallback_Close(watched);
    if (what != CTRL_C_EVENT && what != CTRL_BREAK_EVENT)
        WaitForSingleObject(done, CLOSE_WAIT);
    return TRUE;
}

void interrupt_watch(IDosvcCallback *callback)
{
    if (callback)
        IDosvcCallback_AddRef(callback);
    watched = callback;
    interrupted = CreateEventW(NULL, TRUE, FALSE, NULL);
    done = CreateEventW(NULL, TRUE, FALSE, NULL);
    /* A parent may have had Ctrl+C ignored; doctl's own handler is what counts. */
    SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(on_control, TRUE);
}

void interrupt_unwatch(void)
{
    SetConsoleCtrlHandler(on_control, FALSE);
    SetEvent(done);
    /* The handler may still be running, so its callback and event end with the process. */
}

bool interrupt_came(void)
{
    return atomic_load(&came);
}

bool interrupt_wait(DWORD milliseconds)
{
    WaitForSingleObject(interrupted, milliseconds);
    return interrupt_came();
}
