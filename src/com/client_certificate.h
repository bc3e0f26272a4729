/*
 * A client's certificate as it hands it over: a serialized certificate context, or the encoded
 * certificate alone.
 */
#ifndef DOSVC_COM_CLIENT_CERTIFICATE_H
#define DOSVC_COM_CLIENT_CERTIFICATE_H

#include "base/platform.h"

/* The bytes as base64, freed with mem_free; NULL text for an empty or missing array, which takes a
 * certificate back. CRYPT_E_FILE_ERROR: they hold no certificate. */
HRESULT client_certificate_text(SAFEARRAY *bytes, WCHAR **text);

#endif
