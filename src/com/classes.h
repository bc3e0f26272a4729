/*
 * The classes of this DLL: which ids it answers, and what each gives. The one table that the
 * class factories and the registration read.
 */
#ifndef DOSVC_COM_CLASSES_H
#define DOSVC_COM_CLASSES_H

#include "base/platform.h"

enum class_owner
{
    CLASS_OURS,   /* nobody else uses this id */
    CLASS_SHARED, /* Windows' own id: registered only where nobody has it */
    CLASS_BITS    /* an id of BITS: registered only on request */
};

struct class_entry
{
    const CLSID *clsid;
    const WCHAR *name;
    enum class_owner owner;
    bool served; /* by the local server, too */
    /* A new object with one reference. */
    HRESULT (*create)(IUnknown **out);
};

extern const struct class_entry class_table[];
extern const size_t class_count;

/* NULL if the class is not ours. */
const struct class_entry *class_find(REFCLSID clsid);

#endif
