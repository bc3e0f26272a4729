/*
 * An object of ours that lives in a client's STA as long as the client's objects do there, so that
 * we hear when the apartment ends although its thread may go on.
 *
 * It travels like the client's callback, and its last Release is made by COM: when we let go of it
 * in the other apartment, or when the STA uninitializes.
 */
#ifndef DOSVC_COM_ANCHOR_H
#define DOSVC_COM_ANCHOR_H

#include "base/platform.h"

struct anchor;

/* In the STA. On failure there is nothing to undo. */
HRESULT anchor_create(struct anchor **anchor);
/* Manual-reset, lives as long as the anchor: set once nothing holds it in the STA any more. */
HANDLE anchor_gone(const struct anchor *anchor);
/* Takes hold of it in another apartment, once. On failure it is as good as gone. */
HRESULT anchor_hold(struct anchor *anchor);
/* Lets go, wherever anchor_hold was called, and frees it when COM does. Without anchor_hold: in
 * the STA. */
void anchor_free(struct anchor *anchor);

#endif
