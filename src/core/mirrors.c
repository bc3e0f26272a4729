#include "core/mirrors.h"

#include "core/engine.h"
#include "model/url.h"

#include <wchar.h>

static const WCHAR gaps[] = L" \t\r\n";

/* The n-th word and its length, 0 if there are fewer. */
static const WCHAR *word_at(const WCHAR *list, unsigned int n, size_t *length)
{
    const WCHAR *word = list ? list : L"";

    for (;; n--)
    {
        word += wcsspn(word, gaps);
        *length = wcscspn(word, gaps);
        if (!*length || !n)
            return word;
        word += *length;
    }
}

unsigned int mirrors_count(const WCHAR *list)
{
    unsigned int count = 0;
    size_t length;

    for (;;)
    {
        list = word_at(list, 0, &length);
        if (!length)
            return count;
        list += length;
        count++;
    }
}

bool mirrors_at(const WCHAR *list, unsigned int n, char *url, size_t size)
{
    size_t length;
    const WCHAR *word = word_at(list, n, &length);
    int made = 0;

    if (length && length < size)
        made = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, word, (int)length, url,
                                   (int)size - 1, NULL, NULL);
    url[made] = 0;
    return made != 0;
}

HRESULT engine_set_mirrors(struct file *file, const WCHAR *list)
{
    unsigned int i, count = mirrors_count(list);
    char url[URL_SIZE];

    if (count > MIRRORS_MAX)
        return E_INVALIDARG;
    for (i = 0; i < count; i++)
        if (!mirrors_at(list, i, url, sizeof(url)) || !url_is_valid(url, URL_MAX))
            return E_INVALIDARG;
    return engine_set_file_info(file, FILE_MIRRORS, list ? list : L"");
}
