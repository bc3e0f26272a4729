/*
 * The one IMarshal of all our objects.
 *
 * In-process, and on a thread that delivers a callback, everything goes to the free-threaded
 * marshaler: every apartment gets the very pointer. To another process on this machine a manager,
 * job, file, download, error or class factory goes as a reference (com/reference); the rest refuse.
 */
#ifndef DOSVC_COM_MARSHAL_H
#define DOSVC_COM_MARSHAL_H

#include "base/platform.h"

/* For com_object's IMarshal_iface: the methods find their object with CONTAINING_RECORD. */
extern const IMarshalVtbl marshal_vtbl;

#endif
