/*
 * Settings that an administrator or the user makes. They are looked for in this order:
 *
 *     1. the policies of Delivery Optimization in the registry
 *        (HKLM\SOFTWARE\Policies\Microsoft\Windows\DeliveryOptimization)
 *     2. the environment variable DOSVC_SETTINGS: "Name=value;Name=value"
 *     3. HKCU\Software\dosvc
 *
 * They are read at each question, so a change counts at once. Any thread.
 */
#ifndef DOSVC_CORE_SETTINGS_H
#define DOSVC_CORE_SETTINGS_H

#include "base/platform.h"

/* A REG_DWORD (in the environment: decimal, or hexadecimal after 0x); `otherwise` where none is
 * set. */
UINT32 settings_number(const WCHAR *name, UINT32 otherwise);
/* A REG_SZ as UTF-8. S_FALSE and NULL where none is set; an empty one is set. Freed with mem_free.
 */
HRESULT settings_text(const WCHAR *name, char **text);

#endif
