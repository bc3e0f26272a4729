#ifndef MODEL_CHALLENGE_H
#define MODEL_CHALLENGE_H

#include <stdbool.h>

/* What a server or proxy that wants to know who asks would accept (RFC 9110 11.6 and 11.7): one bit
 * a scheme, the weaker the lower. */
#define AUTH_BASIC 0x1u
#define AUTH_DIGEST 0x2u
#define AUTH_NTLM 0x4u
#define AUTH_NEGOTIATE 0x8u
#define AUTH_SCHEMES 4

/* The schemes that a whole response head names, in WWW-Authenticate (of a 401) or, for a proxy, in
 * Proxy-Authenticate (of a 407). Unknown ones are left out. */
unsigned int challenge_schemes(const char *head, bool proxy);

/* The strongest of them alone; 0 of none. */
unsigned int challenge_strongest(unsigned int schemes);

#endif
