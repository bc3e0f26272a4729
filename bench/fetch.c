/*
 * Fetches one URL in one way and ends: what bench/native/cpu measures from outside.
 *
 *     fetch dosvc|loop URL
 */
#include "lib/download.h"
#include "lib/peers.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct download download = DOWNLOAD_BY_DOSVC;
    struct target target;
    HRESULT hr = E_FAIL;

    if (argc != 3 || !target_init(&target, argv[2]))
    {
        fprintf(stderr, "usage: fetch dosvc|loop URL\n");
        return 2;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!strcmp(argv[1], "dosvc"))
        hr = download_target(&download, &target);
    else if (!strcmp(argv[1], "loop") && target_ask_size(&target))
        hr = peer_loop(&target);
    DeleteFileW(target.path);
    if (SUCCEEDED(hr))
        return 0;
    fprintf(stderr, "%s failed: 0x%08x\n", argv[1], (unsigned int)hr);
    return 1;
}
