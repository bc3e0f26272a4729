#include "model/bans.h"

#include <string.h>

static void copy(char *to, const char *from)
{
    size_t length = strlen(from);

    if (length >= URL_HOST_SIZE)
        length = URL_HOST_SIZE - 1;
    memcpy(to, from, length);
    to[length] = 0;
}

void bans_add(struct bans *bans, const char *host, const char *origin, uint64_t now_ms,
              uint64_t until_ms)
{
    struct ban *place = &bans->list[0];
    size_t i;

    for (i = 0; i < BANS_MAX; i++)
    {
        struct ban *ban = &bans->list[i];

        if (ban->until_ms > now_ms && !strcmp(ban->host, host) &&
            !strcmp(ban->origin, origin ? origin : ""))
        {
            place = ban;
            break;
        }
        if (ban->until_ms < place->until_ms)
            place = ban;
    }
    copy(place->host, host);
    copy(place->origin, origin ? origin : "");
    place->until_ms = until_ms;
}

bool bans_cover(const struct bans *bans, const char *host, const char *origin, uint64_t now_ms)
{
    size_t i;

    for (i = 0; i < BANS_MAX; i++)
    {
        const struct ban *ban = &bans->list[i];

        if (ban->until_ms > now_ms && !strcmp(ban->host, host) &&
            (!*ban->origin || !strcmp(ban->origin, origin)))
            return true;
    }
    return false;
}
