/*
 * Text on its way to and from clients: lengths judged, copies in CoTaskMem.
 */
#ifndef DOSVC_COM_CLIENT_TEXT_H
#define DOSVC_COM_CLIENT_TEXT_H

#include "base/platform.h"
#include "core/engine.h"

/* Whether text has more than limit characters; looks no further than that. */
bool text_exceeds(const WCHAR *text, size_t limit);

/*
 * What a Get method hands out: *out is NULLed first, then a CoTaskMem copy of the text, or of
 * fallback where there is none; a NULL fallback leaves *out NULL and is S_FALSE.
 * E_INVALIDARG for a NULL out.
 */
HRESULT job_text_to_client(struct job *job, enum job_text which, const WCHAR *fallback,
                           WCHAR **out);
HRESULT file_text_to_client(struct file *file, enum file_text which, const WCHAR *fallback,
                            WCHAR **out);

#endif
