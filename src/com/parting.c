#include "com/parting.h"

#include "base/handle.h"
#include "com/apartment.h"

#define OVER_MS 2000
#define IDLE_MS 20

static HANDLE duplicate(HANDLE event)
{
    HANDLE process = GetCurrentProcess(), copy;

    if (!DuplicateHandle(process, event, process, &copy, SYNCHRONIZE, FALSE, 0))
        return NULL;
    return handle_adopt(copy);
}

void parting_init(struct parting *parting, HANDLE over, HANDLE idle)
{
    parting->over = duplicate(over);
    parting->idle = duplicate(idle);
}

void parting_wait(const struct parting *parting)
{
    if (!parting->over || !parting->idle)
        return;
    /* A call that lay in this thread's queue is carried out inside the first wait, which may last
     * as long as that; its end is known a moment later. */
    if (apartment_wait(parting->idle, IDLE_MS) || apartment_wait(parting->idle, IDLE_MS))
        apartment_wait(parting->over, OVER_MS);
}

void parting_cleanup(struct parting *parting)
{
    handle_close(parting->over);
    handle_close(parting->idle);
    *parting = (struct parting){NULL};
}
