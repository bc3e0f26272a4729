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
    struct statement stay; /* with a row: the connection stays a reader */
    unsigned int stayed;   /* commits since */
    INT64 newest;          /* the sequence of the last of them */
    int log_pages;         /* of the write-ahead log, after the last commit */
};

/* The connection has one user at a time, who holds no lock meanwhile. It is no reader. */
void store_take_connection(struct store *store);
void store_give_connection(struct store *store);

/* A statement without results and parameters; `sql` as statement_begin has it. */
HRESULT store_run(struct store *store, const char *sql);

/* A transaction that writes; for the connection's user. A commit that fails has rolled it back. */
HRESULT store_begin(struct store *store, struct store_transaction *transaction);
HRESULT store_finish(struct store *store);
void store_roll_back(struct store *store);

/* Between commits that follow each other the connection stays a reader of the database: to become
 * one takes several calls of the system, and to be one is most of what a commit needs. So the next
 * one must find that no other process has committed, or let go first. */
void store_stay(struct store *store); /* in a transaction, about to be committed */
void store_let_go(struct store *store);
/* Counts the pages of the log, which is what SQLite otherwise decides by when to copy them into the
 * database; while the connection is a reader it must not. */
void store_watch_log(struct store *store);

#endif
