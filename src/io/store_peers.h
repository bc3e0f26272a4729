/*
 * The processes that have the queue open, and the events by which they hear of each other's
 * commits. Used by whoever has the connection.
 */
#ifndef DOSVC_IO_STORE_PEERS_H
#define DOSVC_IO_STORE_PEERS_H

#include "io/store_rows.h"

struct peer
{
    INT64 process;
    HANDLE event; /* NULL: it cannot be reached */
};

struct store_peers
{
    INT64 process; /* this one's row; 0: not entered */
    HANDLE event;
    struct peer *others;
    size_t count;
    size_t capacity;
    INT64 seen; /* data_version at which the others were read */
};

/* Changes when another connection has committed. */
HRESULT store_peers_version(struct database *database, INT64 *version);

/* Inside a transaction that writes: takes this process's byte, removes the rows of the dead, adds
 * ours. If the transaction fails store_peers_leave must follow. */
HRESULT store_peers_enter(struct store_peers *peers, struct queue_lock *lock,
                          struct store_transaction *transaction);

/* Drops the byte and closes the event; the row is removed first, in a transaction of the caller, by
 * store_peers_remove. */
HRESULT store_peers_remove(const struct store_peers *peers, struct database *database);
void store_peers_leave(struct store_peers *peers, struct queue_lock *lock);

/* In a transaction: learns who else is there, if another process has committed since the last
 * time. What it cannot learn it leaves out. */
void store_peers_learn(struct store_peers *peers, struct database *database);

/* No other process lives, for all that can be found out. */
bool store_peers_are_dead(const struct store_peers *peers, struct queue_lock *lock,
                          struct database *database);

/* Sets the others' events. */
void store_peers_ring(const struct store_peers *peers);

void store_peers_cleanup(struct store_peers *peers);

#endif
