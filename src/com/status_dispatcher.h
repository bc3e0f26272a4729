/*
 * When a download's client is called back: OnStatusChange.
 *
 *  - once for every state or pair of error codes other than Created that is found, the last ones
 *    (Finalized, Aborted) included; what changes and changes back between two looks is one;
 *  - while bytes come, every CallbackFreqSeconds, and earlier when CallbackFreqPercent of the whole
 *    have come since the last call;
 *  - in Transferred, every CallbackFreqSeconds until it is finalized or aborted, so that a client
 *    that began to wait late misses nothing.
 *
 * Calls are serial. None is made before QUIET_MS have passed since Start returned or the callback
 * was set. The `download` a callback gets is an object of its own, one a registration. What the
 * callback returns is not looked at.
 *
 * It is attached to the job as its observer the first time it is needed, and lives as long as that.
 */
#ifndef DOSVC_COM_STATUS_DISPATCHER_H
#define DOSVC_COM_STATUS_DISPATCHER_H

#include "base/platform.h"
#include "core/engine.h"
#include "dosvc.h"

struct status_dispatcher;

/* The job's, made if there is none. Any thread, no lock held, like all below. */
HRESULT status_dispatcher_of(struct job *job, struct status_dispatcher **dispatcher);

/* Sets the callback in place of the one before, which is released; NULL just clears. What
 * QueryInterface says if it is no IDODownloadStatusCallback. */
HRESULT status_dispatcher_set(struct status_dispatcher *dispatcher, IUnknown *callback);
/* A counted pointer valid in the caller's apartment; S_OK and NULL when there is none. */
HRESULT status_dispatcher_get(struct status_dispatcher *dispatcher, IUnknown **callback);

/* Around Start: no call is begun between the two, nor for a moment after. */
void status_dispatcher_hold(struct status_dispatcher *dispatcher);
void status_dispatcher_resume(struct status_dispatcher *dispatcher);

/* Waits until the download is not Transferring any more; in an STA so that calls to its objects go
 * through meanwhile. */
HRESULT status_dispatcher_wait(struct status_dispatcher *dispatcher);

#endif
