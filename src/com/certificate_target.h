/*
 * A client's IBackgroundCopyServerCertificateValidationCallback, as core's judge of certificates.
 */
#ifndef DOSVC_COM_CERTIFICATE_TARGET_H
#define DOSVC_COM_CERTIFICATE_TARGET_H

#include "base/platform.h"
#include "core/engine.h"

/* On the thread that registers the object; it is called in that thread's apartment. E_NOINTERFACE:
 * it is none. *judge is counted. */
HRESULT certificate_target_create(IUnknown *object, struct certificate_judge **judge);

#endif
