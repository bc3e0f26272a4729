/*
 * Where the queue lies: the folder DOSVC_HOME names, else dosvc below the user's local application
 * data. Any thread.
 */
#ifndef DOSVC_IO_PLACES_H
#define DOSVC_IO_PLACES_H

#include "base/platform.h"

/* The queue's folder, absolute, without a final backslash, to be ended with mem_free. It and the
 * folders above it are made if they are not there: it is then its owner's and SYSTEM's alone, and
 * so is what is made in it. A folder that is there stays as it is.
 *
 * Errors: Windows' own code, ERROR_DIRECTORY where a file has that name, E_OUTOFMEMORY. Fault point
 * "open" when a folder is to be made. */
HRESULT places_queue_folder(WCHAR **folder);

#endif
