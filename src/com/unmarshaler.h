/*
 * The class that CoUnmarshalInterface makes in a process that was handed one of our objects by
 * another: reads the reference and gives the object of this process, which may have to open the
 * queue. E_UNEXPECTED: the bytes are not ours; a job that is over is JOB_NOT_FOUND of its dialect.
 */
#ifndef DOSVC_COM_UNMARSHALER_H
#define DOSVC_COM_UNMARSHALER_H

#include "base/platform.h"

HRESULT unmarshaler_create(IUnknown **out);

#endif
