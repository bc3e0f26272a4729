/* There is no engine thread: a job goes on when the test says so (fake/script). */
#include "core/runner.h"

HRESULT runner_hold(void)
{
    return S_OK;
}

void runner_drop(void)
{
}

void runner_note(void)
{
}

void runner_wake(void)
{
}

void runner_hurry(void)
{
}

bool runner_is_there(void)
{
    return false;
}
