/*
 * What a store is, and the parts of it that its sources share.
 */
#ifndef DOSVC_IO_STORE_PARTS_H
#define DOSVC_IO_STORE_PARTS_H

#include "base/lock.h"
#include "io/database.h"
#include "io/store_peers.h"
#include "io/store_rows.h"

struct store
{
    struct lock lock; /* protects in_use and the waiting requests; memory only */
    CONDITION_VARIABLE changed;
    bool in_use;                 /* somebody has the connection and all that follows the requests */
    struct store_request *first; /* waiting, in the order of arrival */
    struct store_request **last;

    struct database database;
    struct queue_lock *queue_lock;
    struct store_peers peers;
    INT64 seen; /* data_version, for store_was_changed */
    UINT64 transactions;
};

/* The connection has one user at a time, who holds no lock meanwhile. */
void store_take_connection(struct store *store);
void store_give_connection(struct store *store);

/* A statement without results and parameters; `sql` as statement_begin has it. */
HRESULT store_run(struct store *store, const char *sql);

/* A transaction that writes; for the connection's user. A commit that fails has rolled it back. */
HRESULT store_begin(struct store *store, struct store_transaction *transaction);
HRESULT store_finish(struct store *store);
void store_roll_back(struct store *store);

#endif
