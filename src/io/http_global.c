#include "io/http_global.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_memory.h"

#include <curl/curl.h>

/* Protects the count, and is held while libcurl initialises itself: a second http_open must not be
 * faster than the first. Not a leaf, since libcurl's memory has a lock, too. */
static struct lock global_lock = LOCK_INIT(LOCK_ENGINE);
static unsigned int users;

HRESULT http_global_acquire(void)
{
    CURLcode code = CURLE_OK;

    lock_take(&global_lock);
    if (!users)
        code = curl_global_init_mem(CURL_GLOBAL_ALL, http_memory_alloc, http_memory_free,
                                    http_memory_realloc, mem_strdup, http_memory_calloc);
    if (!code)
        users++;
    lock_drop(&global_lock);
    if (code)
    {
        ERR("libcurl does not start: %s", curl_easy_strerror(code));
        return code == CURLE_OUT_OF_MEMORY ? E_OUTOFMEMORY : E_FAIL;
    }
    return S_OK;
}

void http_global_release(void)
{
    lock_take(&global_lock);
    if (!--users)
    {
        curl_global_cleanup();
        http_memory_drop();
    }
    lock_drop(&global_lock);
}
