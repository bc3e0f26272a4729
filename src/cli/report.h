/* A failure, told to a person on stderr: the sentence, the code, the HTTP status, what it is about.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <windows.h>

#include "dosvc.h"

/* Our texts are English only. */
#define ENGLISH ((DWORD)MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US))

/* A job's error. */
void report_error(IBackgroundCopyError *error, const WCHAR *url, const WCHAR *path);

/* What a call returned; doing: "could not be put in place". */
void report_code(IBackgroundCopyManager *manager, HRESULT code, const WCHAR *doing,
                 const WCHAR *url, const WCHAR *path);

#endif
