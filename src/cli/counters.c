#include "counters.h"

#include "print.h"
#include "progress.h"

#include <stdbool.h>

static const struct
{
    DOSVC_PROPERTY property;
    const WCHAR *key;
} kinds[] = {{DOSVC_PROPERTY_BYTES_RECEIVED, L"bytes_received"},
             {DOSVC_PROPERTY_BYTES_FROM_CACHE, L"bytes_from_cache"},
             {DOSVC_PROPERTY_CONNECTIONS, L"connections"},
             {DOSVC_PROPERTY_TRANSFER_TIME, L"milliseconds"}};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool look(IUnknown *object, UINT64 counts[KINDS])
{
    IDosvcProperties *properties;
    bool known = true;
    VARIANT value;
    size_t i;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IDosvcProperties, (void **)&properties)))
        return false;
    for (i = 0; i < KINDS && known; i++)
    {
        VariantInit(&value);
        known = SUCCEEDED(IDosvcProperties_GetProperty(properties, kinds[i].property, &value)) &&
                value.vt == VT_UI8;
        counts[i] = known ? value.ullVal : 0;
        VariantClear(&value);
    }
    IDosvcProperties_Release(properties);
    return known;
}

void counters_print(IUnknown *object, const WCHAR *label)
{
    WCHAR received[TEXT_CHARS], cached[TEXT_CHARS];
    UINT64 counts[KINDS];

    if (!look(object, counts))
        return;
    print(L"%ls%ls in %llu.%03llu s over %llu connection%ls", label, size_text(counts[0], received),
          counts[3] / 1000, counts[3] % 1000, counts[2], counts[2] == 1 ? L"" : L"s");
    if (counts[1])
        print(L", %ls from a cache", size_text(counts[1], cached));
    print(L"\n");
}

void counters_json(IUnknown *object, struct json *json)
{
    UINT64 counts[KINDS];
    size_t i;

    if (!look(object, counts))
        return;
    for (i = 0; i < KINDS; i++)
        json_number(json, kinds[i].key, counts[i]);
}
