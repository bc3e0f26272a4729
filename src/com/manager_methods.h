/*
 * struct manager, whose methods are in two files: com/manager (IBackgroundCopyManager) and
 * com/do_manager (IDOManager, of Delivery Optimization's classes only).
 */
#ifndef DOSVC_COM_MANAGER_METHODS_H
#define DOSVC_COM_MANAGER_METHODS_H

#include "com/com_object.h"
#include "core/engine.h"
#include "dosvc.h"

struct manager
{
    struct com_object com;
    IBackgroundCopyManager IBackgroundCopyManager_iface;
    IDOManager IDOManager_iface;
    enum job_face face; /* whose jobs it makes and lists */
};
COM_IMPLEMENTS(manager, IBackgroundCopyManager)
COM_IMPLEMENTS(manager, IDOManager)

extern const IDOManagerVtbl do_manager_vtbl;

#endif
