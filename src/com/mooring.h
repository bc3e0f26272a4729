/*
 * An object of ours in the MTA with a stub for every interface by which clients' objects are
 * called, for as long as anybody calls them through a proxy.
 *
 * COM tells RPC of an interface with its first stub in the process, and takes that back with its
 * last one, after the calls under way. Under Wine 8 it waits for ever if the last call is just
 * leaving, and all apartments that marshal wait with it. An STA that ends soon after a call into it
 * must therefore not have the last stub; this has, and gives it up without such a wait.
 *
 * Threads: in the MTA, no lock held. Takes and drops nest.
 */
#ifndef DOSVC_COM_MOORING_H
#define DOSVC_COM_MOORING_H

/* What fails is left out: it is a precaution. */
void mooring_take(void);
void mooring_drop(void);

#endif
