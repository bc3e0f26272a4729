/*
 * How a client hears of a job's end without a callback that works: an object of its notification
 * class, or else its command line.
 *
 * The command line needs the policy AllowNotifyCmdLine: it makes whoever sets it run a program in
 * this process's name. The program is a full path and started as it is: no shell, no search.
 *
 * On a delivery thread, no lock held.
 */
#ifndef DOSVC_COM_NOTIFY_FALLBACK_H
#define DOSVC_COM_NOTIFY_FALLBACK_H

#include "base/platform.h"
#include "dosvc.h"

/* S_OK, BG_E_BLOCKED_BY_POLICY, or E_INVALIDARG for a program that no job may name. */
HRESULT notify_command_judge(const WCHAR *program);

/* S_OK: the job's command was started. S_FALSE: it has none. */
HRESULT notify_command_run(IBackgroundCopyJob *job);

/* The class is asked first, the command if that fails or none is set. S_OK: the client was told.
 * S_FALSE: neither is set. */
HRESULT notify_fallback_tell(IBackgroundCopyJob *job, BG_JOB_STATE state);

#endif
