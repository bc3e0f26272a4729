/*
 * The local server: what dosvc.exe does by DosvcServe (dosvc.h).
 */
#ifndef DOSVC_COM_SERVE_H
#define DOSVC_COM_SERVE_H

#include "base/platform.h"

/* Registers the class factories of the classes whose local server we are, in the MTA, and lets the
 * queue's jobs run until nobody needs that any more. On the caller's thread, for as long as it
 * takes. */
HRESULT serve(void);

#endif
