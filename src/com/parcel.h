/*
 * A client's callback on its way from one apartment of this process to another.
 *
 * All the callback interfaces it answers travel together, so that QueryInterface on what arrives
 * finds them without asking for a stub that nobody provides any more. In the apartment it came from
 * it turns back into the very object.
 */
#ifndef DOSVC_COM_PARCEL_H
#define DOSVC_COM_PARCEL_H

#include "base/platform.h"
#include "dosvc.h"

/* Positions, each interface derived from the one before. */
enum parcel_face
{
    PARCEL_CALLBACK,
    PARCEL_CALLBACK2,
    PARCEL_CALLBACK3,
    PARCEL_FACES
};

struct parcel /* zeroed is empty */
{
    IStream *streams[PARCEL_FACES]; /* NULL where the object lacks the interface */
};

/* The callback interfaces of object, counted; the others NULL. Fails with what QueryInterface says
 * if it lacks the first. */
HRESULT parcel_faces(IUnknown *object, IUnknown *faces[PARCEL_FACES]);
void parcel_release_faces(IUnknown *faces[PARCEL_FACES]);

/* In the apartment of the faces. On failure the parcel is empty. */
HRESULT parcel_pack(struct parcel *parcel, IUnknown *const faces[PARCEL_FACES]);
/* In any apartment, once: faces are counted, and the parcel is empty whether it succeeds or not. */
HRESULT parcel_unpack(struct parcel *parcel, IUnknown *faces[PARCEL_FACES]);
/* Gives up a parcel that nobody will unpack. In the apartment that packed it. */
void parcel_drop(struct parcel *parcel);

#endif
