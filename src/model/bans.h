#ifndef MODEL_BANS_H
#define MODEL_BANS_H

#include "model/url.h"

/* Who is left alone, by whom and until when. Of more than BANS_MAX the one that would end first is
 * forgotten. */

#define BANS_MAX 32

struct ban
{
    char host[URL_HOST_SIZE];
    char origin[URL_HOST_SIZE]; /* for this one only; "": for all */
    uint64_t until_ms;
};

struct bans
{
    struct ban list[BANS_MAX]; /* zeros: nobody is banned */
};

/* origin NULL: for all. */
void bans_add(struct bans *bans, const char *host, const char *origin, uint64_t now_ms,
              uint64_t until_ms);
bool bans_cover(const struct bans *bans, const char *host, const char *origin, uint64_t now_ms);

#endif
