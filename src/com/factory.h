/*
 * Class factories, one kind for all classes of com/classes.
 */
#ifndef DOSVC_COM_FACTORY_H
#define DOSVC_COM_FACTORY_H

#include "base/platform.h"

/* A new class factory. CLASS_E_CLASSNOTAVAILABLE if the class is not ours. */
HRESULT factory_create(REFCLSID clsid, REFIID iid, void **out);

/* An object of the class with no factory and no registration. */
HRESULT factory_create_instance(REFCLSID clsid, REFIID iid, void **out);

#endif
