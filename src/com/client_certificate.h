/*
 * A client's certificate: how clients name it, and the one text that a job keeps of it.
 *
 * The text is "CurrentUser\MY\<SHA-1 in hex>\<subject>": location, store, hash, and the subject as
 * clients read it. The first three are what libcurl looks a certificate up by; private keys stay
 * where they are.
 */
#ifndef DOSVC_COM_CLIENT_CERTIFICATE_H
#define DOSVC_COM_CLIENT_CERTIFICATE_H

#include "base/platform.h"
#include "dosvc.h"

/* By its SHA-1 of 20 bytes, or else by (a part of) its subject. *text is freed with mem_free.
 * E_NOTIMPL: no such location; ERROR_FILE_NOT_FOUND: no such store; CRYPT_E_NOT_FOUND. */
HRESULT client_certificate_find(BG_CERT_STORE_LOCATION location, const WCHAR *store,
                                const BYTE *hash, const WCHAR *subject, WCHAR **text);

/* From a serialized certificate context, or the encoded certificate alone: the one of this user's
 * or the machine's personal store that equals it. NULL text for an empty or missing array, which
 * takes a certificate back. CRYPT_E_FILE_ERROR: the bytes hold no certificate. One that is in
 * neither store is good until it is used. */
HRESULT client_certificate_from_array(SAFEARRAY *bytes, WCHAR **text);

/* What GetClientCertificate hands out, in CoTaskMem; outputs are untouched on failure. */
HRESULT client_certificate_to_client(const WCHAR *text, BG_CERT_STORE_LOCATION *location,
                                     LPWSTR *store, BYTE **hash, LPWSTR *subject);

#endif
