/*
 * The objects that clients begin with: IBackgroundCopyManager in the dialect of the class it was
 * made through, and IDOManager beside it where that is Delivery Optimization's.
 */
#ifndef DOSVC_COM_MANAGER_H
#define DOSVC_COM_MANAGER_H

#include "base/platform.h"

/* A new object with one reference. */
HRESULT manager_create_do(IUnknown **out);
HRESULT manager_create_bits(IUnknown **out);

#endif
