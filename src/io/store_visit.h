/*
 * The rows, shown to a visitor. The caller makes one moment of it (a transaction).
 */
#ifndef DOSVC_IO_STORE_VISIT_H
#define DOSVC_IO_STORE_VISIT_H

#include "io/database.h"
#include "io/store.h"

/* The jobs whose rows bear more than `sequence`, and those that are gone since. */
HRESULT store_visit_since(struct database *database, INT64 sequence,
                          const struct store_visitor *visitor, void *context);

/* S_FALSE: there is none of that id. */
HRESULT store_visit_job(struct database *database, INT64 id, const struct store_visitor *visitor,
                        void *context);

#endif
