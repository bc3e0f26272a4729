#include "core/policy.h"

#include "base/mem.h"
#include "core/job_defaults.h"
#include "core/settings.h"
#include "model/source_state.h"

#define GOOD_FOR_MS 1000 /* real time */

#define TRANSFERS 16
#define PER_HOST 6
#define TRANSFERS_MAX 256
#define CONNECTIONS 4
#define CONNECTIONS_MAX 8
#define CHECKPOINT (16u << 20)
#define CHECKPOINT_LEAST (64u << 10)
#define SECONDS_MAX 86400

static struct policy policy;
static ULONGLONG read_at; /* GetTickCount64(); 0: never */

static UINT32 number_in(const WCHAR *name, UINT32 otherwise, UINT32 least, UINT32 most)
{
    UINT32 number = settings_number(name, otherwise);

    return number < least ? least : MIN(number, most);
}

static UINT32 seconds_of(const WCHAR *name, UINT32 otherwise)
{
    return number_in(name, otherwise, 1, SECONDS_MAX) * 1000;
}

/* Windows counts in kilobytes. */
static UINT64 rate_of(const WCHAR *name)
{
    return (UINT64)settings_number(name, 0) * 1024;
}

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
    policy.transfers = number_in(L"MaxTransfers", TRANSFERS, 1, TRANSFERS_MAX);
    policy.per_host = number_in(L"MaxTransfersPerHost", PER_HOST, 1, TRANSFERS_MAX);
    policy.connections = number_in(L"MaxConnectionsPerFile", CONNECTIONS, 1, CONNECTIONS_MAX);
    policy.checkpoint = number_in(L"CheckpointBytes", CHECKPOINT, CHECKPOINT_LEAST, MAXDWORD);
    policy.connect_ms = seconds_of(L"ConnectTimeout", 15);
    policy.tls_ms = seconds_of(L"TlsTimeout", 15);
    policy.first_byte_ms = seconds_of(L"FirstByteTimeout", 20);
    policy.silence_ms = seconds_of(L"SilenceTimeout", 60);
    policy.stall_ms = seconds_of(L"StallTime", 20);
    policy.stall_rate = settings_number(L"StallRate", 4000);
    job_defaults_refresh();
    policy.rate = rate_of(L"DOMaxDownloadBandwidth");
    policy.foreground_rate = rate_of(L"DOMaxForegroundDownloadBandwidth");
    policy.background_rate = rate_of(L"DOMaxBackgroundDownloadBandwidth");
    read_caches();
}

const struct policy *policy_now(void)
{
    return &policy;
}
