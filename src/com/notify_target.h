/*
 * A client's callback and the apartment it lives in.
 *
 * A callback registered from the MTA, or one that answers IAgileObject, is held as the pointer it
 * is. One from an STA is marshalled there and called through its proxy, only on a home of its own
 * (com/delivery), so an apartment that does not pump blocks nobody else. No pointer is ever called
 * or released outside its apartment: a proxy's last Release is carried out on the STA's thread.
 *
 * When the STA has ended, the target is gone: calls to it fail and its lane is told.
 *
 * Counted. Threads: any, no lock held, except where said.
 */
#ifndef DOSVC_COM_NOTIFY_TARGET_H
#define DOSVC_COM_NOTIFY_TARGET_H

#include "base/platform.h"
#include "com/parcel.h"
#include "com/parting.h"
#include "dosvc.h"

struct notify_target;
struct home;

/* Which callback interfaces the client's object answered when it was registered. */
#define NOTIFY_TARGET_CALLBACK2 0x1u
#define NOTIFY_TARGET_CALLBACK3 0x2u

/*
 * To be called on the thread that registers the object. What QueryInterface says if it is none of
 * the kind; the marshalling error if it is of an STA and cannot be marshalled.
 */
HRESULT notify_target_create_of(enum parcel_kind kind, IUnknown *object,
                                struct notify_target **target);
/* The same for a job's callback. */
HRESULT notify_target_create(IUnknown *callback, struct notify_target **target);
void notify_target_addref(struct notify_target *target);
/* The last one lets go of the client's object: here, or a proxy on its home, where Release is
 * carried to the client's thread. */
void notify_target_release(struct notify_target *target);
/* On the thread of the object's STA, before the target is let go of: what to wait for after that.
 * Nothing on any other thread. */
void notify_target_part(const struct notify_target *target, struct parting *parting);
/* Whether the last Release must not be made by this thread, which is in another apartment than the
 * pointer; any thread of the pool may make it. */
bool notify_target_is_foreign(const struct notify_target *target);

/* The thread that may call it; NULL is any thread of the pool. */
struct home *notify_target_home(struct notify_target *target);
/* NOTIFY_TARGET_CALLBACK2, 3. */
unsigned int notify_target_kinds(const struct notify_target *target);
/* The apartment is no more, or its object is not there any more; nothing will be delivered again.
 */
bool notify_target_is_gone(struct notify_target *target);

/* An interface of the client's object that is valid in the caller's apartment. Waits for at most a
 * few seconds where it has to be carried from one apartment to another. */
HRESULT notify_target_query(struct notify_target *target, REFIID iid, void **out);

/* The calls. On a delivery thread: the target's home if it has one. RPC_E_SERVERFAULT if the client
 * raised an exception. */
HRESULT notify_target_job_transferred(struct notify_target *target, IBackgroundCopyJob *job);
HRESULT notify_target_job_error(struct notify_target *target, IBackgroundCopyJob *job,
                                IBackgroundCopyError *error);
HRESULT notify_target_job_modification(struct notify_target *target, IBackgroundCopyJob *job);
HRESULT notify_target_file_transferred(struct notify_target *target, IBackgroundCopyJob *job,
                                       IBackgroundCopyFile *file);
HRESULT notify_target_file_ranges(struct notify_target *target, IBackgroundCopyJob *job,
                                  IBackgroundCopyFile *file, DWORD count,
                                  const BG_FILE_RANGE *ranges);
/* To a target of PARCEL_OF_DOWNLOAD. */
HRESULT notify_target_status(struct notify_target *target, IDODownload *download,
                             const DO_DOWNLOAD_STATUS *status);
/* To a target of PARCEL_OF_STREAM or PARCEL_OF_PIPE. What the client says of how much it wrote is
 * not looked at. */
HRESULT notify_target_write(struct notify_target *target, const void *data, ULONG size);
/* To a target of PARCEL_OF_JUDGE. */
struct certificate;
HRESULT notify_target_judge(struct notify_target *target, IBackgroundCopyJob *job,
                            IBackgroundCopyFile *file, const struct certificate *certificate);

#endif
