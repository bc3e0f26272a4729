/*
 * The enumerators: IEnumBackgroundCopyJobs, IEnumBackgroundCopyFiles and IEnumUnknown over a list
 * that was made once. What comes or goes later does not show; clones share the list.
 */
#ifndef DOSVC_COM_ENUM_OBJECT_H
#define DOSVC_COM_ENUM_OBJECT_H

#include "base/platform.h"
#include "dosvc.h"

/*
 * An enumerator of the kind iid (one of the three above) over count pointers of the interface that
 * its Next hands out. Takes the array (mem_free) and the references in it, whether it succeeds or
 * not. *out is counted.
 */
HRESULT enum_object_create(REFIID iid, IUnknown **items, size_t count, void **out);

#endif
