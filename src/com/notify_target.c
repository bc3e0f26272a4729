#include "com/notify_target.h"

#include "base/handle.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "com/anchor.h"
#include "com/apartment.h"
#include "com/delivery.h"
#include "com/guard.h"
#include "com/mooring.h"
#include "com/parcel.h"
#include "io/certificate.h"

/* How long a client waits for a pointer to be carried to its apartment. */
#define CARRY_MS 5000

struct notify_target
{
    LONG references;
    enum parcel_kind kind; /* never changes, like `kinds`, `agile` and `home` */
    unsigned int kinds;
    bool agile;
    struct home *home; /* NULL: any MTA thread may call it */

    /* The client's object as the MTA may use it: itself, or its proxies, which the home unpacks
     * and releases. Valid once `unpacked` is set. */
    IUnknown *faces[PARCEL_FACES];
    struct parcel parcel; /* the home's, until it is unpacked */
    HANDLE unpacked;      /* manual-reset; these five are NULL without a home */
    HANDLE over;          /* manual-reset: nothing of the client's object is held any more */
    HANDLE idle;          /* manual-reset: the home is in no call */
    HANDLE thread;        /* of the STA */
    DWORD thread_id;
    struct anchor *anchor;
    LONG broken; /* 1: there is nothing left to call */
};

/* ---- the home of a proxy ---- */

static void target_begin(void *context)
{
    struct notify_target *target = context;

    mooring_take();
    if (FAILED(parcel_unpack(&target->parcel, target->faces)) ||
        (target->anchor && FAILED(anchor_hold(target->anchor))))
        InterlockedExchange(&target->broken, 1);
    SetEvent(target->unpacked);
}

static void target_end(void *context)
{
    struct notify_target *target = context;

    /* The client's object last: once it is free of us, its apartment may end at any moment, and a
     * call that is then on its way there never returns. */
    anchor_free(target->anchor);
    parcel_release_faces(target->faces);
    handle_close(target->thread);
    mooring_drop();
    SetEvent(target->over);
    handle_close(target->over);
    handle_close(target->idle);
    handle_close(target->unpacked);
    mem_free(target);
}

static const struct home_class target_home_class = {target_begin, target_end};

/* What tells that the STA this thread is has ended: that it uninitialized, or the thread's end. */
static HRESULT watch_apartment(struct notify_target *target)
{
    HANDLE process = GetCurrentProcess(), thread;

    if (!apartment_is_sta())
        return S_OK;
    if (!DuplicateHandle(process, GetCurrentThread(), process, &thread, SYNCHRONIZE, FALSE, 0))
        return HRESULT_FROM_WIN32(GetLastError());
    target->thread = handle_adopt(thread);
    target->thread_id = GetCurrentThreadId();
    return anchor_create(&target->anchor);
}

/* Packs the callback for a home of its own, which takes the target over. */
static HRESULT settle(struct notify_target *target, IUnknown *const faces[PARCEL_FACES])
{
    HANDLE watched[HOME_WATCHES] = {NULL};
    HRESULT hr;

    if (!(target->unpacked = handle_event(true, false)) ||
        !(target->over = handle_event(true, false)) || !(target->idle = handle_event(true, true)))
        hr = HRESULT_FROM_WIN32(GetLastError());
    else
        hr = watch_apartment(target);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = parcel_pack(&target->parcel, target->kind, faces)))
    {
        watched[0] = target->thread;
        watched[1] = target->anchor ? anchor_gone(target->anchor) : NULL;
        hr = home_start(&target_home_class, target, watched, &target->home);
        if (FAILED(hr))
            parcel_drop(&target->parcel);
    }
    if (SUCCEEDED(hr))
        return S_OK;
    anchor_free(target->anchor);
    handle_close(target->thread);
    handle_close(target->over);
    handle_close(target->idle);
    handle_close(target->unpacked);
    return hr;
}

/* ---- life ---- */

HRESULT notify_target_create_of(enum parcel_kind kind, IUnknown *object,
                                struct notify_target **target)
{
    IUnknown *faces[PARCEL_FACES];
    struct notify_target *created;
    HRESULT hr;

    if (FAILED(hr = parcel_faces(kind, object, faces)))
        return hr;
    if (!(created = mem_zalloc(sizeof(*created))))
    {
        parcel_release_faces(faces);
        return E_OUTOFMEMORY;
    }
    created->references = 1;
    created->kind = kind;
    created->kinds = (faces[PARCEL_CALLBACK2] ? NOTIFY_TARGET_CALLBACK2 : 0) |
                     (faces[PARCEL_CALLBACK3] ? NOTIFY_TARGET_CALLBACK3 : 0);
    created->agile = object_is_agile(object);
    if (created->agile || delivery_reaches())
    {
        memcpy(created->faces, faces, sizeof(faces));
        *target = created;
        return S_OK;
    }
    hr = settle(created, faces);
    parcel_release_faces(faces); /* the stubs hold on to them */
    if (FAILED(hr))
        mem_free(created);
    else
        *target = created;
    return hr;
}

HRESULT notify_target_create(IUnknown *callback, struct notify_target **target)
{
    return notify_target_create_of(PARCEL_OF_JOB, callback, target);
}

void notify_target_addref(struct notify_target *target)
{
    InterlockedIncrement(&target->references);
}

void notify_target_release(struct notify_target *target)
{
    assert(lock_none_held());
    if (InterlockedDecrement(&target->references))
        return;
    if (target->home)
    {
        home_stop(target->home);
        return;
    }
    parcel_release_faces(target->faces);
    mem_free(target);
}

void notify_target_part(const struct notify_target *target, struct parting *parting)
{
    if (target->home && target->thread_id == GetCurrentThreadId())
        parting_init(parting, target->over, target->idle);
    else
        *parting = (struct parting){NULL};
}

bool notify_target_is_foreign(const struct notify_target *target)
{
    return !target->home && !target->agile && !delivery_reaches();
}

struct home *notify_target_home(struct notify_target *target)
{
    return target->home;
}

unsigned int notify_target_kinds(const struct notify_target *target)
{
    return target->kinds;
}

bool notify_target_is_gone(struct notify_target *target)
{
    return InterlockedCompareExchange(&target->broken, 0, 0) ||
           (target->home && home_is_gone(target->home));
}

/* ---- a pointer for another apartment ---- */

enum errand_state
{
    ERRAND_OUT,      /* not packed yet, somebody waits */
    ERRAND_PACKED,   /* whoever waits unpacks it */
    ERRAND_ABANDONED /* nobody waits: who packs drops it */
};

struct errand /* packs a target's faces in the MTA for a thread elsewhere */
{
    LONG references; /* of who waits and of who packs */
    LONG state;
    struct notify_target *target; /* counted; the packing thread's */
    struct parcel parcel;
    HRESULT hr;
    HANDLE done;
};

static void errand_release(struct errand *errand)
{
    if (InterlockedDecrement(&errand->references))
        return;
    handle_close(errand->done);
    mem_free(errand);
}

static void errand_main(void *context)
{
    struct errand *errand = context;
    HRESULT entered;

    entered = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    errand->hr = parcel_pack(&errand->parcel, errand->target->kind, errand->target->faces);
    if (InterlockedExchange(&errand->state, ERRAND_PACKED) == ERRAND_ABANDONED)
        parcel_drop(&errand->parcel);
    SetEvent(errand->done);
    notify_target_release(errand->target);
    errand_release(errand);
    if (SUCCEEDED(entered))
        CoUninitialize();
}

static HRESULT errand_start(struct notify_target *target, struct errand **errand)
{
    struct errand *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    if (!(created->done = handle_event(true, false)))
    {
        hr = HRESULT_FROM_WIN32(GetLastError());
        mem_free(created);
        return hr;
    }
    created->references = 2;
    created->target = target;
    notify_target_addref(target);
    if (SUCCEEDED(hr = thread_start("delivery errand", errand_main, created, NULL)))
    {
        *errand = created;
        return S_OK;
    }
    notify_target_release(target); /* not the last: the caller has one */
    handle_close(created->done);
    mem_free(created);
    return hr;
}

/* The faces as this thread's apartment may use them, counted. */
static HRESULT carry_here(struct notify_target *target, IUnknown *faces[PARCEL_FACES])
{
    struct errand *errand = NULL;
    HRESULT hr;

    if (FAILED(hr = errand_start(target, &errand)))
        return hr;
    if (!apartment_wait(errand->done, CARRY_MS) &&
        InterlockedExchange(&errand->state, ERRAND_ABANDONED) == ERRAND_OUT)
        hr = RPC_E_TIMEOUT;
    else if (SUCCEEDED(hr = errand->hr))
        hr = parcel_unpack(&errand->parcel, faces);
    errand_release(errand);
    return hr;
}

HRESULT notify_target_query(struct notify_target *target, REFIID iid, void **out)
{
    IUnknown *faces[PARCEL_FACES];
    HRESULT hr;

    *out = NULL;
    if (target->unpacked && !apartment_wait(target->unpacked, CARRY_MS))
        return RPC_E_TIMEOUT;
    if (notify_target_is_gone(target))
        return CO_E_OBJNOTCONNECTED;
    if (target->agile || delivery_reaches())
        return IUnknown_QueryInterface(target->faces[PARCEL_CALLBACK], iid, out);
    if (FAILED(hr = carry_here(target, faces)))
        return hr;
    hr = IUnknown_QueryInterface(faces[PARCEL_CALLBACK], iid, out);
    parcel_release_faces(faces);
    return hr;
}

/* ---- calls ---- */

enum call_kind
{
    CALL_TRANSFERRED,
    CALL_ERROR,
    CALL_MODIFICATION,
    CALL_FILE_TRANSFERRED,
    CALL_FILE_RANGES,
    CALL_STATUS,
    CALL_WRITE,
    CALL_JUDGE
};

struct call
{
    enum call_kind kind;
    IUnknown *const *faces;
    IBackgroundCopyJob *job;
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    DWORD range_count;
    const BG_FILE_RANGE *ranges;
    IDODownload *download;
    const DO_DOWNLOAD_STATUS *status;
    const void *data;
    ULONG size;
    const struct certificate *certificate;
};

static HRESULT make_call(void *context)
{
    const struct call *call = context;
    IBackgroundCopyCallback *first = (IBackgroundCopyCallback *)call->faces[PARCEL_CALLBACK];
    IBackgroundCopyCallback2 *second = (IBackgroundCopyCallback2 *)call->faces[PARCEL_CALLBACK2];
    IBackgroundCopyCallback3 *third = (IBackgroundCopyCallback3 *)call->faces[PARCEL_CALLBACK3];
    ULONG written = 0;

    switch (call->kind)
    {
    case CALL_TRANSFERRED:
        return IBackgroundCopyCallback_JobTransferred(first, call->job);
    case CALL_ERROR:
        return IBackgroundCopyCallback_JobError(first, call->job, call->error);
    case CALL_MODIFICATION:
        return IBackgroundCopyCallback_JobModification(first, call->job, 0);
    case CALL_FILE_TRANSFERRED:
        return IBackgroundCopyCallback2_FileTransferred(second, call->job, call->file);
    case CALL_FILE_RANGES:
        return IBackgroundCopyCallback3_FileRangesTransferred(third, call->job, call->file,
                                                              call->range_count, call->ranges);
    case CALL_STATUS:
        return IDODownloadStatusCallback_OnStatusChange(
            (IDODownloadStatusCallback *)call->faces[PARCEL_FIRST], call->download, call->status);
    case CALL_WRITE:
        return ISequentialStream_Write((ISequentialStream *)call->faces[PARCEL_FIRST], call->data,
                                       call->size, &written);
    case CALL_JUDGE:
        return IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(
            (IBackgroundCopyServerCertificateValidationCallback *)call->faces[PARCEL_FIRST],
            call->job, call->file, call->certificate->size, call->certificate->encoded,
            call->certificate->encoding, call->certificate->store_size, call->certificate->store);
    }
    return E_UNEXPECTED;
}

/* What COM answers for an object whose apartment is no more, and no callback for itself. */
static bool means_disconnected(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE ||
           hr == CO_E_OBJNOTCONNECTED || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
}

static HRESULT deliver(struct notify_target *target, struct call *call)
{
    HRESULT hr;

    assert(lock_none_held());
    if (notify_target_is_gone(target))
        return CO_E_OBJNOTCONNECTED;
    call->faces = target->faces;
    if (!target->home)
        return guard_call(make_call, call);

    ResetEvent(target->idle);
    home_set_calling(target->home, true);
    hr = guard_call(make_call, call);
    home_set_calling(target->home, false);
    SetEvent(target->idle);
    if (means_disconnected(hr))
    {
        WARN("the callback's apartment is no more, 0x%08lx", hr);
        InterlockedExchange(&target->broken, 1);
    }
    return hr;
}

HRESULT notify_target_job_transferred(struct notify_target *target, IBackgroundCopyJob *job)
{
    struct call call = {.kind = CALL_TRANSFERRED, .job = job};

    return deliver(target, &call);
}

HRESULT notify_target_job_error(struct notify_target *target, IBackgroundCopyJob *job,
                                IBackgroundCopyError *error)
{
    struct call call = {.kind = CALL_ERROR, .job = job, .error = error};

    return deliver(target, &call);
}

HRESULT notify_target_job_modification(struct notify_target *target, IBackgroundCopyJob *job)
{
    struct call call = {.kind = CALL_MODIFICATION, .job = job};

    return deliver(target, &call);
}

HRESULT notify_target_file_transferred(struct notify_target *target, IBackgroundCopyJob *job,
                                       IBackgroundCopyFile *file)
{
    struct call call = {.kind = CALL_FILE_TRANSFERRED, .job = job, .file = file};

    return deliver(target, &call);
}

HRESULT notify_target_file_ranges(struct notify_target *target, IBackgroundCopyJob *job,
                                  IBackgroundCopyFile *file, DWORD count,
                                  const BG_FILE_RANGE *ranges)
{
    struct call call = {
        .kind = CALL_FILE_RANGES, .job = job, .file = file, .range_count = count, .ranges = ranges};

    return deliver(target, &call);
}

HRESULT notify_target_status(struct notify_target *target, IDODownload *download,
                             const DO_DOWNLOAD_STATUS *status)
{
    struct call call = {.kind = CALL_STATUS, .download = download, .status = status};

    return deliver(target, &call);
}

HRESULT notify_target_write(struct notify_target *target, const void *data, ULONG size)
{
    struct call call = {.kind = CALL_WRITE, .data = data, .size = size};

    return deliver(target, &call);
}

HRESULT notify_target_judge(struct notify_target *target, IBackgroundCopyJob *job,
                            IBackgroundCopyFile *file, const struct certificate *certificate)
{
    struct call call = {.kind = CALL_JUDGE, .job = job, .file = file, .certificate = certificate};

    return deliver(target, &call);
}
