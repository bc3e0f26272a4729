/* A port of 127.0.0.1 behind which each connection is led, byte for byte, to a port of its own: the
 * first one to the first of the list, and so on; those beyond its end to the last. So one address
 * can be several servers, as behind a balancer. Nothing here asserts. */
#ifndef TESTKIT_RELAY_H
#define TESTKIT_RELAY_H

#include <stddef.h>

#define RELAY_PORTS_MAX 8

struct relay;

/* NULL when no port could be had. */
struct relay *relay_start(const unsigned short *ports, size_t count);
/* Ends every connection and waits for its threads. NULL is fine. */
void relay_stop(struct relay *relay);

unsigned short relay_port(const struct relay *relay);
/* Accepted so far. */
unsigned int relay_connections(struct relay *relay);

#endif
