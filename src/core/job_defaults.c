#include "core/job_defaults.h"

#include "core/settings.h"

#include <stdatomic.h>

#define GOOD_FOR_MS 1000 /* real time */
#define NOT_SET 0u

static atomic_uint no_progress[2]; /* background, foreground */
static atomic_uint download_time;
static atomic_ullong read_at; /* GetTickCount64(); 0: never */

void job_defaults_refresh(void)
{
    unsigned long long now = GetTickCount64(), then = atomic_load(&read_at);

    if ((then && now - then < GOOD_FOR_MS) || !atomic_compare_exchange_strong(&read_at, &then, now))
        return;
    atomic_store(&no_progress[false], settings_number(L"NoProgressTimeoutBackground", NOT_SET));
    atomic_store(&no_progress[true], settings_number(L"NoProgressTimeoutForeground", NOT_SET));
    atomic_store(&download_time, settings_number(L"MaxDownloadTime", NOT_SET));
}

static UINT64 set_or(atomic_uint *value, UINT64 otherwise)
{
    unsigned int set = atomic_load(value);

    return set != NOT_SET ? set : otherwise;
}

UINT64 job_default_no_progress(bool foreground, UINT64 otherwise)
{
    return set_or(&no_progress[foreground], otherwise);
}

UINT64 job_default_download_time(UINT64 otherwise)
{
    return set_or(&download_time, otherwise);
}
