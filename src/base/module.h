/*
 * What keeps the DLL loaded, in one place: live objects and server locks. DllCanUnloadNow asks
 * here (and thread_live of base/thread). All functions: any thread.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base/platform.h"

/* One more or one less COM object or held class factory that a client can see. */
void module_object_born(void);
void module_object_died(void);
LONG module_objects_live(void);

/* IClassFactory::LockServer. An unlock without a lock is ignored. */
void module_lock_server(void);
void module_unlock_server(void);
LONG module_server_locks(void);

/* The module this code is in: the DLL, or a test's exe. Not a reference. */
HMODULE module_handle(void);

#endif
