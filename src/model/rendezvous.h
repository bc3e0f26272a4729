#ifndef MODEL_RENDEZVOUS_H
#define MODEL_RENDEZVOUS_H

#include <stdint.h>

/* Rendezvous hashing: of several nodes the one with the greatest weight for a key has it. Everybody
 * who knows the same nodes finds the same one, and when a node goes only its own keys move. */

/* The same on every machine and in every version: neighbours rely on it. */
uint64_t rendezvous_weight(const char *node, const char *key);

#endif
