#include "core/policy.h"

#include "base/mem.h"
#include "core/settings.h"
#include "model/source_state.h"

#define GOOD_FOR_MS 1000 /* real time */

static struct policy policy;
static ULONGLONG read_at; /* GetTickCount64(); 0: never */

/* ---- caches ---- */

/* The first of the two that is set, in seconds; the second is the one that Windows made for it. */
static UINT64 delay_of(const WCHAR *name, const WCHAR *other)
{
    UINT32 seconds = settings_number(name, 0);

    if (!seconds)
        seconds = settings_number(other, 0);
    return seconds == MAXDWORD ? SOURCE_DELAY_NEVER : (UINT64)seconds * 1000;
}

static void read_caches(void)
{
    char *text = NULL;

    policy.caches.count = 0;
    if (settings_text(L"DOCacheHost", &text) != S_OK)
        return;
    cache_hosts_parse(&policy.caches, text);
    mem_free(text);
    if (!policy.caches.count)
        return;
    policy.foreground_delay_ms =
        delay_of(L"DODelayForegroundDownloadFromHttp", L"DODelayCacheServerFallbackForeground");
    policy.background_delay_ms =
        delay_of(L"DODelayBackgroundDownloadFromHttp", L"DODelayCacheServerFallbackBackground");
}

void policy_forget(void)
{
    read_at = 0;
}

void policy_refresh(void)
{
    ULONGLONG now = GetTickCount64();

    if (read_at && now - read_at < GOOD_FOR_MS)
        return;
    read_at = now;
    read_caches();
}

const struct policy *policy_now(void)
{
    return &policy;
}
