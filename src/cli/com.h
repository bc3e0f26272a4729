/* COM, joined once for the process's only thread that needs it: the MTA. */
#ifndef CLI_COM_H
#define CLI_COM_H

#include <windows.h>

#include <objbase.h>

HRESULT com_open(void);
void com_close(void);

/*
 * An object of a class of dosvc.dll: the registered one, else that of the dosvc.dll beside
 * doctl.exe. Never one that is found by its name alone: Windows has a dosvc.dll of its own.
 */
HRESULT com_create(REFCLSID clsid, REFIID iid, void **object);

/* com_create; if it fails, says what failed and what helps. */
HRESULT com_create_or_say(REFCLSID clsid, REFIID iid, void **object);

#endif
