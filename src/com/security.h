/*
 * The IClientSecurity of all our objects. There is no proxy and nothing crosses a process, so
 * every setting is accepted and none is needed; clients call CoSetProxyBlanket and give up when
 * it fails.
 */
#ifndef DOSVC_COM_SECURITY_H
#define DOSVC_COM_SECURITY_H

#include "base/platform.h"

/* For com_object's IClientSecurity_iface: the methods find their object with CONTAINING_RECORD. */
extern const IClientSecurityVtbl security_vtbl;

#endif
