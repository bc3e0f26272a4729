/* TLS in front of the test's own server: the nginx that tls-front.sh has started, if it has. */
#ifndef TESTKIT_TLS_FRONT_H
#define TESTKIT_TLS_FRONT_H

#include "testkit/kit.h"

#include <wincrypt.h>

/* What each of its ports shows; tls-front.sh has the words. */
#define TLS_GOOD "good"
#define TLS_EXPIRED "expired"
#define TLS_WRONG_NAME "name"
#define TLS_UNKNOWN_ISSUER "issuer"
#define TLS_WRONG_USAGE "usage"
#define TLS_ASKS_CLIENT "client"

/* False: the environment variable DOSVC_TLS names no folder of a front that runs. */
bool tls_front_runs(void);

/* "https://localhost:..." of the test server's path into `buffer` of HTTPD_URL_MAX, which is
 * returned. A NULL server: a path of the front's own. */
char *tls_url(const struct httpd *httpd, const char *port, const char *path, char *buffer);

/* For cmocka's group: puts the authority of its certificates among this user's trusted roots, and
 * takes it away. */
int tls_trust(void **state);
int tls_distrust(void **state);

/* A new certificate with a private key in this user's personal store; the last one made is removed
 * by tls_forget_client. `hash`: 20 bytes. */
const CERT_CONTEXT *tls_make_client(const wchar_t *name, BYTE *hash);
void tls_forget_client(const CERT_CONTEXT *certificate);

#endif
