#include "rate.h"

#include <wchar.h>

#define RATE_MAX ((UINT64)1 << 40)

bool rate_parse(const WCHAR *text, UINT64 *rate)
{
    static const WCHAR units[] = L"KMG";
    unsigned long long number;
    const WCHAR *unit;
    WCHAR *end;

    if (!_wcsicmp(text, L"none"))
    {
        *rate = 0;
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    number = wcstoull(text, &end, 10);
    unit = *end ? wcschr(units, towupper(*end)) : NULL;
    if ((*end && (!unit || end[1])) || !number || number > RATE_MAX)
        return false;
    if (unit)
        number <<= 10 * (unit - units + 1);
    *rate = number;
    return number <= RATE_MAX;
}
