/*
 * What the network costs, as the system knows it.
 */
#ifndef DOSVC_IO_NETWORK_COST_H
#define DOSVC_IO_NETWORK_COST_H

#include "base/platform.h"

/* NLM_CONNECTION_COST of the machine's connection; 0 where the system tells nothing. May wait for
 * the system; to be called in an apartment. */
UINT32 network_cost(void);

#endif
