/*
 * The dispatcher of one job: (event, notify flags, notify target) -> the right call to the client.
 *
 * It knows the job only as the IBackgroundCopyJob that the callback was registered on. No lock is
 * held while a client or the job is called; a callback may do anything, SetNotifyInterface and the
 * job's last Release included.
 *
 * What is delivered, one call at a time, by the flags of that moment (GetNotifyFlags):
 *  - FileTransferred, to a callback that answers Callback2: once a file, in the order the files
 *    were done; repeated after a failure, as below (E_NOTIMPL is an answer). It comes before
 *    JobTransferred and JobError, unless it failed so often that the repeats are at their slowest.
 *    FileRangesTransferred, to one that answers Callback3: the same.
 *  - JobTransferred and JobError: every registration is owed the one that fits the job's state,
 *    once for each time the state is entered, whoever answered before. Repeated after 5 s, doubling
 *    to 5 min, until the answer is S_OK or the state is left.
 *  - JobModification: at most one is pending, one in 500 ms is sent; never for the move into
 *    TRANSFERRED or ERROR. Not repeated, and dropped if its flag is off when its turn comes.
 * A failed JobTransferred or JobError counts as answered where the job's notification command could
 * be started instead (com/notify_fallback).
 * BG_NOTIFY_DISABLE silences all. What is owed stays owed while flags hold it back; a file's events
 * are dropped if their own flag is off and BG_NOTIFY_DISABLE is not set.
 */
#ifndef DOSVC_COM_DISPATCHER_H
#define DOSVC_COM_DISPATCHER_H

#include "base/platform.h"
#include "com/parting.h"
#include "core/engine.h"
#include "dosvc.h"

struct dispatcher;

HRESULT dispatcher_create(struct dispatcher **dispatcher);
/* Closes it. The memory goes when the delivery in progress, if any, has returned. */
void dispatcher_free(struct dispatcher *dispatcher);

/*
 * Registers callback in place of the one before, which is released with no lock held; NULL just
 * clears. `job` is what the callback will be handed: it is kept while the registration lasts. On
 * failure nothing has changed. E_NOT_VALID_STATE once closed.
 *
 * Never waits for a call in progress. After it returned, no new delivery to the old callback is
 * begun; the one already begun may still arrive, with its own references held.
 */
HRESULT dispatcher_set_target(struct dispatcher *dispatcher, IBackgroundCopyJob *job,
                              IUnknown *callback);
/* A counted pointer valid in the caller's apartment; S_OK and NULL when there is none. */
HRESULT dispatcher_get_target(struct dispatcher *dispatcher, REFIID iid, void **out);
/* Whether a callback is registered. */
bool dispatcher_has_target(struct dispatcher *dispatcher);
/* For who is about to end the job: what this thread, if it is the STA of the callback, is to wait
 * for afterwards. */
void dispatcher_part(struct dispatcher *dispatcher, struct parting *parting);
/* The job is final: clears the registration for good, and does not wait. May be repeated. */
void dispatcher_close(struct dispatcher *dispatcher);

/* Any thread, under engine.lock or not; memory only; nothing is lost for want of memory.
 * JOB_EVENT_FINAL does what dispatcher_close does, on a delivery thread. */
void dispatcher_post(struct dispatcher *dispatcher, const struct job_event *event);

#endif
