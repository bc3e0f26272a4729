/*
 * A client's or a service's interface pointer that is kept for use in some other apartment later:
 * itself if it is agile (as all our own objects are), else through the global interface table.
 */
#ifndef DOSVC_COM_PORTABLE_H
#define DOSVC_COM_PORTABLE_H

#include "base/platform.h"

struct portable /* zeroed holds nothing */
{
    const IID *iid; /* a constant */
    IUnknown *agile;
    DWORD cookie; /* of the table, or 0 */
};

/* In the pointer's apartment; NULL is fine. *kept holds nothing on failure. No lock held, like the
 * rest. */
HRESULT portable_keep(struct portable *kept, const IID *iid, void *pointer);
/* A counted pointer for the caller's apartment; NULL if nothing is held. */
HRESULT portable_get(const struct portable *kept, void **out);
void portable_drop(struct portable *kept);

#endif
