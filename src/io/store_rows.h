/*
 * One change as SQL, inside a transaction.
 */
#ifndef DOSVC_IO_STORE_ROWS_H
#define DOSVC_IO_STORE_ROWS_H

#include "io/database.h"
#include "io/store.h"

struct store_transaction
{
    struct database *database;
    INT64 sequence; /* what the rows changed by it are stamped with; each new and each removed job
                       takes the next value */
    INT64 added;    /* the job that the present request added last, else 0 */
    INT64 stamped;  /* the job whose row has `sequence` already, else 0 */
};

/* The highest value that any row bears. */
HRESULT store_rows_sequence(struct database *database, INT64 *sequence);

/* S_FALSE: there is no such job. */
HRESULT store_rows_revision(struct database *database, INT64 id, INT64 *revision);

/* Begins a request of the transaction. */
void store_rows_begin_request(struct store_transaction *transaction);

/* Does the change, but writes nothing to change->job other than the id of one that is added. */
HRESULT store_rows_apply(struct store_transaction *transaction, struct store_change *change);

/* Removes what tells of jobs removed long ago; `all`: of all but the last. */
HRESULT store_rows_forget(struct store_transaction *transaction, bool all);

/* Adds the transaction's effects to what the caller handed in, or takes them out again. */
void store_rows_committed(const struct store_request *request);
void store_rows_undone(const struct store_request *request);

#endif
