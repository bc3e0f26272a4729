#ifndef IO_HTTP_LOOK_H
#define IO_HTTP_LOOK_H

#include "base/platform.h"

/* Looks whether a socket can be read, without waiting.
 *
 * libcurl looks after each read, with select. Under Wine that is AFD's poll, and a poll that finds
 * something stays with the socket until its caller has fetched the answer: so long wineserver
 * turns around as fast as it can, on a processor that the transfer wants. Asking for the number of
 * bytes costs one short call. So libcurl's select is ours (CMakeLists.txt), which asks that first
 * where it looks at one socket for reading, and goes on to the system's where there are no bytes:
 * that also sees the end. */

/* Bytes can be read. False also of an end or a failure. Any thread. */
bool http_look_has_bytes(SOCKET socket);

#endif
