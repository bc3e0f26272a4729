/*
 * Calls a client's code so that an exception it raises ends that call, not the process.
 */
#ifndef DOSVC_COM_GUARD_H
#define DOSVC_COM_GUARD_H

#include "base/platform.h"

/*
 * What call(context) returns; RPC_E_SERVERFAULT if it raised and nothing inside it handled that
 * (what a proxied callback that raises gives, too). Frames between are unwound. Stack overflow and
 * breakpoints pass: going on after those helps nobody.
 *
 * Exists on x86-64; elsewhere the exception passes.
 */
HRESULT guard_call(HRESULT (*call)(void *context), void *context);

#endif
