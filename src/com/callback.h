/*
 * DosvcCallback: our own ready-made callback object. It implements IBackgroundCopyCallback, 2 and 3
 * and IDODownloadStatusCallback, and hands each event to functions that subscribed, or keeps it for
 * a thread that waits (IDosvcCallback).
 *
 * It works with anybody's jobs, so it marshals like anybody's object: with the plain free-threaded
 * marshaler, by which another process gets a proxy.
 */
#ifndef DOSVC_COM_CALLBACK_H
#define DOSVC_COM_CALLBACK_H

#include "base/platform.h"

/* One reference, the caller's. */
HRESULT callback_create(IUnknown **out);

#endif
