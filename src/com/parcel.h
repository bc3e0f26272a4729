/*
 * A client's object on its way from one apartment of this process to another.
 *
 * All the interfaces of it that are used travel together, so that QueryInterface on what arrives
 * finds them without asking for a stub that nobody provides any more. In the apartment it came from
 * it turns back into the very object.
 */
#ifndef DOSVC_COM_PARCEL_H
#define DOSVC_COM_PARCEL_H

#include "base/platform.h"
#include "dosvc.h"

/* What the object is to us. */
enum parcel_kind
{
    PARCEL_OF_JOB,      /* a job's callback: IBackgroundCopyCallback, 2, 3 */
    PARCEL_OF_DOWNLOAD, /* a download's: IDODownloadStatusCallback */
    PARCEL_OF_STREAM,   /* IStream */
    PARCEL_OF_PIPE,     /* ISequentialStream: all that is called of a stream */
    PARCEL_OF_JUDGE,    /* IBackgroundCopyServerCertificateValidationCallback */
    PARCEL_KINDS
};

/* Positions, each interface derived from the one before. The first is needed. */
enum parcel_face
{
    PARCEL_FIRST,
    PARCEL_CALLBACK = PARCEL_FIRST,
    PARCEL_CALLBACK2,
    PARCEL_CALLBACK3,
    PARCEL_FACES
};

struct parcel /* zeroed is empty */
{
    enum parcel_kind kind;
    IStream *streams[PARCEL_FACES]; /* NULL where the object lacks the interface */
};

/* The interfaces of the kind that object has, counted; the others NULL. Fails with what
 * QueryInterface says if it lacks the first. */
HRESULT parcel_faces(enum parcel_kind kind, IUnknown *object, IUnknown *faces[PARCEL_FACES]);
void parcel_release_faces(IUnknown *faces[PARCEL_FACES]);

/* In the apartment of the faces. On failure the parcel is empty. */
HRESULT parcel_pack(struct parcel *parcel, enum parcel_kind kind,
                    IUnknown *const faces[PARCEL_FACES]);
/* In any apartment, once: faces are counted, and the parcel is empty whether it succeeds or not. */
HRESULT parcel_unpack(struct parcel *parcel, IUnknown *faces[PARCEL_FACES]);
/* Gives up a parcel that nobody will unpack. In the apartment that packed it. */
void parcel_drop(struct parcel *parcel);

#endif
