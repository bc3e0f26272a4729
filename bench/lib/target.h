/* What is downloaded, and where to. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include "base/platform.h"

struct target
{
    char url[1024];
    WCHAR wide_url[1024];
    char host[256]; /* host:port */
    char name[256]; /* host */
    char port[16];
    char url_path[512];
    UINT64 size;          /* as the server tells; 0 until target_ask_size */
    WCHAR path[MAX_PATH]; /* where it is downloaded to; each run deletes it */
};
/* False, with a line on stderr, if it is no http or https URL. */
bool target_init(struct target *target, const char *url);
/* http only; false, with a line on stderr, if the server tells none. */
bool target_ask_size(struct target *target);
SOCKET target_connect(const struct target *target);

HANDLE file_create(const WCHAR *path);
UINT64 file_size(const WCHAR *path); /* UINT64_MAX: there is none */

#endif
