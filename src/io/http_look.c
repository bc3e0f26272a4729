#include "io/http_look.h"

typedef int WSAAPI select_function(int count, fd_set *readable, fd_set *writable, fd_set *failed,
                                   const struct timeval *timeout);

/* What the linker makes of libcurl's reference to the imported select, and of ours to the one that
 * was meant: --wrap of the pointer that an import is called by. */
#ifdef _WIN64
#define WRAPPED(which) __asm__("__" which "___imp_select")
#else
#define WRAPPED(which) __asm__("___" which "__imp__select@20")
#endif

extern select_function *const http_look_real WRAPPED("real");
extern select_function *const http_look_instead WRAPPED("wrap");

bool http_look_has_bytes(SOCKET socket)
{
    u_long bytes = 0;

    return !ioctlsocket(socket, (long)FIONREAD, &bytes) && bytes;
}

static bool is_empty(const fd_set *set)
{
    return !set || !set->fd_count;
}

static int WSAAPI look(int count, fd_set *readable, fd_set *writable, fd_set *failed,
                       const struct timeval *timeout)
{
    if (!timeout || timeout->tv_sec || timeout->tv_usec || !is_empty(writable) || !readable ||
        readable->fd_count != 1 || !http_look_has_bytes(readable->fd_array[0]))
        return http_look_real(count, readable, writable, failed, timeout);
    if (failed)
        FD_ZERO(failed);
    return 1;
}

select_function *const http_look_instead = look;
