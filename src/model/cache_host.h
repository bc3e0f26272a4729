#ifndef MODEL_CACHE_HOST_H
#define MODEL_CACHE_HOST_H

#include "model/failure.h"
#include "model/url.h"

/* HTTP caches in front of origins: the setting DOCacheHost, what is asked of a cache, and what its
 * failures mean. */

#define CACHE_HOSTS_MAX 16

struct cache_hosts
{
    size_t count;
    char names[CACHE_HOSTS_MAX][URL_HOST_SIZE]; /* "host" or "host:port", lower case */
};

/* A list with commas. Spaces are skipped, what is no host is left out, and so is what comes after
 * CACHE_HOSTS_MAX of them. */
void cache_hosts_parse(struct cache_hosts *hosts, const char *text);

/* The index of the one that has the URL (rendezvous hashing) among those whose bit is not in skip;
 * -1 if there is none. */
int cache_hosts_pick(const struct cache_hosts *hosts, const char *url, uint32_t skip);

/* The URL at the cache: its host in place of the origin's, which is told by a further argument
 * cacheHostOrigin. The origin's port is kept unless the cache has one of its own. False: it does
 * not fit, or the URL holds a user's name, which is the origin's business alone. */
bool cache_host_url(const char *url, const char *cache, char *out, size_t size);

/* For how much of its work a cache is left alone after a failure. */
enum cache_ban
{
    CACHE_BAN_NONE,
    CACHE_BAN_ORIGIN, /* for this origin's URLs */
    CACHE_BAN_ALL
};
#define CACHE_BAN_MS (15u * 60 * 1000)

enum cache_ban cache_host_ban(const struct failure_info *failure);

#endif
