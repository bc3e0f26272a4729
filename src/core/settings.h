/*
 * Settings that an administrator or the user makes in the registry: first the policies of Delivery
 * Optimization (HKLM\SOFTWARE\Policies\Microsoft\Windows\DeliveryOptimization), then
 * HKCU\Software\dosvc. They are read at each question, so a change counts at once. Any thread.
 */
#ifndef DOSVC_CORE_SETTINGS_H
#define DOSVC_CORE_SETTINGS_H

#include "base/platform.h"

/* A REG_DWORD; `otherwise` where none is set. */
UINT32 settings_number(const WCHAR *name, UINT32 otherwise);

#endif
