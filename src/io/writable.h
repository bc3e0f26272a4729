/* The last folder in which a file could be made. Clients add many files to one folder, and to try
 * it is to make a file there and to remove it. Any thread. */
#ifndef DOSVC_IO_WRITABLE_H
#define DOSVC_IO_WRITABLE_H

#include "base/platform.h"

/* `folder`, of `length` characters, ends with its last backslash. Known for 50 ms. */
void writable_remember(const WCHAR *folder, size_t length);
bool writable_is_known(const WCHAR *folder, size_t length);

#endif
