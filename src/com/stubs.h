/*
 * Proxies and stubs of the interfaces that clients implement: how COM gets at the code that widl
 * made of the IDL.
 *
 * Where the registry, a manifest or another DLL provides them already, those are used. Where
 * nobody does, an apartment gets ours for as long as it packs or unpacks one interface: what is
 * remembered for longer is lost with the process's last CoUninitialize, and a registration that
 * outlives the DLL crashes the apartment's end.
 */
#ifndef DOSVC_COM_STUBS_H
#define DOSVC_COM_STUBS_H

#include "base/platform.h"

/* The class of ours that makes them. */
extern const CLSID CLSID_DosvcStubs;

/* DllGetClassObject's share: CLASS_E_CLASSNOTAVAILABLE for any other class. */
HRESULT stubs_get_class_object(REFCLSID clsid, REFIID iid, void **out);
/* A proxy, a stub or the class is held by somebody: the DLL must stay. */
bool stubs_in_use(void);

/* Makes the five interfaces marshallable in the caller's apartment until stubs_leave, which is to
 * be called there with what this returned (0: there was nothing to do, or it failed and the
 * marshalling will say so). The thread is in an apartment; no lock held. */
DWORD stubs_enter(void);
void stubs_leave(DWORD cookie);

#endif
