/*
 * What the queue's database consists of, and how an older one becomes the present one.
 */
#ifndef DOSVC_IO_STORE_SCHEMA_H
#define DOSVC_IO_STORE_SCHEMA_H

#include "io/database.h"

/* Makes the tables of a new database, or brings one of ours up to date; sets the connection up.
 * STORE_E_NEWER, STORE_E_FOREIGN: it was not written to. DATABASE_DAMAGED: it is ours or nobody's,
 * and unusable. */
HRESULT store_schema_open(struct database *database, bool relaxed);

#endif
