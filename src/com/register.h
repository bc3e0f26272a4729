/*
 * The registry entries of our classes.
 *
 *     <root>\CLSID\{...}                      (default) name, DosvcServer = path of the DLL
 *     <root>\CLSID\{...}\InprocServer32       (default) "path", ThreadingModel = Both
 *     <root>\CLSID\{...}\LocalServer32        (default) "path", of a manager; where dosvc.exe is
 *                                             beside the DLL
 *     <root>\CLSID\{...}\Implemented Categories\{CATID_Marshaler}   of the unmarshaler
 *
 * with <root> HKLM\Software\Classes or HKCU\Software\Classes. DosvcServer is the record of what is
 * ours: a key without it belongs to someone else and is never written, and only values that we
 * wrote are ever removed, keys when nothing else is left in them.
 *
 * Registering again from another folder takes over; unregistering a copy that is not the registered
 * one changes nothing. Threads: any, no COM needed.
 */
#ifndef DOSVC_COM_REGISTER_H
#define DOSVC_COM_REGISTER_H

#include "base/platform.h"

enum register_scope
{
    REGISTER_MACHINE,
    REGISTER_USER
};

/* Our own ids, and Windows' where nobody has it. HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS) if one of
 * our own is somebody else's: then nothing was written. */
HRESULT register_classes(enum register_scope scope);
/* The BITS ids: all of them, or none and HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS) where somebody
 * has one. */
HRESULT register_bits_classes(enum register_scope scope);
/* Takes out what register_bits_classes wrote, and nothing else. */
HRESULT unregister_bits_classes(enum register_scope scope);
/* Whether the class is registered, by this copy of the DLL. */
struct class_entry;
bool class_is_registered(const struct class_entry *entry);
/* Whatever of this DLL is registered, the BITS ids included. */
HRESULT unregister_classes(enum register_scope scope);

#endif
