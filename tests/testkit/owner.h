/* Whose a connection is. */
#ifndef TESTKIT_OWNER_H
#define TESTKIT_OWNER_H

#include <stddef.h>

/* The local ports from which the process is connected to `server` on 127.0.0.1; returns how many
 * there are, at most `room`. */
size_t owner_ports(unsigned long process, unsigned short server, unsigned short *ports,
                   size_t room);

#endif
