/*
 * The apartment of the calling thread, and which objects do not care.
 */
#ifndef DOSVC_COM_APARTMENT_H
#define DOSVC_COM_APARTMENT_H

#include "base/platform.h"

/* A thread in no apartment of its own calls objects as the MTA does. */
bool apartment_is_mta(void);
bool apartment_is_sta(void);

/* Whether the object may be called from every apartment. */
bool object_is_agile(IUnknown *object);

/* Waits up to `ms` real milliseconds for the event; in an STA so that calls to its objects go
 * through meanwhile. False after that time. No lock held. */
bool apartment_wait(HANDLE event, DWORD ms);

#endif
