#include "com/client_text.h"
#include "base/mem.h"
#include "base/str.h"
#include <wchar.h>

bool text_exceeds(const WCHAR *text, size_t limit)
{
    return wcsnlen(text, limit + 1) > limit;
}

/* Takes text. */
static HRESULT to_client(HRESULT hr, WCHAR *text, const WCHAR *fallback, WCHAR **out)
{
    if (FAILED(hr))
        return hr;
    if (text || fallback)
        hr = str_cotask_dup(text ? text : fallback, out);
    else
        hr = S_FALSE;
    mem_free(text);
    return hr;
}

HRESULT job_text_to_client(struct job *job, enum job_text which, const WCHAR *fallback, WCHAR **out)
{
    WCHAR *text = NULL;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = engine_job_text(job, which, &text);
    return to_client(hr, text, fallback, out);
}

HRESULT file_text_to_client(struct file *file, enum file_text which, const WCHAR *fallback,
                            WCHAR **out)
{
    WCHAR *text = NULL;
    HRESULT hr;

    if (!out)
        return E_INVALIDARG;
    *out = NULL;
    hr = engine_file_text(file, which, &text);
    return to_client(hr, text, fallback, out);
}
